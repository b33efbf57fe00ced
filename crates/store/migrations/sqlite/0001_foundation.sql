-- The foundation: tenants, the directory, catalogs, access packages, incompatibilities, roles, keys, audit.
-- Every table begins with `tenant`; every key includes it. Columns that end in _fold hold the folded text
-- by which strings are compared and ordered.

-- The tenants of this server.
CREATE TABLE tenant (
    tenant BLOB NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant)
) STRICT;

-- What a tenant says of itself: one row each.
CREATE TABLE organization (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    verified_domains TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;

-- The domains in which a tenant may name its users. A domain belongs to one tenant.
CREATE TABLE domain (
    tenant BLOB NOT NULL,
    id TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    is_initial INTEGER NOT NULL,
    is_verified INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX domain_once ON domain (id);

-- Users (kind 1), groups (2), service principals (3) and applications (4): one table, so that a
-- collection of mixed kinds is one query.
CREATE TABLE directory_object (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    display_name TEXT,
    display_name_fold TEXT,
    description TEXT,
    mail TEXT,
    mail_fold TEXT,
    mail_nickname TEXT,
    mail_nickname_fold TEXT,
    unique_name TEXT,
    unique_name_fold TEXT,
    account_enabled INTEGER,
    user_principal_name TEXT,
    user_principal_name_fold TEXT,
    city TEXT,
    city_fold TEXT,
    company_name TEXT,
    company_name_fold TEXT,
    country TEXT,
    country_fold TEXT,
    department TEXT,
    department_fold TEXT,
    employee_id TEXT,
    employee_id_fold TEXT,
    given_name TEXT,
    given_name_fold TEXT,
    job_title TEXT,
    job_title_fold TEXT,
    office_location TEXT,
    office_location_fold TEXT,
    surname TEXT,
    surname_fold TEXT,
    usage_location TEXT,
    usage_location_fold TEXT,
    user_type TEXT,
    user_type_fold TEXT,
    manager_id BLOB,
    group_types TEXT,
    is_assignable_to_role INTEGER,
    mail_enabled INTEGER,
    membership_rule TEXT,
    security_enabled INTEGER,
    visibility TEXT,
    app_id BLOB,
    identifier_uris TEXT,
    password_credentials TEXT,
    app_display_name TEXT,
    app_role_assignment_required INTEGER,
    service_principal_names TEXT,
    service_principal_type TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE,
    FOREIGN KEY (tenant, manager_id) REFERENCES directory_object (tenant, id)
) STRICT;
CREATE UNIQUE INDEX directory_object_user_principal_name_fold ON directory_object (tenant, user_principal_name_fold) WHERE kind = 1 AND deleted_at IS NULL;
CREATE UNIQUE INDEX directory_object_app_id ON directory_object (tenant, kind, app_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX directory_object_unique_name ON directory_object (tenant, kind, unique_name_fold) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_kind ON directory_object (tenant, kind, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_deleted ON directory_object (tenant, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX directory_object_manager ON directory_object (tenant, manager_id, id) WHERE manager_id IS NOT NULL;
CREATE INDEX directory_object_display_name ON directory_object (tenant, kind, display_name_fold, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_mail ON directory_object (tenant, kind, mail_fold, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_mail_nickname ON directory_object (tenant, kind, mail_nickname_fold, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_created_at ON directory_object (tenant, kind, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_order_upn ON directory_object (tenant, kind, user_principal_name_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_city ON directory_object (tenant, kind, city_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_company_name ON directory_object (tenant, kind, company_name_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_country ON directory_object (tenant, kind, country_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_department ON directory_object (tenant, kind, department_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_employee_id ON directory_object (tenant, kind, employee_id_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_given_name ON directory_object (tenant, kind, given_name_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_job_title ON directory_object (tenant, kind, job_title_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_office_location ON directory_object (tenant, kind, office_location_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_surname ON directory_object (tenant, kind, surname_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_usage_location ON directory_object (tenant, kind, usage_location_fold, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_user_type ON directory_object (tenant, kind, user_type_fold, id) WHERE kind = 1 AND deleted_at IS NULL;

-- Who is a direct member of which group.
CREATE TABLE membership (
    tenant BLOB NOT NULL,
    group_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, group_id, member_id),
    FOREIGN KEY (tenant, group_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, member_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_member ON membership (tenant, member_id, group_id);

-- Who owns a group, an application or a service principal.
CREATE TABLE ownership (
    tenant BLOB NOT NULL,
    object_id BLOB NOT NULL,
    owner_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, object_id, owner_id),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, owner_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX ownership_owner ON ownership (tenant, owner_id, object_id);

-- Who answers for a guest.
CREATE TABLE sponsorship (
    tenant BLOB NOT NULL,
    user_id BLOB NOT NULL,
    sponsor_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, user_id, sponsor_id),
    FOREIGN KEY (tenant, user_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sponsorship_sponsor ON sponsorship (tenant, sponsor_id, user_id);

-- Catalogs: containers of access packages.
CREATE TABLE catalog (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    description_fold TEXT,
    catalog_type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    is_externally_visible INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE INDEX catalog_display_name ON catalog (tenant, display_name_fold, id);

-- Access packages.
CREATE TABLE access_package (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    description_fold TEXT,
    is_hidden INTEGER NOT NULL,
    is_role_scopes_visible INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE RESTRICT
) STRICT;
CREATE UNIQUE INDEX access_package_display_name_fold ON access_package (tenant, catalog_id, display_name_fold);
CREATE INDEX access_package_catalog ON access_package (tenant, catalog_id, id);
CREATE INDEX access_package_display_name ON access_package (tenant, display_name_fold, id);

-- Separation of duties: holders of `incompatible_id` may not get `package_id`. Directed.
CREATE TABLE incompatible_package (
    tenant BLOB NOT NULL,
    package_id BLOB NOT NULL,
    incompatible_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, package_id, incompatible_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, incompatible_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    CHECK (package_id <> incompatible_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incompatible_package_reverse ON incompatible_package (tenant, incompatible_id, package_id);

-- Separation of duties: members of `group_id` may not get `package_id`.
CREATE TABLE incompatible_group (
    tenant BLOB NOT NULL,
    package_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, package_id, group_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, group_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX incompatible_group_reverse ON incompatible_group (tenant, group_id, package_id);

-- Roles: of the directory (area 0) and of entitlement management (area 1).
CREATE TABLE role_definition (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    area INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    is_built_in INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL,
    template_id BLOB NOT NULL,
    version TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE INDEX role_definition_area ON role_definition (tenant, area, id);

-- Who holds a role, in one catalog or (catalog_id null) everywhere.
CREATE TABLE role_assignment (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    area INTEGER NOT NULL,
    principal_id BLOB NOT NULL,
    role_definition_id BLOB NOT NULL,
    app_scope_id TEXT,
    directory_scope_id TEXT,
    catalog_id BLOB,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, principal_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role_definition_id) REFERENCES role_definition (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX role_assignment_once ON role_assignment (tenant, principal_id, role_definition_id, coalesce(catalog_id, x'00'));
CREATE INDEX role_assignment_area ON role_assignment (tenant, area, id);
CREATE INDEX role_assignment_scope ON role_assignment (tenant, app_scope_id, id);
CREATE INDEX role_assignment_role ON role_assignment (tenant, role_definition_id, id);
CREATE INDEX role_assignment_catalog ON role_assignment (tenant, catalog_id) WHERE catalog_id IS NOT NULL;

-- Argon2id hashes: a user's password (key_id = owner_id) and the secrets of applications.
CREATE TABLE credential (
    tenant BLOB NOT NULL,
    owner_id BLOB NOT NULL,
    key_id BLOB NOT NULL,
    hash TEXT NOT NULL,
    hint TEXT,
    display_name TEXT,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    PRIMARY KEY (tenant, owner_id, key_id),
    FOREIGN KEY (tenant, owner_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT;

-- Which app roles a user, a group or a client holds of a resource: what a client's own tokens carry.
CREATE TABLE app_role_assignment (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    principal_id BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    app_role_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, principal_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, resource_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX app_role_assignment_once ON app_role_assignment (tenant, principal_id, resource_id, app_role_id);
CREATE INDEX app_role_assignment_resource ON app_role_assignment (tenant, resource_id, id);

-- Which scopes a client may ask for when it acts for a signed-in user.
CREATE TABLE permission_grant (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, resource_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX permission_grant_once ON permission_grant (tenant, client_id, resource_id);

-- The keys by which the embedded issuer signs a tenant's tokens, by their JWK thumbprint.
CREATE TABLE signing_key (
    tenant BLOB NOT NULL,
    id TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;

-- Authorization codes, device codes and refresh tokens, by the SHA-256 of what the client holds.
CREATE TABLE token_grant (
    tenant BLOB NOT NULL,
    id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    subject_id BLOB,
    data TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE INDEX token_grant_expiry ON token_grant (expires_at);
CREATE INDEX token_grant_subject ON token_grant (tenant, subject_id) WHERE subject_id IS NOT NULL;

-- What was done, to what, by whom: one row for each change, written with it.
CREATE TABLE audit (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    activity TEXT NOT NULL,
    category TEXT NOT NULL,
    operation TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL,
    actor_name TEXT NOT NULL,
    app_id BLOB NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BLOB NOT NULL,
    target_name TEXT NOT NULL,
    other_kind TEXT,
    other_id BLOB,
    other_name TEXT,
    correlation_id TEXT NOT NULL,
    old_values TEXT NOT NULL,
    new_values TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE INDEX audit_target ON audit (tenant, target_id, id);
