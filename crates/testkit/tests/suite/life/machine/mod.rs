//! THE LIFE OF ACCESS AS A MACHINE: random sequences of what users, approvers, administrators and the
//! clock do, through the front door, beside a model that says what each must answer and what must have
//! come of it. A sequence that fails is made as short as it can be.

mod act;
mod drive;
mod model;

use drive::Driver;
use model::{DECIDED, Model, STAGES};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use testkit::House;

const USERS: [&str; 2] = ["eve", "ben"];
/// What each brings, and who decides about what: see [`model::BRINGS`] and [`model::STAGES`].
const PACKAGES: [&str; 5] = ["Enter", "Release", "Audit", "Archive", "Staff"];
/// The package that a rule gives; the others are asked for.
const BY_RULE: usize = 4;
const GROUPS: [&str; 6] = ["Inner", "Outer", "Enterers", "Shared", "Archivists", "Askers"];
/// Outer has Inner as a member; Enterers is brought by a package and forbidden by others.
const INNER: usize = 0;
const OUTER: usize = 1;
const ENTERERS: usize = 2;
const SHARED: usize = 3;
/// The group that is deleted and restored.
const ARCHIVISTS: usize = 4;
/// Those who may ask for the package that isn't for everybody.
const ASKERS: usize = 5;

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
    /// An administrator names the other policy, which is refused.
    Under {
        user: usize,
        package: usize,
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
    /// Deletes somebody, or restores them.
    Person {
        user: usize,
    },
    /// Brings somebody under the rule, or out of it.
    Move {
        user: usize,
    },
    /// Lets people ask for the packages, or stops it.
    Publish {
        on: bool,
    },
    Days(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let user = || 0..USERS.len();
    let package = || 0..BY_RULE;
    let whose = move || (user(), package());
    prop_oneof![
        7 => (user(), package(), option::weighted(0.2, 1u8..13))
            .prop_map(|(user, package, later)| Op::AdminAdd { user, package, later }),
        5 => whose().prop_map(|(user, package)| Op::UserAdd { user, package }),
        3 => (whose(), any::<bool>()).prop_map(|((user, package), by_user)| Op::Remove { user, package, by_user }),
        5 => (whose(), any::<bool>(), option::of(1u8..25))
            .prop_map(|((user, package), by_user, days)| Op::Update { user, package, by_user, days }),
        2 => whose().prop_map(|(user, package)| Op::Cancel { user, package }),
        1 => whose().prop_map(|(user, package)| Op::Under { user, package }),
        5 => (user(), prop::sample::select(decided()), prop::bool::weighted(0.8))
            .prop_map(|(user, package, approve)| Op::Decide { user, package, approve }),
        2 => (user(), 0..GROUPS.len()).prop_map(|(user, group)| Op::Join { user, group }),
        2 => (user(), 0..GROUPS.len()).prop_map(|(user, group)| Op::Leave { user, group }),
        3 => (package(), 0..PACKAGES.len()).prop_map(|(package, other)| Op::Forbid { package, other }),
        1 => (package(), any::<bool>()).prop_map(|(package, outer)| Op::ForbidGroup { package, outer }),
        1 => (0..3usize).prop_map(|package| Op::Bring { package }),
        3 => Just(Op::Archivists),
        2 => whose().prop_map(|(user, package)| Op::ReprocessAssignment { user, package }),
        3 => whose().prop_map(|(user, package)| Op::ReprocessRequest { user, package }),
        1 => user().prop_map(|user| Op::Person { user }),
        1 => user().prop_map(|user| Op::Move { user }),
        1 => prop::bool::weighted(0.7).prop_map(|on| Op::Publish { on }),
        3 => (1u8..16).prop_map(Op::Days),
    ]
}

/// Packages about which somebody decides.
fn decided() -> Vec<usize> {
    (0..PACKAGES.len()).filter(|package| STAGES[*package] > 0).collect()
}

/// Somebody holds a package for a while and asks for more time; then something happens, and then it is
/// decided.
fn extension() -> impl Strategy<Value = Vec<Op>> {
    let prolonged: Vec<usize> = (0..PACKAGES.len()).filter(|package| DECIDED[*package].1).collect();
    let whose = (0..USERS.len(), prop::sample::select(prolonged));
    whose.prop_flat_map(|(user, package)| {
        let meanwhile = prop_oneof![
            3 => op(),
            1 => any::<bool>().prop_map(move |by_user| Op::Remove { user, package, by_user }),
            1 => any::<bool>().prop_map(move |by_user| Op::Update { user, package, by_user, days: None }),
            1 => (0..BY_RULE).prop_map(move |other| Op::AdminAdd { user, package: other, later: None }),
            1 => (0..PACKAGES.len()).prop_map(move |other| Op::Forbid { package, other }),
            1 => any::<bool>().prop_map(move |outer| Op::ForbidGroup { package, outer }),
            1 => (0..GROUPS.len()).prop_map(move |group| Op::Join { user, group }),
            1 => Just(Op::Leave { user, group: ASKERS }),
            1 => Just(Op::Cancel { user, package }),
            1 => Just(Op::Under { user, package }),
            1 => Just(Op::Person { user }),
            1 => Just(Op::Move { user }),
            1 => Just(Op::Publish { on: false }),
            2 => (1u8..16).prop_map(Op::Days),
        ];
        let before = option::weighted(0.6, 4u8..30);
        (before, option::weighted(0.8, 1u8..21), vec(meanwhile, 0..4), prop::bool::weighted(0.8)).prop_map(
            move |(before, days, meanwhile, approve)| {
                let decide = |approve| vec![Op::Decide { user, package, approve }; STAGES[package]];
                let first = if package == BY_RULE { Op::Move { user } } else { Op::UserAdd { user, package } };
                let mut ops = vec![first];
                ops.extend(if DECIDED[package].0 { decide(true) } else { vec![] });
                ops.extend(before.map(Op::Days));
                ops.push(Op::Update { user, package, by_user: true, days });
                ops.extend(meanwhile);
                ops.extend(decide(approve));
                ops
            },
        )
    })
}

fn life() -> impl Strategy<Value = Vec<Op>> {
    let some = prop_oneof![8 => op().prop_map(|op| vec![op]), 1 => extension()];
    vec(some, 1..28).prop_map(|some| some.concat())
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
    let outcome = TestRunner::new(config).run(&life(), |ops| {
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
    run(cases(12), |ops| testkit::on_sqlite(async |house| live(house, ops).await));
}

#[test]
fn every_life_goes_as_the_model_says_on_postgres() {
    run(cases(3), |ops| testkit::on_postgres(async |house| live(house, ops).await));
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
    let shorten = |package| Op::Update { user: 0, package, by_user: false, days: Some(2) };
    let extend = |package| Op::Update { user: 0, package, by_user: true, days: None };
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
        // What somebody may yet keep for longer stands against what begins by then.
        vec![
            Op::UserAdd { user: 0, package: 0 },
            forbid(2, 0),
            Op::Days(10),
            extend(0),
            Op::AdminAdd { user: 0, package: 2, later: Some(25) },
        ],
        // The way to a forbidden group leads through another.
        vec![Op::ForbidGroup { package: 2, outer: true }, join(INNER), add(2), leave(INNER), add(2)],
        // Who is deleted is denied what was to begin, and what they asked for besides what they hold.
        vec![
            Op::AdminAdd { user: 0, package: 2, later: Some(1) },
            Op::UserAdd { user: 0, package: 0 },
            extend(0),
            Op::Person { user: 0 },
        ],
        // Delivering the rest doesn't undo what was decided about its end.
        vec![Op::Bring { package: 1 }, Op::Archivists, add(1), shorten(1), Op::Archivists, anew(1), Op::Days(3)],
    ] {
        testkit::on_each_engine(async |house| live(house, &life).await);
    }
}

/// More of them for a long night: `DOORWARD_TEST_LIVES=1000`.
fn cases(usual: u32) -> u32 {
    std::env::var("DOORWARD_TEST_LIVES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(usual)
}
