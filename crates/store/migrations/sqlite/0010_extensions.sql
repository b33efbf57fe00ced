-- Whom a catalog's policies may call. `kind`: 1 told of requests, 2 told of assignments. `secret` signs what is sent;
-- it is in no document and in no answer.
CREATE TABLE custom_extension (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    catalog_id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    endpoint TEXT NOT NULL,
    authentication TEXT,
    client TEXT,
    callback TEXT,
    secret TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX custom_extension_catalog ON custom_extension (tenant, catalog_id, id);
CREATE INDEX custom_extension_name ON custom_extension (tenant, display_name_fold, id);

-- At which stages a policy calls them. `catalog_id` is the policy's.
CREATE TABLE policy_stage_setting (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    policy_id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    extension_id BLOB NOT NULL,
    stage INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, policy_id) REFERENCES assignment_policy (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, extension_id) REFERENCES custom_extension (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX policy_stage_setting_stage ON policy_stage_setting (tenant, policy_id, stage);
CREATE INDEX policy_stage_setting_extension ON policy_stage_setting (tenant, extension_id);

-- Each time that one is called. `status` is Graph's customExtensionCalloutInstanceStatus; `problem` says why it could
-- not be sent, before a rule has seen to that. An extension may be gone by then.
CREATE TABLE callout (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    extension_id BLOB NOT NULL,
    stage INTEGER NOT NULL,
    request_id BLOB,
    assignment_id BLOB,
    status INTEGER NOT NULL,
    detail TEXT,
    problem TEXT,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, request_id) REFERENCES assignment_request (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, assignment_id) REFERENCES assignment (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX callout_request ON callout (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX callout_assignment ON callout (tenant, assignment_id) WHERE assignment_id IS NOT NULL;
