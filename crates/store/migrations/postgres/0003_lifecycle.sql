-- The life of access: what a catalog hands out, who may have it and how, who asked, who decided, who holds it.
-- Columns that end in _fold hold the folded text by which strings are compared and ordered. `due` is in
-- microseconds since 1970 on the tenant's own clock.

-- How far a tenant's clock is ahead of the real one, in microseconds (development only).
ALTER TABLE tenant ADD COLUMN clock_offset bigint NOT NULL DEFAULT 0;

-- Those who ask and hold: people of the directory, service principals, and people outside of it.
CREATE TABLE subject (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    object_id uuid,
    subject_type bigint NOT NULL,
    lifecycle bigint NOT NULL,
    display_name text COLLATE "C",
    display_name_fold text COLLATE "C",
    email text COLLATE "C",
    email_fold text COLLATE "C",
    principal_name text COLLATE "C",
    principal_name_fold text COLLATE "C",
    connected_organization_id uuid,
    cleanup_at timestamptz,
    doc json NOT NULL,
    CONSTRAINT "subject.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "subject.object_id" ON subject (tenant, object_id) WHERE object_id IS NOT NULL;
CREATE UNIQUE INDEX "subject.email_fold" ON subject (tenant, email_fold) WHERE object_id IS NULL;
CREATE INDEX subject_display_name ON subject (tenant, display_name_fold, id);
CREATE INDEX subject_mail ON subject (tenant, email_fold, id);
CREATE INDEX subject_principal_name ON subject (tenant, principal_name_fold, id);
CREATE INDEX subject_organization ON subject (tenant, connected_organization_id, id) WHERE connected_organization_id IS NOT NULL;

-- Where resources outside of the directory live: one row for each SharePoint host.
CREATE TABLE resource_environment (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    origin_id text COLLATE "C" NOT NULL,
    origin_id_fold text COLLATE "C" NOT NULL,
    origin_system text COLLATE "C" NOT NULL,
    is_default_environment boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "resource_environment.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "resource_environment.origin_id_fold" ON resource_environment (tenant, origin_system, origin_id_fold);

-- Groups, applications and sites that a catalog may hand out.
CREATE TABLE resource (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    environment_id uuid,
    origin_id text COLLATE "C" NOT NULL,
    origin_id_fold text COLLATE "C" NOT NULL,
    origin_system text COLLATE "C" NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    resource_type text COLLATE "C",
    url text COLLATE "C",
    is_pending_onboarding boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "resource.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, environment_id) REFERENCES resource_environment (tenant, id)
);
CREATE UNIQUE INDEX "resource.origin_id_fold" ON resource (tenant, catalog_id, origin_system, origin_id_fold);
CREATE INDEX resource_catalog ON resource (tenant, catalog_id, id);
CREATE INDEX resource_origin ON resource (tenant, origin_id_fold, id);
CREATE INDEX resource_display_name ON resource (tenant, display_name_fold, id);

-- What can be held of a resource.
CREATE TABLE resource_role (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    origin_id text COLLATE "C" NOT NULL,
    origin_id_fold text COLLATE "C" NOT NULL,
    origin_system text COLLATE "C" NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    role_type bigint,
    CONSTRAINT "resource_role.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, resource_id) REFERENCES resource (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "resource_role.origin_id_fold" ON resource_role (tenant, resource_id, origin_id_fold);
CREATE INDEX resource_role_resource ON resource_role (tenant, resource_id, id);
CREATE INDEX resource_role_catalog ON resource_role (tenant, catalog_id, id);

-- In which part of a resource it is held.
CREATE TABLE resource_scope (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    origin_id text COLLATE "C" NOT NULL,
    origin_id_fold text COLLATE "C" NOT NULL,
    origin_system text COLLATE "C" NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    url text COLLATE "C",
    is_root_scope boolean NOT NULL,
    CONSTRAINT "resource_scope.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, resource_id) REFERENCES resource (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "resource_scope.origin_id_fold" ON resource_scope (tenant, resource_id, origin_id_fold);
CREATE INDEX resource_scope_resource ON resource_scope (tenant, resource_id, id);
CREATE INDEX resource_scope_catalog ON resource_scope (tenant, catalog_id, id);

-- A role in a scope. Its id is the role's and the scope's, joined by an underscore.
CREATE TABLE role_scope (
    tenant uuid NOT NULL,
    id text COLLATE "C" NOT NULL,
    catalog_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    role_id uuid NOT NULL,
    scope_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "role_scope.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, role_id) REFERENCES resource_role (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, scope_id) REFERENCES resource_scope (tenant, id) ON DELETE CASCADE
);
CREATE INDEX role_scope_catalog ON role_scope (tenant, catalog_id, id);
CREATE INDEX role_scope_resource ON role_scope (tenant, resource_id, id);

-- Which roles an access package brings. A resource that a package uses can't leave its catalog.
CREATE TABLE package_role_scope (
    tenant uuid NOT NULL,
    package_id uuid NOT NULL,
    role_scope_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "package_role_scope.role_scope_id" PRIMARY KEY (tenant, package_id, role_scope_id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role_scope_id) REFERENCES role_scope (tenant, id) ON DELETE RESTRICT
);
CREATE INDEX package_role_scope_reverse ON package_role_scope (tenant, role_scope_id, package_id);

-- How resources came into catalogs and left them.
CREATE TABLE resource_request (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    resource_id uuid,
    requestor_id uuid,
    request_type bigint NOT NULL,
    state bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    justification text COLLATE "C",
    is_validation_only boolean NOT NULL,
    created_at timestamptz NOT NULL,
    doc json NOT NULL,
    CONSTRAINT "resource_request.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
);
CREATE INDEX resource_request_catalog ON resource_request (tenant, catalog_id, id);
CREATE INDEX resource_request_resource ON resource_request (tenant, resource_id, id);

-- Who may have an access package, after whose approval, and for how long. What only travels is in `doc`, as
-- each surface shows it.
CREATE TABLE assignment_policy (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    package_id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    description_fold text COLLATE "C",
    allowed_target_scope bigint NOT NULL,
    is_automatic boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "assignment_policy.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE
);
CREATE INDEX assignment_policy_package ON assignment_policy (tenant, package_id, id);
CREATE INDEX assignment_policy_catalog ON assignment_policy (tenant, catalog_id, id);
CREATE INDEX assignment_policy_display_name ON assignment_policy (tenant, display_name_fold, id);
CREATE INDEX assignment_policy_automatic ON assignment_policy (tenant, id) WHERE is_automatic;

-- Who holds an access package, and who held it.
CREATE TABLE assignment (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    package_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    target_id uuid NOT NULL,
    state bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    is_current boolean NOT NULL,
    is_extended boolean NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    accepted_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    expired_at timestamptz,
    created_at timestamptz NOT NULL,
    created_by_id uuid,
    doc json NOT NULL,
    CONSTRAINT "assignment.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, target_id) REFERENCES subject (tenant, id)
);
CREATE UNIQUE INDEX "assignment.target_id" ON assignment (tenant, package_id, target_id) WHERE is_current;
CREATE INDEX assignment_target ON assignment (tenant, target_id, id);
CREATE INDEX assignment_package ON assignment (tenant, package_id, id);
CREATE INDEX assignment_policy_id ON assignment (tenant, policy_id, id);
CREATE INDEX assignment_catalog ON assignment (tenant, catalog_id, id);
CREATE INDEX assignment_state ON assignment (tenant, state, id);
CREATE INDEX assignment_creator ON assignment (tenant, created_by_id, id) WHERE created_by_id IS NOT NULL;

-- Who asked for what, and what became of it.
CREATE TABLE assignment_request (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    package_id uuid NOT NULL,
    policy_id uuid,
    assignment_id uuid,
    target_id uuid NOT NULL,
    requestor_id uuid NOT NULL,
    created_by_id uuid,
    request_type bigint NOT NULL,
    state bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    is_open boolean NOT NULL,
    is_validation_only boolean NOT NULL,
    justification text COLLATE "C",
    starts_at timestamptz,
    ends_at timestamptz,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    doc json NOT NULL,
    CONSTRAINT "assignment_request.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, package_id) REFERENCES access_package (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, target_id) REFERENCES subject (tenant, id),
    FOREIGN KEY (tenant, requestor_id) REFERENCES subject (tenant, id)
);
CREATE UNIQUE INDEX "assignment_request.target_id" ON assignment_request (tenant, package_id, target_id) WHERE is_open;
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
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    settings json NOT NULL,
    CONSTRAINT "approval.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES assignment_request (tenant, id) ON DELETE CASCADE
);

-- One stage of an approval after the other.
CREATE TABLE approval_stage (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    approval_id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    position bigint NOT NULL,
    display_name text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    review_result text COLLATE "C" NOT NULL,
    justification text COLLATE "C",
    opened_at timestamptz,
    reviewed_by_id uuid,
    reviewed_by_name text COLLATE "C",
    reviewed_at timestamptz,
    doc json NOT NULL,
    CONSTRAINT "approval_stage.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, approval_id) REFERENCES approval (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "approval_stage.position" ON approval_stage (tenant, approval_id, position);

-- Who may decide in a stage that has been opened: users and groups.
CREATE TABLE approver (
    tenant uuid NOT NULL,
    stage_id uuid NOT NULL,
    object_id uuid NOT NULL,
    CONSTRAINT "approver.object_id" PRIMARY KEY (tenant, stage_id, object_id),
    FOREIGN KEY (tenant, stage_id) REFERENCES approval_stage (tenant, id) ON DELETE CASCADE
);
CREATE INDEX approver_object ON approver (tenant, object_id, stage_id);

-- What an assignment gave its holder. `is_given` says that Doorward itself made the membership; what was there
-- before stays when the assignment ends.
CREATE TABLE assignment_role (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    object_id uuid NOT NULL,
    role_scope_id text COLLATE "C" NOT NULL,
    role_id uuid NOT NULL,
    scope_id uuid NOT NULL,
    resource_origin text COLLATE "C" NOT NULL,
    origin_id text COLLATE "C" NOT NULL,
    origin_id_fold text COLLATE "C" NOT NULL,
    origin_system text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    is_granted boolean NOT NULL,
    is_given boolean NOT NULL,
    reason text COLLATE "C",
    granted_at timestamptz,
    CONSTRAINT "assignment_role.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, assignment_id) REFERENCES assignment (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "assignment_role.role_scope_id" ON assignment_role (tenant, assignment_id, role_scope_id);
CREATE INDEX assignment_role_holder ON assignment_role (tenant, object_id, resource_origin, origin_id);
CREATE INDEX assignment_role_subject ON assignment_role (tenant, subject_id, id);
CREATE INDEX assignment_role_catalog ON assignment_role (tenant, catalog_id, id);

-- What is to be done, and when: written with the change that makes it necessary, deleted with the change that does
-- it. `subject_id` is the request's, the assignment's or whatever the kind says.
CREATE TABLE task (
    tenant uuid NOT NULL,
    kind bigint NOT NULL,
    subject_id uuid NOT NULL,
    due bigint NOT NULL,
    attempts bigint NOT NULL,
    CONSTRAINT "task.subject_id" PRIMARY KEY (tenant, kind, subject_id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX task_due ON task (due);
