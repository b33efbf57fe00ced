-- The world outside: organizations that people come from, who answers for them, and what becomes of their
-- people once they hold nothing any more. Columns that end in _fold hold the folded text.

-- state: 0 configured, 1 proposed
CREATE TABLE connected_organization (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    display_name_fold TEXT NOT NULL,
    description TEXT,
    state INTEGER NOT NULL,
    identity_sources TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX connected_organization_display_name_fold ON connected_organization (tenant, display_name_fold);
CREATE INDEX connected_organization_state ON connected_organization (tenant, state, id);
CREATE INDEX connected_organization_created_at ON connected_organization (tenant, created_at, id);
CREATE INDEX connected_organization_modified_at ON connected_organization (tenant, modified_at, id);

-- By what an organization's people are known: `domain:contoso.com`, `tenant:…`. One source, one organization.
CREATE TABLE organization_source (
    tenant BLOB NOT NULL,
    source TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    PRIMARY KEY (tenant, source),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_source_organization ON organization_source (tenant, organization_id);

-- Users and groups who answer for an organization: our own, and its own.
CREATE TABLE internal_sponsor (
    tenant BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    sponsor_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, organization_id, sponsor_id),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX internal_sponsor_sponsor ON internal_sponsor (tenant, sponsor_id, organization_id);
CREATE TABLE external_sponsor (
    tenant BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    sponsor_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, organization_id, sponsor_id),
    FOREIGN KEY (tenant, organization_id) REFERENCES connected_organization (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, sponsor_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX external_sponsor_sponsor ON external_sponsor (tenant, sponsor_id, organization_id);

-- One row for each tenant. lifecycle_action: 0 none, 1 block, 2 block and delete.
CREATE TABLE entitlement_settings (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    lifecycle_action INTEGER NOT NULL,
    delete_after TEXT NOT NULL,
    delete_after_days INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX entitlement_settings_once ON entitlement_settings (tenant);
INSERT INTO entitlement_settings
SELECT tenant, x'00000000000040008000000000000001', 2, 'P30D', 30 FROM tenant;

-- What people see of each other (kind 1), the one that is built in. insight_level: 0 disabled, 1 count, 2 count and names.
CREATE TABLE control_configuration (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    insight_level INTEGER NOT NULL,
    show_approver_details INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    modified_at INTEGER NOT NULL,
    modified_by TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX control_configuration_name_fold ON control_configuration (tenant, name_fold);
INSERT INTO control_configuration
SELECT tenant, x'00000000000040008000000000000002', 1, 'endUserSettings', 'endusersettings', 1, 1, 0, created_at, NULL, created_at, NULL FROM tenant;

-- When a subject's sign-in was blocked because it held nothing any more.
ALTER TABLE subject ADD COLUMN blocked_at INTEGER;

-- Further addresses of users, so that they are found by them.
CREATE TABLE other_mail (
    tenant BLOB NOT NULL,
    object_id BLOB NOT NULL,
    mail_fold TEXT NOT NULL,
    PRIMARY KEY (tenant, object_id, mail_fold),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX other_mail_address ON other_mail (tenant, mail_fold, object_id);
INSERT INTO other_mail
SELECT DISTINCT o.tenant, o.id, lower(m.value) FROM directory_object AS o, json_each(o.doc, '$.otherMails') AS m
WHERE o.kind = 1 AND m.type = 'text';
