-- The world outside: organizations that people come from, who answers for them, and what becomes of their
-- people once they hold nothing any more. Columns that end in _fold hold the folded text.

-- state: 0 configured, 1 proposed
CREATE TABLE connected_organization (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    display_name_fold text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    state bigint NOT NULL,
    identity_sources json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "connected_organization.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "connected_organization.display_name_fold" ON connected_organization (tenant, display_name_fold);
CREATE INDEX connected_organization_state ON connected_organization (tenant, state, id);
CREATE INDEX connected_organization_created_at ON connected_organization (tenant, created_at, id);
CREATE INDEX connected_organization_modified_at ON connected_organization (tenant, modified_at, id);

-- By what an organization's people are known: `domain:contoso.com`, `tenant:…`. One source, one organization.
CREATE TABLE organization_source (
    tenant uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT "organization_source.source" PRIMARY KEY (tenant, source),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE
);
CREATE INDEX organization_source_organization ON organization_source (tenant, organization_id);

-- Users and groups who answer for an organization: our own, and its own.
CREATE TABLE internal_sponsor (
    tenant uuid NOT NULL,
    organization_id uuid NOT NULL,
    sponsor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "internal_sponsor.sponsor_id" PRIMARY KEY (tenant, organization_id, sponsor_id),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX internal_sponsor_sponsor ON internal_sponsor (tenant, sponsor_id, organization_id);
CREATE TABLE external_sponsor (
    tenant uuid NOT NULL,
    organization_id uuid NOT NULL,
    sponsor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT "external_sponsor.sponsor_id" PRIMARY KEY (tenant, organization_id, sponsor_id),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX external_sponsor_sponsor ON external_sponsor (tenant, sponsor_id, organization_id);

-- One row for each tenant. lifecycle_action: 0 none, 1 block, 2 block and delete.
CREATE TABLE entitlement_settings (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    lifecycle_action bigint NOT NULL,
    delete_after text COLLATE "C" NOT NULL,
    delete_after_days bigint NOT NULL,
    CONSTRAINT "entitlement_settings.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX entitlement_settings_once ON entitlement_settings (tenant);
INSERT INTO entitlement_settings
SELECT tenant, '00000000-0000-4000-8000-000000000001'::uuid, 2, 'P30D', 30 FROM tenant;

-- What people see of each other (kind 1), the one that is built in. insight_level: 0 disabled, 1 count, 2 count and names.
CREATE TABLE control_configuration (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    kind bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_fold text COLLATE "C" NOT NULL,
    is_enabled boolean NOT NULL,
    insight_level bigint NOT NULL,
    show_approver_details boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C",
    modified_at timestamptz NOT NULL,
    modified_by text COLLATE "C",
    CONSTRAINT "control_configuration.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE UNIQUE INDEX "control_configuration.name_fold" ON control_configuration (tenant, name_fold);
INSERT INTO control_configuration
SELECT tenant, '00000000-0000-4000-8000-000000000002'::uuid, 1, 'endUserSettings', 'endusersettings', true, 1, false, created_at, NULL, created_at, NULL FROM tenant;

-- When a subject's sign-in was blocked because it held nothing any more.
ALTER TABLE subject ADD COLUMN blocked_at timestamptz;

-- Further addresses of users, so that they are found by them.
CREATE TABLE other_mail (
    tenant uuid NOT NULL,
    object_id uuid NOT NULL,
    mail_fold text COLLATE "C" NOT NULL,
    CONSTRAINT "other_mail.mail_fold" PRIMARY KEY (tenant, object_id, mail_fold),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX other_mail_address ON other_mail (tenant, mail_fold, object_id);
INSERT INTO other_mail
SELECT DISTINCT o.tenant, o.id, lower(m.value) FROM directory_object AS o
CROSS JOIN LATERAL json_array_elements_text(o.doc -> 'otherMails') AS m (value)
WHERE o.kind = 1 AND json_typeof(o.doc -> 'otherMails') = 'array';
