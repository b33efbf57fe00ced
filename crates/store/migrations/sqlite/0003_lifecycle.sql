-- The life of access: what a catalog hands out, who may have it and how, who asked, who decided, who holds it.
-- Columns that end in _fold hold the folded text by which strings are compared and ordered. `due` is in
-- microseconds since 1970 on the tenant's own clock.

-- How far a tenant's clock is ahead of the real one, in microseconds (development only).
ALTER TABLE tenant ADD COLUMN clock_offset INTEGER NOT NULL DEFAULT 0;

-- Those who ask and hold: people of the directory, service principals, and people outside of it.
CREATE TABLE subject (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    object_id BLOB,
    subject_type INTEGER NOT NULL,
    lifecycle INTEGER NOT NULL,
    display_name TEXT,
    display_name_fold TEXT,
    email TEXT,
    email_fold TEXT,
    principal_name TEXT,
    principal_name_fold TEXT,
    connected_organization_id BLOB,
    cleanup_at INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX subject_object_id ON subject (tenant, object_id) WHERE object_id IS NOT NULL;
CREATE UNIQUE INDEX subject_email_fold ON subject (tenant, email_fold) WHERE object_id IS NULL;
CREATE INDEX subject_display_name ON subject (tenant, display_name_fold, id);
CREATE INDEX subject_mail ON subject (tenant, email_fold, id);
CREATE INDEX subject_principal_name ON subject (tenant, principal_name_fold, id);
CREATE INDEX subject_organization ON subject (tenant, connected_organization_id, id) WHERE connected_organization_id IS NOT NULL;

-- Where resources outside of the directory live: one row for each SharePoint host.
CREATE TABLE resource_environment (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    origin_id TEXT NOT NULL,
    origin_id_fold TEXT NOT NULL,
    origin_system TEXT NOT NULL,
    is_default_environment INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX resource_environment_origin_id_fold ON resource_environment (tenant, origin_system, origin_id_fold);

-- Groups, applications and sites that a catalog may hand out.
CREATE TABLE resource (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    environment_id BLOB,
    origin_id TEXT NOT NULL,
    origin_id_fold TEXT NOT NULL,
    origin_system TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    resource_type TEXT,
    url TEXT,
    is_pending_onboarding INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, environment_id) REFERENCES resource_environment (tenant, id)
) STRICT;
CREATE UNIQUE INDEX resource_origin_id_fold ON resource (tenant, catalog_id, origin_system, origin_id_fold);
CREATE INDEX resource_catalog ON resource (tenant, catalog_id, id);
CREATE INDEX resource_origin ON resource (tenant, origin_id_fold, id);
CREATE INDEX resource_display_name ON resource (tenant, display_name_fold, id);

-- What can be held of a resource.
CREATE TABLE resource_role (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    origin_id TEXT NOT NULL,
    origin_id_fold TEXT NOT NULL,
    origin_system TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    role_type INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, resource_id) REFERENCES resource (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX resource_role_origin_id_fold ON resource_role (tenant, resource_id, origin_id_fold);
CREATE INDEX resource_role_resource ON resource_role (tenant, resource_id, id);
CREATE INDEX resource_role_catalog ON resource_role (tenant, catalog_id, id);

-- In which part of a resource it is held.
CREATE TABLE resource_scope (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    origin_id TEXT NOT NULL,
    origin_id_fold TEXT NOT NULL,
    origin_system TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    url TEXT,
    is_root_scope INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, resource_id) REFERENCES resource (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX resource_scope_origin_id_fold ON resource_scope (tenant, resource_id, origin_id_fold);
CREATE INDEX resource_scope_resource ON resource_scope (tenant, resource_id, id);
CREATE INDEX resource_scope_catalog ON resource_scope (tenant, catalog_id, id);

-- A role in a scope. Its id is the role's and the scope's, joined by an underscore.
CREATE TABLE role_scope (
    tenant BLOB NOT NULL,
    id TEXT NOT NULL,
    catalog_id BLOB NOT NULL,
    resource_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    scope_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, role_id) REFERENCES resource_role (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, scope_id) REFERENCES resource_scope (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX role_scope_catalog ON role_scope (tenant, catalog_id, id);
CREATE INDEX role_scope_resource ON role_scope (tenant, resource_id, id);

-- Which roles an access package brings. A resource that a package uses can't leave its catalog.
CREATE TABLE package_role_scope (
    tenant BLOB NOT NULL,
    package_id BLOB NOT NULL,
    role_scope_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, package_id, role_scope_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role_scope_id) REFERENCES role_scope (tenant, id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX package_role_scope_reverse ON package_role_scope (tenant, role_scope_id, package_id);

-- How resources came into catalogs and left them.
CREATE TABLE resource_request (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    resource_id BLOB,
    requestor_id BLOB,
    request_type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    status TEXT NOT NULL,
    justification TEXT,
    is_validation_only INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX resource_request_catalog ON resource_request (tenant, catalog_id, id);
CREATE INDEX resource_request_resource ON resource_request (tenant, resource_id, id);

-- Who may have an access package, after whose approval, and for how long. What only travels is in `doc`, as
-- each surface shows it.
CREATE TABLE assignment_policy (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    description_fold TEXT,
    allowed_target_scope INTEGER NOT NULL,
    is_automatic INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX assignment_policy_package ON assignment_policy (tenant, package_id, id);
CREATE INDEX assignment_policy_catalog ON assignment_policy (tenant, catalog_id, id);
CREATE INDEX assignment_policy_display_name ON assignment_policy (tenant, display_name_fold, id);
CREATE INDEX assignment_policy_automatic ON assignment_policy (tenant, id) WHERE is_automatic;

-- Who holds an access package, and who held it.
CREATE TABLE assignment (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    policy_id BLOB NOT NULL,
    target_id BLOB NOT NULL,
    state INTEGER NOT NULL,
    status TEXT NOT NULL,
    is_current INTEGER NOT NULL,
    is_extended INTEGER NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    accepted_at INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    expired_at INTEGER,
    created_at INTEGER NOT NULL,
    created_by_id BLOB,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, target_id) REFERENCES subject (tenant, id)
) STRICT;
CREATE UNIQUE INDEX assignment_target_id ON assignment (tenant, package_id, target_id) WHERE is_current;
CREATE INDEX assignment_target ON assignment (tenant, target_id, id);
CREATE INDEX assignment_package ON assignment (tenant, package_id, id);
CREATE INDEX assignment_policy_id ON assignment (tenant, policy_id, id);
CREATE INDEX assignment_catalog ON assignment (tenant, catalog_id, id);
CREATE INDEX assignment_state ON assignment (tenant, state, id);
CREATE INDEX assignment_creator ON assignment (tenant, created_by_id, id) WHERE created_by_id IS NOT NULL;

-- Who asked for what, and what became of it.
CREATE TABLE assignment_request (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    policy_id BLOB,
    assignment_id BLOB,
    target_id BLOB NOT NULL,
    requestor_id BLOB NOT NULL,
    created_by_id BLOB,
    request_type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    status TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    is_validation_only INTEGER NOT NULL,
    justification TEXT,
    starts_at INTEGER,
    ends_at INTEGER,
    created_at INTEGER NOT NULL,
    completed_at INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, target_id) REFERENCES subject (tenant, id),
    FOREIGN KEY (tenant, requestor_id) REFERENCES subject (tenant, id)
) STRICT;
CREATE UNIQUE INDEX assignment_request_target_id ON assignment_request (tenant, package_id, target_id) WHERE is_open;
CREATE INDEX assignment_request_target ON assignment_request (tenant, target_id, id);
CREATE INDEX assignment_request_requestor ON assignment_request (tenant, requestor_id, id);
CREATE INDEX assignment_request_creator ON assignment_request (tenant, created_by_id, id) WHERE created_by_id IS NOT NULL;
CREATE INDEX assignment_request_package ON assignment_request (tenant, package_id, id);
CREATE INDEX assignment_request_catalog ON assignment_request (tenant, catalog_id, id);
CREATE INDEX assignment_request_assignment ON assignment_request (tenant, assignment_id, id) WHERE assignment_id IS NOT NULL;
CREATE INDEX assignment_request_state ON assignment_request (tenant, state, id);
CREATE INDEX assignment_request_policy ON assignment_request (tenant, policy_id) WHERE policy_id IS NOT NULL;

-- The approval of a request; its id is the request's. `settings` are those that its policy had when it began.
CREATE TABLE approval (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES assignment_request (tenant, id) ON DELETE CASCADE
) STRICT;

-- One stage of an approval after the other.
CREATE TABLE approval_stage (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    approval_id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    display_name TEXT,
    status TEXT NOT NULL,
    review_result TEXT NOT NULL,
    justification TEXT,
    opened_at INTEGER,
    reviewed_by_id BLOB,
    reviewed_by_name TEXT,
    reviewed_at INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, approval_id) REFERENCES approval (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX approval_stage_position ON approval_stage (tenant, approval_id, position);

-- Who may decide in a stage that has been opened: users and groups.
CREATE TABLE approver (
    tenant BLOB NOT NULL,
    stage_id BLOB NOT NULL,
    object_id BLOB NOT NULL,
    PRIMARY KEY (tenant, stage_id, object_id),
    FOREIGN KEY (tenant, stage_id) REFERENCES approval_stage (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX approver_object ON approver (tenant, object_id, stage_id);

-- What an assignment gave its holder. `is_given` says that Doorward itself made the membership; what was there
-- before stays when the assignment ends.
CREATE TABLE assignment_role (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    assignment_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    object_id BLOB NOT NULL,
    role_scope_id TEXT NOT NULL,
    role_id BLOB NOT NULL,
    scope_id BLOB NOT NULL,
    resource_origin TEXT NOT NULL,
    origin_id TEXT NOT NULL,
    origin_id_fold TEXT NOT NULL,
    origin_system TEXT NOT NULL,
    status TEXT NOT NULL,
    is_granted INTEGER NOT NULL,
    is_given INTEGER NOT NULL,
    reason TEXT,
    granted_at INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, assignment_id) REFERENCES assignment (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX assignment_role_role_scope_id ON assignment_role (tenant, assignment_id, role_scope_id);
CREATE INDEX assignment_role_holder ON assignment_role (tenant, object_id, resource_origin, origin_id);
CREATE INDEX assignment_role_subject ON assignment_role (tenant, subject_id, id);
CREATE INDEX assignment_role_catalog ON assignment_role (tenant, catalog_id, id);

-- What is to be done, and when: written with the change that makes it necessary, deleted with the change that does
-- it. `subject_id` is the request's, the assignment's or whatever the kind says.
CREATE TABLE task (
    tenant BLOB NOT NULL,
    kind INTEGER NOT NULL,
    subject_id BLOB NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, subject_id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX task_due ON task (due);
