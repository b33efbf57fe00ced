//! Separation of duties: the way it shows is the shortest there is, windows meet both ways, and the
//! conflicts that it names are all that there are and none of its own.

use super::{config, id};
use domain::denial::Denial;
use domain::lifecycle::case::{Case, Holding, Named, Package, Person};
use domain::lifecycle::schedule::Window;
use domain::separation::{Conflict, admissible};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

/// The person is node 0, the others are groups.
const NODES: usize = 8;
const PACKAGES: usize = 5;

fn named(number: usize) -> Named {
    Named { id: id(number), name: format!("Number {number}") }
}

fn window() -> impl Strategy<Value = Window> {
    (0i64..12, option::of(1i64..8))
        .prop_map(|(from, length)| Window { from, until: length.map(|length| from + length) })
}

fn conflicts(case: &Case, window: &Window, own: Option<Uuid>) -> Vec<Conflict> {
    match admissible(case, window, own) {
        Ok(()) => Vec::new(),
        Err(Denial::Incompatible { package, conflicts }) => {
            assert_eq!(Some(package), case.package.as_ref().map(|package| package.id));
            assert!(!conflicts.is_empty(), "a refusal without a reason");
            conflicts
        }
        Err(other) => panic!("another refusal: {other:?}"),
    }
}

fn case() -> Case {
    let package = Package { id: id(100), catalog: id(200), name: "Ours".to_owned(), published: true, external: false };
    Case { package: Some(package), target: Some(Person { object: id(0), ..Person::default() }), ..Case::default() }
}

/// The steps from the person to every node that can be reached, a round at a time.
fn distances(edges: &[(usize, usize)]) -> [Option<usize>; NODES] {
    let mut far = [None; NODES];
    far[0] = Some(0);
    for round in 0..NODES {
        for (from, into) in edges {
            if far[*from] == Some(round) && far[*into].is_none() {
                far[*into] = Some(round + 1);
            }
        }
    }
    far
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn the_way_to_a_group_is_the_shortest_and_circles_end(edges in vec((0..NODES, 1..NODES), 0..24)) {
        let mut case = case();
        case.incompatible_groups = (1..NODES).map(named).collect();
        let memberships = edges.iter().map(|(from, into)| (id(*from), id(*into))).collect();
        case.target = Some(Person { object: id(0), memberships, ..Person::default() });
        let found = conflicts(&case, &Window { from: 0, until: None }, None);
        for (node, far) in distances(&edges).into_iter().enumerate().skip(1) {
            let chains: Vec<_> = found.iter().filter_map(|conflict| match conflict {
                Conflict::Group { group, chain, .. } if *group == id(node) => Some(chain),
                _ => None,
            }).collect();
            let Some(far) = far else {
                prop_assert!(chains.is_empty(), "there is no way to {node}: {chains:?}");
                continue;
            };
            prop_assert_eq!(chains.len(), 1);
            let chain = chains[0];
            prop_assert_eq!(chain.len(), far + 1, "the way to {} is {:?}", node, chain);
            prop_assert_eq!((chain.first(), chain.last()), (Some(&id(0)), Some(&id(node))));
            for step in chain.windows(2) {
                prop_assert!(edges.iter().any(|(from, into)| [id(*from), id(*into)] == step), "no such step: {step:?}");
            }
        }
    }

    #[test]
    fn windows_meet_both_ways_and_where_there_is_a_common_moment(one in window(), other in window()) {
        let holds = |window: &Window, at: i64| window.from <= at && window.until.is_none_or(|until| at < until);
        let meet = (0..40).any(|at| holds(&one, at) && holds(&other, at));
        prop_assert_eq!(one.overlaps(&other), meet);
        prop_assert_eq!(other.overlaps(&one), meet);
    }

    #[test]
    fn what_is_named_is_forbidden_and_meets_and_is_not_its_own(
        rules in vec(0..PACKAGES, 0..4),
        holdings in vec((0..PACKAGES, 0usize..6, any::<bool>(), option::of(0i64..12), option::of(1i64..20)), 0..8),
        window in window(),
        own in option::of(0usize..6),
    ) {
        let mut case = case();
        let mut rules = rules;
        rules.sort_unstable();
        rules.dedup();
        case.incompatible_packages = rules.iter().copied().map(named).collect();
        case.holdings = holdings
            .iter()
            .map(|(package, by, is_assignment, from, length)| Holding {
                package: id(*package),
                by: id(300 + by),
                is_assignment: *is_assignment,
                from: *from,
                until: length.map(|length| from.unwrap_or(0) + length),
            })
            .collect();
        let own = own.map(|own| id(300 + own));
        let expected: Vec<Uuid> = case
            .holdings
            .iter()
            .filter(|holding| Some(holding.by) != own && rules.iter().any(|rule| id(*rule) == holding.package))
            .filter(|holding| window.overlaps(&Window { from: holding.from.unwrap_or(i64::MIN), until: holding.until }))
            .map(|holding| holding.by)
            .collect();
        let found: Vec<Uuid> = conflicts(&case, &window, own)
            .iter()
            .map(|conflict| match conflict {
                Conflict::Package { by, .. } => *by,
                Conflict::Group { group, .. } => *group,
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
