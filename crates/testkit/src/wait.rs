//! Waiting for what a server does in the background: letters, callouts, tasks, another process. A test
//! says what it waits for and goes on as soon as that holds. It must never be used to measure time.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Far longer than anything here takes, for machines that have much else to do.
const LONGEST: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(25);

/// Waits until a condition holds.
///
/// # Panics
/// Where it was called, if the condition doesn't hold within two minutes.
#[track_caller]
pub fn until<F: AsyncFnMut() -> bool>(mut holds: F) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let found = look(async || if holds().await { Ok(()) } else { Err(String::new()) }).await;
        found.unwrap_or_else(|_| panic!("{caller}: the condition did not come to hold within {LONGEST:?}"));
    }
}

/// Waits until there is something, and gives it. What is seen meanwhile is an error, for the message.
///
/// # Panics
/// Where it was called, if nothing is found within two minutes, with what was seen last.
#[track_caller]
pub fn until_found<T, F: AsyncFnMut() -> Result<T, String>>(find: F) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move { look(find).await.unwrap_or_else(|seen| panic!("{caller}: not found within {LONGEST:?}: {seen}")) }
}

async fn look<T, F: AsyncFnMut() -> Result<T, String>>(mut find: F) -> Result<T, String> {
    let began = Instant::now();
    loop {
        match find().await {
            Ok(found) => return Ok(found),
            Err(seen) if began.elapsed() > LONGEST => return Err(seen),
            Err(_) => sleep(PAUSE).await,
        }
    }
}
