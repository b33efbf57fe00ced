//! The queue at its limits: full, abandoned, unfair, panicking. No test here computes a hash.

use super::*;
use futures_util::FutureExt;
use std::sync::mpsc;

fn queue(workers: usize, places: usize) -> HashQueue {
    HashQueue::start(&Hashing { workers, queue: places }).unwrap()
}

/// Holds the queue's only thread until the sender is dropped; returns when the thread has begun.
async fn occupied(queue: &HashQueue) -> (mpsc::Sender<()>, impl Future<Output = Result<(), Error>>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, began) = oneshot::channel();
    let mut job = Box::pin(queue.run(Lane::New, None, move |_| {
        let _ = begun.send(());
        let _ = held.recv();
    }));
    assert!((&mut job).now_or_never().is_none());
    began.await.unwrap();
    (release, job)
}

fn is_busy<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Store(store::Error::Busy(_))))
}

#[tokio::test]
async fn job_beyond_the_places_of_its_lane_is_refused() {
    let queue = queue(1, 2);
    let (release, running) = occupied(&queue).await;
    let mut waiting: Vec<_> = (0..2).map(|number| Box::pin(queue.run(Lane::Password, None, move |_| number))).collect();
    assert!(waiting.iter_mut().all(|job| job.now_or_never().is_none()));
    assert!(is_busy(&queue.run(Lane::Password, None, |_| ()).await));
    // The other lanes have places of their own.
    let mut other = Box::pin(queue.run(Lane::ClientSecret, None, |_| ()));
    assert!((&mut other).now_or_never().is_none());
    drop(release);
    running.await.unwrap();
    other.await.unwrap();
    for (number, job) in (0..).zip(waiting) {
        assert_eq!(job.await.unwrap(), number);
    }
}

#[tokio::test]
async fn place_of_an_abandoned_job_is_free_and_the_job_never_runs() {
    let queue = queue(1, 1);
    let (release, running) = occupied(&queue).await;
    let (ran, told) = mpsc::channel::<&str>();
    let mut abandoned = Box::pin(queue.run(Lane::Password, None, {
        let ran = ran.clone();
        move |_| ran.send("abandoned")
    }));
    assert!((&mut abandoned).now_or_never().is_none());
    assert!(is_busy(&queue.run(Lane::Password, None, |_| ()).await));
    drop(abandoned);
    let mut next = Box::pin(queue.run(Lane::Password, None, move |_| ran.send("next")));
    assert!((&mut next).now_or_never().is_none());
    drop(release);
    running.await.unwrap();
    next.await.unwrap().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["next"]);
}

#[tokio::test]
async fn thread_is_not_free_before_its_job_ends_when_the_client_hangs_up() {
    let queue = queue(1, 4);
    let (release, running) = occupied(&queue).await;
    drop(running);
    let mut next = Box::pin(queue.run(Lane::Password, None, |_| ()));
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!((&mut next).now_or_never().is_none(), "it ran beside the job that nobody waits for");
    }
    drop(release);
    next.await.unwrap();
}

#[tokio::test]
async fn lanes_are_served_in_turn_and_one_owner_has_a_share_of_the_places() {
    let queue = queue(1, 8);
    let (release, running) = occupied(&queue).await;
    let (ran, told) = mpsc::channel::<(Lane, u128)>();
    let wait = |lane, owner: u128| {
        let ran = ran.clone();
        let mut job = Box::pin(queue.run(lane, Some(Uuid::from_u128(owner)), move |_| ran.send((lane, owner))));
        let first = (&mut job).now_or_never();
        (job, first)
    };
    let one: Vec<_> = (0..2).map(|_| wait(Lane::ClientSecret, 1)).collect();
    assert!(is_busy(&wait(Lane::ClientSecret, 1).1.unwrap()), "a quarter of eight places");
    let others = [wait(Lane::ClientSecret, 2), wait(Lane::Password, 3), wait(Lane::New, 4)];
    drop(release);
    running.await.unwrap();
    for (job, first) in one.into_iter().chain(others) {
        assert!(first.is_none());
        job.await.unwrap().unwrap();
    }
    drop(ran);
    let order: Vec<_> = told.iter().collect();
    let at = |lane, owner| order.iter().position(|job| *job == (lane, owner)).unwrap();
    assert!(at(Lane::Password, 3) < 3 && at(Lane::New, 4) < 3, "behind a whole lane: {order:?}");
    assert!(at(Lane::ClientSecret, 2) > 2, "{order:?}");
}

#[tokio::test]
async fn thread_outlives_a_job_that_panics() {
    let queue = queue(1, 4);
    let failed = queue.run(Lane::New, None, |_| -> () { panic!("as a test of the thread") }).await;
    assert!(matches!(failed, Err(Error::Internal(_))));
    assert_eq!(queue.run(Lane::New, None, |_| 7).await.unwrap(), 7);
}

#[tokio::test]
async fn queue_without_places_refuses_everything() {
    assert!(is_busy(&queue(1, 0).run(Lane::New, None, |_| ()).await));
}
