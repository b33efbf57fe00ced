//! THE LIFE OF ACCESS AS A MACHINE: random sequences of what users, approvers, administrators and the
//! clock do, through the front door, beside a model that says what each must answer and what must have
//! come of it. A sequence that fails is made as short as it can be.

mod act;
mod drive;
mod model;

use drive::Driver;
use model::Model;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use testkit::House;

const USERS: [&str; 2] = ["eve", "ben"];
/// What each brings, and after how many stages: see [`model::BRINGS`] and [`model::STAGES`].
const PACKAGES: [&str; 4] = ["Enter", "Release", "Audit", "Archive"];
const GROUPS: [&str; 5] = ["Inner", "Outer", "Enterers", "Shared", "Archivists"];
/// Outer has Inner as a member; Enterers is brought by a package and forbidden by others.
const INNER: usize = 0;
const OUTER: usize = 1;
const ENTERERS: usize = 2;
const SHARED: usize = 3;
/// The group that is deleted and restored.
const ARCHIVISTS: usize = 4;

/// What somebody does. Users, packages and groups by their place in the lists above; time in days.
#[derive(Debug, Clone, Copy)]
enum Op {
    AdminAdd {
        user: usize,
        package: usize,
        later: Option<u8>,
    },
    UserAdd {
        user: usize,
        package: usize,
    },
    Remove {
        user: usize,
        package: usize,
        by_user: bool,
    },
    Update {
        user: usize,
        package: usize,
        by_user: bool,
        days: Option<u8>,
    },
    Cancel {
        user: usize,
        package: usize,
    },
    Decide {
        user: usize,
        package: usize,
        approve: bool,
    },
    Join {
        user: usize,
        group: usize,
    },
    Leave {
        user: usize,
        group: usize,
    },
    /// Adds a rule, or takes it away where it is.
    Forbid {
        package: usize,
        other: usize,
    },
    ForbidGroup {
        package: usize,
        outer: bool,
    },
    /// Lets a package bring the archivists, or stop it.
    Bring {
        package: usize,
    },
    /// Deletes the archivists, or restores them.
    Archivists,
    ReprocessAssignment {
        user: usize,
        package: usize,
    },
    ReprocessRequest {
        user: usize,
        package: usize,
    },
    Days(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let user = || 0..USERS.len();
    let package = || 0..PACKAGES.len();
    let whose = move || (user(), package());
    prop_oneof![
        7 => (user(), package(), option::weighted(0.2, 1u8..13))
            .prop_map(|(user, package, later)| Op::AdminAdd { user, package, later }),
        5 => whose().prop_map(|(user, package)| Op::UserAdd { user, package }),
        3 => (whose(), any::<bool>()).prop_map(|((user, package), by_user)| Op::Remove { user, package, by_user }),
        3 => (whose(), any::<bool>(), option::of(1u8..25))
            .prop_map(|((user, package), by_user, days)| Op::Update { user, package, by_user, days }),
        1 => whose().prop_map(|(user, package)| Op::Cancel { user, package }),
        5 => (user(), 2..PACKAGES.len(), prop::bool::weighted(0.8))
            .prop_map(|(user, package, approve)| Op::Decide { user, package, approve }),
        2 => (user(), 0..GROUPS.len()).prop_map(|(user, group)| Op::Join { user, group }),
        2 => (user(), 0..GROUPS.len()).prop_map(|(user, group)| Op::Leave { user, group }),
        3 => (package(), package()).prop_map(|(package, other)| Op::Forbid { package, other }),
        1 => (package(), any::<bool>()).prop_map(|(package, outer)| Op::ForbidGroup { package, outer }),
        1 => (0..PACKAGES.len() - 1).prop_map(|package| Op::Bring { package }),
        3 => Just(Op::Archivists),
        2 => whose().prop_map(|(user, package)| Op::ReprocessAssignment { user, package }),
        3 => whose().prop_map(|(user, package)| Op::ReprocessRequest { user, package }),
        3 => (1u8..16).prop_map(Op::Days),
    ]
}

async fn live(house: &House, ops: &[Op]) {
    let mut driver = Driver::new(house).await;
    let mut model = Model::default();
    for (at, op) in ops.iter().enumerate() {
        driver.act(&mut model, *op, &format!("step {at} of {ops:?}")).await;
    }
    driver.compare(&model, &format!("after {ops:?}")).await;
}

fn run(cases: u32, on: impl Fn(&[Op])) {
    let config =
        ProptestConfig { cases, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&vec(op(), 1..48), |ops| {
        on(&ops);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, ops)) => {
            let steps: String = ops.iter().map(|op| format!("  {op:?}\n")).collect();
            panic!("{}\nthe shortest sequence that does it:\n{steps}", why.message());
        }
        Err(TestError::Abort(why)) => panic!("{}", why.message()),
    }
}

#[test]
fn every_life_goes_as_the_model_says() {
    run(cases(24), |ops| testkit::on_sqlite(async |house| live(house, ops).await));
}

#[test]
fn every_life_goes_as_the_model_says_on_postgres() {
    run(cases(6), |ops| testkit::on_postgres(async |house| live(house, ops).await));
}

/// Lives that the house once took for others, and some that chance brings too seldom.
#[test]
fn lives_that_went_wrong_once_go_well() {
    let add = |package| Op::AdminAdd { user: 0, package, later: None };
    let remove = |package| Op::Remove { user: 0, package, by_user: false };
    let (join, leave) = (|group| Op::Join { user: 0, group }, |group| Op::Leave { user: 0, group });
    let (again, anew) =
        (|package| Op::ReprocessAssignment { user: 0, package }, |package| Op::ReprocessRequest { user: 0, package });
    let forbid = |package, other| Op::Forbid { package, other };
    for life in [
        // A later request has taken the place of the one that failed.
        vec![Op::Archivists, add(3), Op::Archivists, add(3), anew(3), remove(3), anew(3)],
        // What a hand took and Doorward gave back is Doorward's; both packages bring it.
        vec![join(SHARED), add(1), add(2), leave(SHARED), again(1), remove(1), remove(2)],
        // What a hand took and a hand gave back is the hand's.
        vec![add(0), leave(ENTERERS), join(ENTERERS), remove(0)],
        vec![add(1), add(2), leave(SHARED), join(SHARED), again(2), remove(2), remove(1)],
        // Schedules that don't meet, and schedules that do.
        vec![forbid(0, 3), add(3), Op::AdminAdd { user: 0, package: 0, later: Some(7) }, Op::Days(9)],
        vec![forbid(0, 3), add(3), Op::AdminAdd { user: 0, package: 0, later: Some(3) }, Op::Days(9)],
        // A rule that comes while a start waits.
        vec![Op::AdminAdd { user: 0, package: 0, later: Some(3) }, add(1), forbid(0, 1), Op::Days(4), anew(0)],
        // The way to a forbidden group leads through another.
        vec![Op::ForbidGroup { package: 2, outer: true }, join(INNER), add(2), leave(INNER), add(2)],
    ] {
        testkit::on_each_engine(async |house| live(house, &life).await);
    }
}

/// More of them for a long night: `DOORWARD_TEST_LIVES=1000`.
fn cases(usual: u32) -> u32 {
    std::env::var("DOORWARD_TEST_LIVES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(usual)
}
