//! The ids of the built-in roles, for the table to name. What a role is called stands in
//! `domain::role`, what it allows in `table.rs`.

use uuid::{Uuid, uuid};

pub const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
pub const IDENTITY_GOVERNANCE_ADMINISTRATOR: Uuid = uuid!("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e");
pub const GLOBAL_READER: Uuid = uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
pub const USER_ADMINISTRATOR: Uuid = uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1");
pub const GROUPS_ADMINISTRATOR: Uuid = uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c");
pub const APPLICATION_ADMINISTRATOR: Uuid = uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3");
pub const CLOUD_APPLICATION_ADMINISTRATOR: Uuid = uuid!("158c047a-c907-4556-b7ef-446551a6b5f7");
pub const DIRECTORY_READERS: Uuid = uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b");
pub const PRIVILEGED_ROLE_ADMINISTRATOR: Uuid = uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814");
pub const SECURITY_ADMINISTRATOR: Uuid = uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d");
pub const SECURITY_READER: Uuid = uuid!("5d6b6bb7-de71-4623-b4af-96380a352509");
pub const REPORTS_READER: Uuid = uuid!("4a5d8f65-41da-4de4-8968-e035b65339cf");

pub const CATALOG_OWNER: Uuid = domain::role::CATALOG_OWNER;
pub const CATALOG_READER: Uuid = uuid!("44272f93-9762-48e8-af59-1b5351b1d6b3");
pub const ACCESS_PACKAGE_MANAGER: Uuid = uuid!("7f480852-ebdc-47d4-87de-0d8498384a83");
pub const CATALOG_CREATOR: Uuid = uuid!("ba92d953-d8e0-4e39-a797-0cbedb0a89e8");
pub const ACCESS_PACKAGE_ASSIGNMENT_MANAGER: Uuid = uuid!("e2182095-804a-4656-ae11-64734e9b7ae5");

/// The name of a role, for messages.
pub fn name(id: Uuid) -> &'static str {
    domain::role::built_in(id).map_or("an unknown role", |role| role.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_that_the_table_names_is_built_in() {
        for id in [
            GLOBAL_ADMINISTRATOR,
            IDENTITY_GOVERNANCE_ADMINISTRATOR,
            GLOBAL_READER,
            USER_ADMINISTRATOR,
            GROUPS_ADMINISTRATOR,
            APPLICATION_ADMINISTRATOR,
            CLOUD_APPLICATION_ADMINISTRATOR,
            DIRECTORY_READERS,
            PRIVILEGED_ROLE_ADMINISTRATOR,
            SECURITY_ADMINISTRATOR,
            SECURITY_READER,
            REPORTS_READER,
            CATALOG_OWNER,
            CATALOG_READER,
            ACCESS_PACKAGE_MANAGER,
            CATALOG_CREATOR,
            ACCESS_PACKAGE_ASSIGNMENT_MANAGER,
        ] {
            assert!(domain::role::built_in(id).is_some(), "{id}");
        }
    }
}
