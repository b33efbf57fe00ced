//! Delivery, over whole lives: assignments come and go, packages change, hands interfere, and things
//! break. What hands made stays as they left it, what Doorward made goes with the last assignment that
//! brings it, and whatever has been delivered is there.

use super::{config, id};
use domain::command::{Kind, Relation};
use domain::fields::Value;
use domain::lifecycle::Work;
use domain::lifecycle::case::{Case, GivenRole, Grip, Package, Person, Role};
use domain::lifecycle::delivery::{Delivery, enforce, revoke};
use domain::lifecycle::state::AssignmentState;
use domain::outcome::{Change, Task};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const HOLDER: usize = 0;
const ASSIGNMENTS: usize = 3;
/// Roles that packages may bring.
const GRIPS: usize = 5;

fn grip(number: usize) -> Grip {
    match number {
        0 => Grip::Member(id(10)),
        1 => Grip::Member(id(11)),
        2 => Grip::Owner(id(10)),
        3 => Grip::AppRole { application: id(12), role: id(13) },
        _ => Grip::Record,
    }
}

/// The role that a link, or an app role, is one of.
fn linked(relation: Relation, from: Uuid) -> usize {
    match relation {
        Relation::Owner => 2,
        _ if from == id(10) => 0,
        _ => 1,
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Delivered, or brought in line.
    Enforce(usize),
    Revoke(usize),
    /// The package brings a role, by the first or the second role scope of it.
    Bring(usize, usize, u8),
    Drop(usize, usize),
    HandAdd(usize),
    HandRemove(usize),
    /// Nobody can be given the role any more, or can again.
    Break(usize),
    Mend(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (which, role) = (0..ASSIGNMENTS, 0..GRIPS);
    prop_oneof![
        6 => which.clone().prop_map(Step::Enforce),
        3 => which.clone().prop_map(Step::Revoke),
        2 => (which.clone(), role.clone(), 0u8..2).prop_map(|(which, role, scope)| Step::Bring(which, role, scope)),
        1 => (which, role.clone()).prop_map(|(which, role)| Step::Drop(which, role)),
        1 => role.clone().prop_map(Step::HandAdd),
        1 => role.clone().prop_map(Step::HandRemove),
        1 => role.clone().prop_map(Step::Break),
        1 => role.prop_map(Step::Mend),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: Uuid,
    role_scope: String,
    role: usize,
    is_granted: bool,
}

/// The directory and the assignments of one holder, as the store keeps them.
#[derive(Debug, Default)]
struct World {
    /// What the holder has, and whether Doorward made it.
    has: BTreeMap<usize, bool>,
    /// By assignment: roles, each by a role scope.
    packages: [BTreeMap<usize, u8>; ASSIGNMENTS],
    rows: [Vec<Row>; ASSIGNMENTS],
    current: [bool; ASSIGNMENTS],
    broken: BTreeSet<usize>,
    ids: usize,
}

fn scope(role: usize, scope: u8) -> String {
    format!("{role}_{scope}")
}

impl World {
    fn case(&self, which: usize) -> Case {
        let elsewhere = |role: usize| {
            let others = (0..ASSIGNMENTS).filter(|other| *other != which && self.current[*other]);
            others.flat_map(|other| &self.rows[other]).any(|row| row.role == role && row.is_granted)
        };
        let roles = self.packages[which].iter().map(|(role, version)| Role {
            id: scope(*role, *version),
            role: id(20 + role),
            scope: id(30),
            origin_system: "AadGroup".to_owned(),
            origin_id: format!("{role}"),
            resource_origin: String::new(),
            grip: if self.broken.contains(role) { Grip::None("it is broken") } else { grip(*role) },
            held: self.has.contains_key(role),
        });
        let given = self.rows[which].iter().map(|row| GivenRole {
            id: row.id,
            role_scope: row.role_scope.clone(),
            grip: grip(row.role),
            is_granted: row.is_granted,
            elsewhere: elsewhere(row.role),
            held: self.has.contains_key(&row.role),
            ours: self.has.get(&row.role) == Some(&true),
        });
        Case {
            package: Some(Package {
                id: id(40),
                catalog: id(41),
                name: String::new(),
                published: true,
                external: false,
            }),
            target: Some(Person { object: id(HOLDER), ..Person::default() }),
            roles: roles.collect(),
            given: given.collect(),
            ..Case::default()
        }
    }

    fn enforce(&mut self, which: usize) -> Delivery {
        self.ids += 100;
        let work = Work { task: Task::Enforce, subject: id(which), seed: Uuid::from_u128(1 << 64 | self.ids as u128) };
        let delivery = enforce(&work, &self.case(which), id(50 + which), 1);
        self.apply(which, &delivery.changes);
        delivery
    }

    fn revoke(&mut self, which: usize) {
        let delivery = revoke(&self.case(which));
        self.apply(which, &delivery.changes);
        self.current[which] = false;
        assert_eq!(self.rows[which], [], "what has ended gives nothing any more");
    }

    fn give(&mut self, role: usize) {
        assert!(!self.broken.contains(&role), "{role} can't be given");
        assert_eq!(self.has.insert(role, true), None, "{role} is there already");
    }

    fn take(&mut self, role: usize) {
        assert_eq!(self.has.remove(&role), Some(true), "{role} is not Doorward's to take");
    }

    fn apply(&mut self, which: usize, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Give { relation, from, to, .. } => {
                    assert_eq!(*to, id(HOLDER));
                    self.give(linked(*relation, *from));
                }
                Change::AppRole { .. } => self.give(3),
                Change::Unlink { relation, from, to } => {
                    assert_eq!(*to, id(HOLDER));
                    self.take(linked(*relation, *from));
                }
                Change::AppRoleRemove { .. } => self.take(3),
                Change::Insert { kind: Kind::AssignmentRole, id, fields } => {
                    let role_scope = fields.text("roleScopeId").expect("a role scope").to_owned();
                    let role = role_scope.split('_').next().and_then(|role| role.parse().ok()).expect("a role");
                    let is_granted = fields.bool("isGranted") == Some(true);
                    assert!(!self.rows[which].iter().any(|row| row.role_scope == role_scope || row.id == *id));
                    self.rows[which].push(Row { id: *id, role_scope, role, is_granted });
                }
                Change::Update { kind: Kind::AssignmentRole, id, fields } => {
                    let row = self.rows[which].iter_mut().find(|row| row.id == *id).expect("the row is there");
                    assert!(matches!(fields.get("isGranted"), Some(Value::Bool(_))));
                    row.is_granted = fields.bool("isGranted") == Some(true);
                }
                Change::Delete { kind: Kind::AssignmentRole, id } => {
                    let before = self.rows[which].len();
                    self.rows[which].retain(|row| row.id != *id);
                    assert_eq!(self.rows[which].len() + 1, before);
                }
                other => panic!("delivery doesn't do this: {other:?}"),
            }
        }
    }
}

/// Each package brings some roles at the beginning, and the holder has some by hand.
fn beginning() -> impl Strategy<Value = World> {
    let packages = vec(btree_map(0..GRIPS, 0u8..2, 0..4), ASSIGNMENTS);
    (packages, btree_set(0..GRIPS - 1, 0..3)).prop_map(|(packages, hands)| World {
        has: hands.into_iter().map(|role| (role, false)).collect(),
        packages: packages.try_into().expect("as many as there are"),
        ..World::default()
    })
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn what_hands_made_stays_and_what_doorward_made_goes(world in beginning(), steps in vec(step(), 1..24)) {
        let mut world = world;
        let mut hands: BTreeSet<usize> = world.has.keys().copied().collect();
        for step in steps {
            match step {
                Step::Enforce(which) => {
                    world.current[which] = true;
                    let delivery = world.enforce(which);
                    let brings = world.packages[which].keys().copied();
                    let (failed, fine): (Vec<usize>, Vec<usize>) = brings.partition(|role| world.broken.contains(role));
                    for role in &fine {
                        prop_assert!(*role == GRIPS - 1 || world.has.contains_key(role), "{role} is not delivered");
                    }
                    let state = match (fine.len(), failed.len()) {
                        (_, 0) => AssignmentState::Delivered,
                        (0, _) => AssignmentState::DeliveryFailed,
                        _ => AssignmentState::PartiallyDelivered,
                    };
                    prop_assert_eq!(delivery.state, state);
                    let again = world.enforce(which);
                    prop_assert_eq!(again.changes, []);
                    prop_assert_eq!(again.state, state);
                }
                Step::Revoke(which) => world.revoke(which),
                Step::Bring(which, role, scope) => {
                    world.packages[which].insert(role, scope);
                }
                Step::Drop(which, role) => {
                    world.packages[which].remove(&role);
                }
                // What is there can't be made once more, by whomever.
                Step::HandAdd(role) if role < GRIPS - 1 && !world.has.contains_key(&role) => {
                    world.has.insert(role, false);
                    hands.insert(role);
                }
                Step::HandRemove(role) => {
                    world.has.remove(&role);
                    hands.remove(&role);
                }
                Step::Break(role) => {
                    world.broken.insert(role);
                }
                Step::Mend(role) => {
                    world.broken.remove(&role);
                }
                Step::HandAdd(_) => {}
            }
            prop_assert!(hands.iter().all(|role| world.has.get(role) == Some(&false)), "a hand's work is gone");
        }
        for which in 0..ASSIGNMENTS {
            world.revoke(which);
        }
        prop_assert_eq!(world.has.keys().copied().collect::<BTreeSet<_>>(), hands);
    }
}
