-- Whom a catalog's policies may call. `kind`: 1 told of requests, 2 told of assignments. `secret` signs what is sent;
-- it is in no document and in no answer.
CREATE TABLE custom_extension (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    kind bigint NOT NULL,
    catalog_id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    endpoint json NOT NULL,
    authentication json,
    client json,
    callback json,
    secret text COLLATE "C",
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "custom_extension.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, catalog_id) REFERENCES catalog (tenant, id) ON DELETE CASCADE
);
CREATE INDEX custom_extension_catalog ON custom_extension (tenant, catalog_id, id);
CREATE INDEX custom_extension_name ON custom_extension (tenant, display_name_fold, id);

-- At which stages a policy calls them. `catalog_id` is the policy's.
CREATE TABLE policy_stage_setting (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    policy_id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    extension_id uuid NOT NULL,
    stage bigint NOT NULL,
    CONSTRAINT "policy_stage_setting.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, policy_id) REFERENCES assignment_policy (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, extension_id) REFERENCES custom_extension (tenant, id)
);
CREATE UNIQUE INDEX policy_stage_setting_stage ON policy_stage_setting (tenant, policy_id, stage);
CREATE INDEX policy_stage_setting_extension ON policy_stage_setting (tenant, extension_id);

-- Each time that one is called. `status` is Graph's customExtensionCalloutInstanceStatus; `problem` says why it could
-- not be sent, before a rule has seen to that. An extension may be gone by then.
CREATE TABLE callout (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    extension_id uuid NOT NULL,
    stage bigint NOT NULL,
    request_id uuid,
    assignment_id uuid,
    status bigint NOT NULL,
    detail text COLLATE "C",
    problem text COLLATE "C",
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT "callout.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, request_id) REFERENCES assignment_request (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, assignment_id) REFERENCES assignment (tenant, id) ON DELETE CASCADE
);
CREATE INDEX callout_request ON callout (tenant, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX callout_assignment ON callout (tenant, assignment_id) WHERE assignment_id IS NOT NULL;
