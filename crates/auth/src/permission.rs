//! The permissions that tokens carry (scopes of users' tokens, app roles of applications'), as a
//! set of bits, and the table of all that Doorward knows. It must never hold what a permission
//! allows: that is `table.rs`.

use uuid::{Uuid, uuid};

/// Defines [`Permission`] and its rows together, so that neither can lack a member of the other.
macro_rules! permissions {
    ($($variant:ident, $name:literal, $scope:expr, $role:expr, $description:literal;)*) => {
        /// One permission. Its number is its bit in [`Permissions`] and means nothing elsewhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Permission { $($variant,)* }

        /// Every permission, with what Graph's service principal says of it.
        pub const ALL: &[PermissionDef] = &[$(PermissionDef {
            permission: Permission::$variant,
            name: $name,
            scope: $scope,
            role: $role,
            description: $description,
        },)*];
    };
}

/// A row: what the service principal of Graph publishes under `oauth2PermissionScopes` and `appRoles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionDef {
    pub permission: Permission,
    pub name: &'static str,
    /// The id as a scope, if users' tokens can carry it.
    pub scope: Option<Uuid>,
    /// The id as an app role, if applications' tokens can carry it.
    pub role: Option<Uuid>,
    pub description: &'static str,
}

const fn id(id: Uuid) -> Option<Uuid> {
    Some(id)
}

