//! Roles of the directory and of entitlement management: built-in definitions, and who holds them.

use crate::def::{EntityDef, Join, boolean, complex, list, one, text};

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("rbacDirectory", Some("entity")).navigations(&[
        list("roleAssignments", "unifiedRoleAssignment", Join::Area { area: 0 }).contained().not_expandable(),
        list("roleDefinitions", "unifiedRoleDefinition", Join::Area { area: 0 }).contained().not_expandable(),
    ]),
    EntityDef::new("rbacEntitlement", Some("entity")).navigations(&[
        list("roleAssignments", "unifiedRoleAssignment", Join::Area { area: 1 }).contained().not_expandable(),
        list("roleDefinitions", "unifiedRoleDefinition", Join::Area { area: 1 }).contained().not_expandable(),
    ]),
    EntityDef::new("unifiedRoleAssignment", Some("entity"))
        .table("role_assignment")
        .properties(&[
            text("appScopeId").column("app_scope_id").create_only(),
            text("condition").create_only(),
            text("directoryScopeId").column("directory_scope_id").create_only(),
            text("principalId").column("principal_id").as_uuid().create_only().required(),
            text("principalOrganizationId").only_v1().read_only(),
            text("resourceScope").only_beta().read_only(),
            text("roleDefinitionId").column("role_definition_id").as_uuid().create_only().required(),
        ])
        .navigations(&[
            one("principal", "directoryObject", Join::Forward { column: "principal_id" }),
            one("roleDefinition", "unifiedRoleDefinition", Join::Forward { column: "role_definition_id" }),
        ]),
    EntityDef::new("unifiedRoleDefinition", Some("entity")).table("role_definition").properties(&[
        text("description").column("description").unfilterable().read_only(),
        text("displayName").column("display_name").folded().read_only(),
        boolean("isBuiltIn").column("is_built_in").read_only(),
        boolean("isEnabled").column("is_enabled").read_only(),
        boolean("isPrivileged").only_beta().read_only(),
        text("resourceScopes").many().read_only(),
        complex("rolePermissions", "unifiedRolePermission").many().read_only(),
        text("templateId").column("template_id").as_uuid().read_only(),
        text("version").column("version").unfilterable().read_only(),
    ]),
];
