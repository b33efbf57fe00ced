//! Permissions as they are typed: known by their name and fit for what they are given to, or
//! refused with the names that look like them.

use auth::permission::{ALL, Permission, PermissionDef, Permissions};

use crate::keys::distance;

/// How many names a refusal offers.
const OFFERED: usize = 5;

pub fn roles(names: &[String]) -> Result<Permissions, String> {
    let only = "is for users' tokens: give it with --scope";
    names.iter().map(|name| known(name, "app role", |def| def.role.is_some(), only)).collect()
}

pub fn scopes(names: &[String]) -> Result<Permissions, String> {
    let only = "is for applications' own tokens: give it with --role";
    names.iter().map(|name| known(name, "delegated permission", |def| def.scope.is_some(), only)).collect()
}

fn known(name: &str, what: &str, fits: impl Fn(&PermissionDef) -> bool, only: &str) -> Result<Permission, String> {
    match Permission::find(name) {
        Some(permission) if fits(permission.def()) => Ok(permission),
        Some(_) => Err(format!("'{name}' {only}")),
        None => {
            let near = near(name, ALL.iter().filter(|def| fits(def)).map(|def| def.name));
            Err(format!("there is no {what} '{name}'. Those most like it:\n  {}", near.join("\n  ")))
        }
    }
}

/// The names most like a wrong one: those that begin as it does come first.
fn near<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_ascii_lowercase();
    let start = |name: &str| name.bytes().zip(wrong.bytes()).take_while(|(a, b)| a == b).count();
    let mut ranked: Vec<_> = names
        .map(|name| {
            let lower = name.to_ascii_lowercase();
            (distance(&wrong, &lower).saturating_sub(start(&lower)), name)
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_found_in_any_letter_case() {
        let set = roles(&given(&["group.read.all", "User.ReadWrite.All"])).unwrap();
        assert_eq!(set.names(), ["User.ReadWrite.All", "Group.Read.All"]);
        assert!(roles(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_wrong_name_is_answered_with_near_ones() {
        let said = roles(&given(&["EntitlementManagement.Read"])).unwrap_err();
        assert!(said.contains("\n  EntitlementManagement.Read.All\n"), "{said}");
        let said = scopes(&given(&["User.Raed.All"])).unwrap_err();
        assert!(said.contains("\n  User.Read.All\n"), "{said}");
        assert_eq!(said.lines().count(), 1 + OFFERED);
    }

    #[test]
    fn a_permission_of_the_other_kind_is_told_with_its_flag() {
        assert!(roles(&given(&["User.Read"])).unwrap_err().contains("--scope"));
        assert!(scopes(&given(&["Group.Create"])).unwrap_err().contains("--role"));
    }
}
