//! Sets of people in beta: one list holds those who are asked and those who stand in for them.

use super::super::shape::Set;
use serde::{Deserialize, Serialize};

/// A set of any kind; `id` is the user's, the group's, or whoever's it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserSet {
    #[serde(rename = "@odata.type")]
    pub ty: String,
    /// Written for the kinds that have one, also where it is null.
    #[serde(skip_serializing_if = "Option::is_none", with = "nullable")]
    pub description: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub is_backup: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_level: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership_rule: Option<String>,
}

/// Null is a value here, and not the same as nothing.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<Option<String>>, to: S) -> Result<S::Ok, S::Error> {
        value.clone().flatten().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
        Option::<String>::deserialize(from).map(Some)
    }
}

const PREFIX: &str = "#microsoft.graph.";

/// Those of `list` who stand in for others, or those who don't.
pub fn read(list: &[UserSet], backup: bool) -> Vec<Set> {
    list.iter().filter(|set| set.is_backup.unwrap_or(false) == backup).filter_map(UserSet::set).collect()
}

pub fn write(list: &[Set], backups: &[Set]) -> Vec<UserSet> {
    list.iter().map(|set| UserSet::of(set, false)).chain(backups.iter().map(|set| UserSet::of(set, true))).collect()
}

impl UserSet {
    fn set(&self) -> Option<Set> {
        let description = self.description.clone().flatten();
        let id = self.id.clone().unwrap_or_default();
        let manager_level = self.manager_level;
        Some(match self.ty.strip_prefix(PREFIX)? {
            "attributeRuleMembers" => {
                Set::Rule { description, membership_rule: self.membership_rule.clone().unwrap_or_default() }
            }
            "connectedOrganizationMembers" => Set::ConnectedOrganization { connected_organization_id: id, description },
            "externalSponsors" => Set::ExternalSponsors,
            "groupMembers" => Set::Group { description, group_id: id },
            "internalSponsors" => Set::InternalSponsors,
            "requestorManager" => Set::RequestorManager { manager_level },
            "singleServicePrincipal" => Set::ServicePrincipal { description, service_principal_id: id },
            "singleUser" => Set::User { description, user_id: id },
            "targetAgentIdentitySponsorsOrOwners" => Set::AgentSponsorsOrOwners,
            "targetApplicationOwners" => Set::ApplicationOwners,
            "targetManager" => Set::TargetManager { manager_level },
            "targetUserSponsors" => Set::TargetSponsors,
            _ => return None,
        })
    }

    fn of(set: &Set, backup: bool) -> UserSet {
        let plain =
            |name: &str| UserSet { ty: format!("{PREFIX}{name}"), is_backup: Some(backup), ..UserSet::default() };
        let named = |name: &str, id: &str, description: &Option<String>| UserSet {
            id: Some(id.to_owned()),
            description: Some(description.clone()),
            ..plain(name)
        };
        match set {
            Set::Rule { description, membership_rule } => UserSet {
                membership_rule: Some(membership_rule.clone()),
                description: Some(description.clone()),
                ..plain("attributeRuleMembers")
            },
            Set::ConnectedOrganization { connected_organization_id, description } => {
                named("connectedOrganizationMembers", connected_organization_id, description)
            }
            Set::ExternalSponsors => plain("externalSponsors"),
            Set::Group { description, group_id } => named("groupMembers", group_id, description),
            Set::InternalSponsors => plain("internalSponsors"),
            Set::RequestorManager { manager_level } => {
                UserSet { manager_level: *manager_level, ..plain("requestorManager") }
            }
            Set::ServicePrincipal { description, service_principal_id } => {
                named("singleServicePrincipal", service_principal_id, description)
            }
            Set::User { description, user_id } => named("singleUser", user_id, description),
            Set::AgentSponsorsOrOwners => plain("targetAgentIdentitySponsorsOrOwners"),
            Set::ApplicationOwners => plain("targetApplicationOwners"),
            Set::TargetManager { manager_level } => UserSet { manager_level: *manager_level, ..plain("targetManager") },
            Set::TargetSponsors => plain("targetUserSponsors"),
        }
    }
}