// Ids are Microsoft Graph's own ("permissions reference"), so that Terraform and scripts that name
// them work. The three marked "ours" are version 5 UUIDs of `https://graph.microsoft.com/<name>#scope`
// or `#role` in the URL namespace, for want of a source.
permissions! {
    OpenId, "openid", id(uuid!("37f7f235-527c-4136-accd-4a02d197296e")), None, "Sign users in";
    Profile, "profile", id(uuid!("14dad69e-099b-42c9-810b-d002981feec1")), None, "View users' basic profile";
    Email, "email", id(uuid!("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0")), None, "View users' email address";
    OfflineAccess, "offline_access", id(uuid!("7427e0e9-2fba-42fe-b0c0-848c9e6a8182")), None,
        "Maintain access to data you have given it access to";

    EntitlementRead, "EntitlementManagement.Read.All",
        id(uuid!("5449aa12-1393-4ea2-a7c7-d0e06c1a56b2")), id(uuid!("c74fd47d-ed3c-45c3-9a9e-b8676de685d2")),
        "Read all entitlement management resources";
    EntitlementReadWrite, "EntitlementManagement.ReadWrite.All",
        id(uuid!("ae7a573d-81d7-432b-ad44-4ed5c9d89038")), id(uuid!("9acd699f-1e81-4958-b001-93b1d2506e19")),
        "Read and write entitlement management resources";
    EntitlementSubjectAccess, "EntitlementMgmt-SubjectAccess.ReadWrite",
        id(uuid!("e9fdcbbb-8807-410f-b9ec-8d5468c7c2ac")), None,
        "Read and write entitlement management resources related to self-service";

    UserRead, "User.Read", id(uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d")), None,
        "Sign in and read user profile";
    UserReadWrite, "User.ReadWrite", id(uuid!("b4e74841-8e56-480b-be8b-910348b18b4c")), None,
        "Read and write access to user profile";
    UserReadBasicAll, "User.ReadBasic.All",
        id(uuid!("b340eb25-3456-403f-be2f-af7a0d370277")), id(uuid!("97235f07-e226-4f63-ace3-39588e11d3a1")),
        "Read all users' basic profiles";
    UserReadAll, "User.Read.All",
        id(uuid!("a154be20-db9c-4678-8ab7-66f6cc099a59")), id(uuid!("df021288-bdef-4463-88db-98f22de89214")),
        "Read all users' full profiles";
    UserReadWriteAll, "User.ReadWrite.All",
        id(uuid!("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4")), id(uuid!("741f803b-c850-494e-b5df-cde7c675a1ca")),
        "Read and write all users' full profiles";
    UserDeleteRestoreAll, "User.DeleteRestore.All",
        id(uuid!("4bb440cd-2cf2-4f90-8004-aa2acd2537c5")), id(uuid!("eccc023d-eccf-4e7b-9683-8813ab36cecc")),
        "Delete and restore all users";
    UserManageIdentitiesAll, "User.ManageIdentities.All",
        id(uuid!("637d7bec-b31e-4deb-acc9-24275642a2c9")), id(uuid!("c529cfca-c91b-489c-af2b-d92990b66ce6")),
        "Manage all users' identities";

    GroupCreate, "Group.Create", None, id(uuid!("bf7b1a76-6e77-406b-b258-bf5c7720e98f")), "Create groups";
    // ours
    GroupReadBasicAll, "Group.ReadBasic.All",
        id(uuid!("8de53a26-d76d-5273-93e7-a84b0f54752d")), id(uuid!("cd3701a1-4e80-564b-adfd-e776798cfb9b")),
        "Read all groups' basic properties";
    GroupReadAll, "Group.Read.All",
        id(uuid!("5f8c59db-677d-491f-a6b8-5f174b11ec1d")), id(uuid!("5b567255-7703-4780-807c-7be8301ae99b")),
        "Read all groups";
    GroupReadWriteAll, "Group.ReadWrite.All",
        id(uuid!("4e46008b-f24c-477d-8fff-7bb4ec7aafe0")), id(uuid!("62a82d76-70ea-41e2-9197-370581804d09")),
        "Read and write all groups";
    // ours
    GroupMemberReadBasicAll, "GroupMember.ReadBasic.All",
        id(uuid!("1190136c-3dd7-5a5f-9729-c00792760cd1")), id(uuid!("d6861a71-2caa-5e99-910e-a200af1af48d")),
        "Read basic group memberships";
    GroupMemberReadAll, "GroupMember.Read.All",
        id(uuid!("bc024368-1153-4739-b217-4326f2e966d0")), id(uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6")),
        "Read all group memberships";
    GroupMemberReadWriteAll, "GroupMember.ReadWrite.All",
        id(uuid!("f81125ac-d3b7-4573-a3b2-7099cc39df9e")), id(uuid!("dbaae8cf-10b5-4b86-a4a1-f871c94c6695")),
        "Read and write all group memberships";

    DirectoryReadAll, "Directory.Read.All",
        id(uuid!("06da0dbc-49e2-44d2-8312-53f166ab848a")), id(uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
        "Read directory data";
    DirectoryReadWriteAll, "Directory.ReadWrite.All",
        id(uuid!("c5366453-9fb0-48a5-a156-24f0c49a4b84")), id(uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7")),
        "Read and write directory data";

    ApplicationReadAll, "Application.Read.All",
        id(uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb")), id(uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
        "Read all applications";
    ApplicationReadWriteAll, "Application.ReadWrite.All",
        id(uuid!("bdfbf15f-ee85-4955-8675-146e8e5296b5")), id(uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9")),
        "Read and write all applications";
    ApplicationReadWriteOwnedBy, "Application.ReadWrite.OwnedBy",
        None, id(uuid!("18a4783c-866b-4cc7-a460-3d5e5662c884")),
        "Manage apps that this app creates or owns";
    AppRoleAssignmentReadWriteAll, "AppRoleAssignment.ReadWrite.All",
        id(uuid!("84bccea3-f856-4a8a-967b-dbe0a3d53a64")), id(uuid!("06b708a9-e830-4db3-a914-8e69da51d44f")),
        "Manage app permission grants and app role assignments";
    // ours
    AppRegistrationCreate, "AppRegistration.Create",
        id(uuid!("3033d238-21dc-5f37-a345-678ac8a80afe")), id(uuid!("0b58e5c7-1ee9-585d-b3c7-e0b790d9b83e")),
        "Create app registrations";

    RoleManagementReadAll, "RoleManagement.Read.All",
        id(uuid!("48fec646-b2ba-4019-8681-8eb31435aded")), id(uuid!("c7fbd983-d9aa-4fa7-84b8-17382c103bc4")),
        "Read role management data for all RBAC providers";
    RoleManagementReadDirectory, "RoleManagement.Read.Directory",
        id(uuid!("741c54c3-0c1e-44a1-818b-3f97ab4e8c83")), id(uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c")),
        "Read all directory RBAC settings";
    RoleManagementReadWriteDirectory, "RoleManagement.ReadWrite.Directory",
        id(uuid!("d01b97e9-cbc0-49fe-810a-750afd5527a3")), id(uuid!("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8")),
        "Read and write all directory RBAC settings";

    AuditLogReadAll, "AuditLog.Read.All",
        id(uuid!("e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20")), id(uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
        "Read all audit log data";
    OrganizationReadAll, "Organization.Read.All",
        id(uuid!("4908d5b9-3fb2-4b1e-9336-1888b7937185")), id(uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6")),
        "Read organization information";
    OrganizationReadWriteAll, "Organization.ReadWrite.All",
        id(uuid!("46ca0847-7e6b-426e-9775-ea810a948356")), id(uuid!("292d869f-3427-49a8-9dab-8c70152b74e9")),
        "Read and write organization information";
    DomainReadAll, "Domain.Read.All",
        id(uuid!("2f9ee017-59c1-4f1d-9472-bd5529a7b311")), id(uuid!("dbb9058a-0e50-45d7-ae91-66909b5d4664")),
        "Read domains";
    DomainReadWriteAll, "Domain.ReadWrite.All",
        id(uuid!("0b5d694c-a244-4bde-86e6-eb5cd07730fe")), id(uuid!("7e05723c-0bb0-42da-be95-ae9f08a6e53c")),
        "Read and write domains";
}

/// The forms in which a scope may name Graph in front of the permission: `https://graph.microsoft.com/User.Read`.
const PREFIXES: [&str; 3] =
    ["https://graph.microsoft.com/", "https://graph.microsoft.com//", "00000003-0000-0000-c000-000000000000/"];

impl Permission {
    /// Its row.
    #[expect(clippy::indexing_slicing, reason = "the macro makes one row for each variant, in the same order")]
    pub fn def(self) -> &'static PermissionDef {
        &ALL[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.def().name
    }

    /// The permission of that name, whatever its letter case, with or without Graph's address in front.
    pub fn find(name: &str) -> Option<Permission> {
        let bare = PREFIXES.iter().rev().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        ALL.iter().find(|def| def.name.eq_ignore_ascii_case(bare)).map(|def| def.permission)
    }

    /// The permission whose app role or scope has this id (`requiredResourceAccess`, `appRoleId`).
    pub fn find_id(id: Uuid) -> Option<Permission> {
        ALL.iter().find(|def| def.scope == Some(id) || def.role == Some(id)).map(|def| def.permission)
    }
}

/// A set of permissions, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(pub(crate) u128);

impl Permissions {
    pub const NONE: Permissions = Permissions(0);

    pub const fn of(permissions: &[Permission]) -> Permissions {
        let mut bits = 0;
        let mut rest = permissions;
        while let [first, others @ ..] = rest {
            bits |= 1 << (*first as u8);
            rest = others;
        }
        Permissions(bits)
    }

    /// Every permission that an application's token can carry.
    pub fn all_roles() -> Permissions {
        ALL.iter().filter(|def| def.role.is_some()).map(|def| def.permission).collect()
    }

    /// Every permission that a user's token can carry.
    pub fn all_scopes() -> Permissions {
        ALL.iter().filter(|def| def.scope.is_some()).map(|def| def.permission).collect()
    }

    /// Reads a `scp` claim or a `scope` parameter. Names that aren't ours, or that no user's token
    /// can carry, are left out.
    pub fn from_scopes(scopes: &str) -> Permissions {
        let known = scopes.split_ascii_whitespace().filter_map(Permission::find);
        known.filter(|permission| permission.def().scope.is_some()).collect()
    }

    /// Reads a `roles` claim. Names that aren't ours, or that aren't app roles, are left out.
    pub fn from_roles<'a>(roles: impl IntoIterator<Item = &'a str>) -> Permissions {
        let known = roles.into_iter().filter_map(Permission::find);
        known.filter(|permission| permission.def().role.is_some()).collect()
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << (permission as u8)) != 0
    }

    /// Whether it has at least one of `others`.
    pub const fn intersects(self, others: Permissions) -> bool {
        self.0 & others.0 != 0
    }

    #[must_use]
    pub const fn union(self, others: Permissions) -> Permissions {
        Permissions(self.0 | others.0)
    }

    #[must_use]
    pub const fn intersection(self, others: Permissions) -> Permissions {
        Permissions(self.0 & others.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        ALL.iter().map(|def| def.permission).filter(move |permission| self.contains(*permission))
    }

    /// The names, as a `roles` claim lists them.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Permission::name).collect()
    }

    /// The names with blanks between, as a `scp` claim has them.
    pub fn to_scopes(self) -> String {
        self.names().join(" ")
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Permissions {
        permissions.into_iter().fold(Permissions::NONE, |set, each| set.union(Permissions::of(&[each])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn rows_fit_the_set_and_are_unique() {
        assert!(ALL.len() <= 128);
        let mut ids = HashSet::new();
        let mut names = HashSet::new();
        for (at, def) in ALL.iter().enumerate() {
            assert_eq!(def.permission as usize, at);
            assert!(names.insert(def.name.to_ascii_lowercase()), "{} twice", def.name);
            assert!(def.scope.is_some() || def.role.is_some(), "{} is nothing", def.name);
            for id in [def.scope, def.role].into_iter().flatten() {
                assert!(ids.insert(id), "{id} twice");
                assert_eq!(Permission::find_id(id), Some(def.permission));
            }
        }
    }

    #[test]
    fn scopes_are_read_in_every_form() {
        let set = Permissions::from_scopes(
            "openid https://graph.microsoft.com/User.Read https://graph.microsoft.com//group.read.all Nonsense Group.Create",
        );
        assert_eq!(set.names(), ["openid", "User.Read", "Group.Read.All"]);
        assert_eq!(set.to_scopes(), "openid User.Read Group.Read.All");
        assert_eq!(Permissions::from_scopes("https://evil.test/User.Read"), Permissions::NONE);
    }

    #[test]
    fn roles_leave_out_what_is_only_a_scope() {
        let set = Permissions::from_roles(["Group.Create", "User.Read", "x"]);
        assert_eq!(set.names(), ["Group.Create"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            let set = Permissions::from_scopes(&text);
            prop_assert_eq!(Permissions::from_scopes(&set.to_scopes()), set);
        }
    }
}
