-- The foundation: tenants, the directory, catalogs, access packages, incompatibilities, roles, keys, audit.
-- Every table begins with `tenant`; every key includes it. Columns that end in _fold hold the folded text
-- by which strings are compared and ordered.

-- The tenants of this server.
CREATE TABLE tenant (
    tenant uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "tenant.tenant" PRIMARY KEY (tenant)
);

-- What a tenant says of itself: one row each.
CREATE TABLE organization (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    verified_domains json NOT NULL,
    created_at timestamptz NOT NULL,
    doc json NOT NULL,
    CONSTRAINT "organization.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);

-- The domains in which a tenant may name its users. A domain belongs to one tenant.
CREATE TABLE domain (
    tenant uuid NOT NULL,
    id text COLLATE "C" NOT NULL,
    is_default boolean NOT NULL,
    is_initial boolean NOT NULL,
    is_verified boolean NOT NULL,
    doc json NOT NULL,
    CONSTRAINT "domain.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "domain.once" ON domain (id);

-- Users (kind 1), groups (2), service principals (3) and applications (4): one table, so that a
-- collection of mixed kinds is one query.
CREATE TABLE directory_object (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    kind bigint NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    display_name text COLLATE "C",
    display_name_fold text COLLATE "C",
    description text COLLATE "C",
    mail text COLLATE "C",
    mail_fold text COLLATE "C",
    mail_nickname text COLLATE "C",
    mail_nickname_fold text COLLATE "C",
    unique_name text COLLATE "C",
    unique_name_fold text COLLATE "C",
    account_enabled boolean,
    user_principal_name text COLLATE "C",
    user_principal_name_fold text COLLATE "C",
    city text COLLATE "C",
    city_fold text COLLATE "C",
    company_name text COLLATE "C",
    company_name_fold text COLLATE "C",
    country text COLLATE "C",
    country_fold text COLLATE "C",
    department text COLLATE "C",
    department_fold text COLLATE "C",
    employee_id text COLLATE "C",
    employee_id_fold text COLLATE "C",
    given_name text COLLATE "C",
    given_name_fold text COLLATE "C",
    job_title text COLLATE "C",
    job_title_fold text COLLATE "C",
    office_location text COLLATE "C",
    office_location_fold text COLLATE "C",
    surname text COLLATE "C",
    surname_fold text COLLATE "C",
    usage_location text COLLATE "C",
    usage_location_fold text COLLATE "C",
    user_type text COLLATE "C",
    user_type_fold text COLLATE "C",
    manager_id uuid,
    group_types json,
    is_assignable_to_role boolean,
    mail_enabled boolean,
    membership_rule text COLLATE "C",
    security_enabled boolean,
    visibility text COLLATE "C",
    app_id uuid,
    identifier_uris json,
    password_credentials json,
    app_display_name text COLLATE "C",
    app_role_assignment_required boolean,
    service_principal_names json,
    service_principal_type text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "directory_object.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE,
    FOREIGN KEY (tenant, manager_id) REFERENCES directory_object (tenant, id)
);
CREATE UNIQUE INDEX "directory_object.user_principal_name_fold" ON directory_object (tenant, user_principal_name_fold) WHERE kind = 1 AND deleted_at IS NULL;
CREATE UNIQUE INDEX "directory_object.app_id" ON directory_object (tenant, kind, app_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX "directory_object.unique_name_fold" ON directory_object (tenant, kind, unique_name_fold) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_kind ON directory_object (tenant, kind, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_deleted ON directory_object (tenant, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX directory_object_manager ON directory_object (tenant, manager_id, id) WHERE manager_id IS NOT NULL;
CREATE INDEX directory_object_display_name ON directory_object (tenant, kind, display_name_fold NULLS FIRST, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_mail ON directory_object (tenant, kind, mail_fold NULLS FIRST, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_mail_nickname ON directory_object (tenant, kind, mail_nickname_fold NULLS FIRST, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_created_at ON directory_object (tenant, kind, created_at NULLS FIRST, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_object_order_upn ON directory_object (tenant, kind, user_principal_name_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_city ON directory_object (tenant, kind, city_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_company_name ON directory_object (tenant, kind, company_name_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_country ON directory_object (tenant, kind, country_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_department ON directory_object (tenant, kind, department_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_employee_id ON directory_object (tenant, kind, employee_id_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_given_name ON directory_object (tenant, kind, given_name_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_job_title ON directory_object (tenant, kind, job_title_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_office_location ON directory_object (tenant, kind, office_location_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_surname ON directory_object (tenant, kind, surname_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_usage_location ON directory_object (tenant, kind, usage_location_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;
CREATE INDEX directory_object_user_type ON directory_object (tenant, kind, user_type_fold NULLS FIRST, id) WHERE kind = 1 AND deleted_at IS NULL;

-- Who is a direct member of which group.
CREATE TABLE membership (
    tenant uuid NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "membership.member_id" PRIMARY KEY (tenant, group_id, member_id),
    FOREIGN KEY (tenant, group_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, member_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX membership_member ON membership (tenant, member_id, group_id);

-- Who owns a group, an application or a service principal.
CREATE TABLE ownership (
    tenant uuid NOT NULL,
    object_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "ownership.owner_id" PRIMARY KEY (tenant, object_id, owner_id),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, owner_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX ownership_owner ON ownership (tenant, owner_id, object_id);

-- Who answers for a guest.
CREATE TABLE sponsorship (
    tenant uuid NOT NULL,
    user_id uuid NOT NULL,
    sponsor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "sponsorship.sponsor_id" PRIMARY KEY (tenant, user_id, sponsor_id),
    FOREIGN KEY (tenant, user_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sponsorship_sponsor ON sponsorship (tenant, sponsor_id, user_id);

-- Catalogs: containers of access packages.
CREATE TABLE catalog (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    description_fold text COLLATE "C",
    catalog_type bigint NOT NULL,
    state bigint NOT NULL,
    is_externally_visible boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "catalog.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX catalog_display_name ON catalog (tenant, display_name_fold, id);

-- Access packages.
CREATE TABLE access_package (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    description_fold text COLLATE "C",
    is_hidden boolean NOT NULL,
    is_role_scopes_visible boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "access_package.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "access_package.display_name_fold" ON access_package (tenant, catalog_id, display_name_fold);
CREATE INDEX access_package_catalog ON access_package (tenant, catalog_id, id);
CREATE INDEX access_package_display_name ON access_package (tenant, display_name_fold, id);

-- Separation of duties: holders of `incompatible_id` may not get `package_id`. Directed.
CREATE TABLE incompatible_package (
    tenant uuid NOT NULL,
    package_id uuid NOT NULL,
    incompatible_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "incompatible_package.incompatible_id" PRIMARY KEY (tenant, package_id, incompatible_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, incompatible_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    CHECK (package_id <> incompatible_id)
);
CREATE INDEX incompatible_package_reverse ON incompatible_package (tenant, incompatible_id, package_id);

-- Separation of duties: members of `group_id` may not get `package_id`.
CREATE TABLE incompatible_group (
    tenant uuid NOT NULL,
    package_id uuid NOT NULL,
    group_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "incompatible_group.group_id" PRIMARY KEY (tenant, package_id, group_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, group_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX incompatible_group_reverse ON incompatible_group (tenant, group_id, package_id);

-- Roles: of the directory (area 0) and of entitlement management (area 1).
CREATE TABLE role_definition (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    area bigint NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    is_built_in boolean NOT NULL,
    is_enabled boolean NOT NULL,
    template_id uuid NOT NULL,
    version text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "role_definition.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX role_definition_area ON role_definition (tenant, area, id);

-- Who holds a role, in one catalog or (catalog_id null) everywhere.
CREATE TABLE role_assignment (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    area bigint NOT NULL,
    principal_id uuid NOT NULL,
    role_definition_id uuid NOT NULL,
    app_scope_id text COLLATE "C",
    directory_scope_id text COLLATE "C",
    catalog_id uuid,
    doc json NOT NULL,
    CONSTRAINT "role_assignment.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, principal_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role_definition_id) REFERENCES role_definition (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "role_assignment.once" ON role_assignment (tenant, principal_id, role_definition_id, coalesce(catalog_id, '00000000-0000-0000-0000-000000000000'));
CREATE INDEX role_assignment_area ON role_assignment (tenant, area, id);
CREATE INDEX role_assignment_scope ON role_assignment (tenant, app_scope_id, id);
CREATE INDEX role_assignment_role ON role_assignment (tenant, role_definition_id, id);
CREATE INDEX role_assignment_catalog ON role_assignment (tenant, catalog_id) WHERE catalog_id IS NOT NULL;

-- Argon2id hashes: a user's password (key_id = owner_id) and the secrets of applications.
CREATE TABLE credential (
    tenant uuid NOT NULL,
    owner_id uuid NOT NULL,
    key_id uuid NOT NULL,
    hash text COLLATE "C" NOT NULL,
    hint text COLLATE "C",
    display_name text COLLATE "C",
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    CONSTRAINT "credential.key_id" PRIMARY KEY (tenant, owner_id, key_id),
    FOREIGN KEY (tenant, owner_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);

-- Which app roles a user, a group or a client holds of a resource: what a client's own tokens carry.
CREATE TABLE app_role_assignment (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    app_role_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "app_role_assignment.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, principal_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, resource_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "app_role_assignment.once" ON app_role_assignment (tenant, principal_id, resource_id, app_role_id);
CREATE INDEX app_role_assignment_resource ON app_role_assignment (tenant, resource_id, id);

-- Which scopes a client may ask for when it acts for a signed-in user.
CREATE TABLE permission_grant (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    scope text COLLATE "C" NOT NULL,
    CONSTRAINT "permission_grant.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, resource_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "permission_grant.once" ON permission_grant (tenant, client_id, resource_id);

-- The keys by which the embedded issuer signs a tenant's tokens, by their JWK thumbprint.
CREATE TABLE signing_key (
    tenant uuid NOT NULL,
    id text COLLATE "C" NOT NULL,
    private_key text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "signing_key.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);

-- Authorization codes, device codes and refresh tokens, by the SHA-256 of what the client holds.
CREATE TABLE token_grant (
    tenant uuid NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind bigint NOT NULL,
    subject_id uuid,
    data json NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT "token_grant.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX token_grant_expiry ON token_grant (expires_at);
CREATE INDEX token_grant_subject ON token_grant (tenant, subject_id) WHERE subject_id IS NOT NULL;

-- What was done, to what, by whom: one row for each change, written with it.
CREATE TABLE audit (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    activity text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id uuid NOT NULL,
    actor_name text COLLATE "C" NOT NULL,
    app_id uuid NOT NULL,
    target_kind text COLLATE "C" NOT NULL,
    target_id uuid NOT NULL,
    target_name text COLLATE "C" NOT NULL,
    other_kind text COLLATE "C",
    other_id uuid,
    other_name text COLLATE "C",
    correlation_id text COLLATE "C" NOT NULL,
    old_values json NOT NULL,
    new_values json NOT NULL,
    CONSTRAINT "audit.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX audit_target ON audit (tenant, target_id, id);
