-- The audit log as Graph speaks it: the document that readers are given is written with the row, and
-- beside it stands what they may search by. An entry that is there already gets its document here.
ALTER TABLE audit RENAME TO audit_before;
CREATE TABLE audit (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    activity TEXT NOT NULL,
    activity_fold TEXT NOT NULL,
    category TEXT NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    -- Who did it: a user, or (without one) an application by itself.
    user_id BLOB,
    user_name_fold TEXT,
    user_principal_name_fold TEXT,
    app_id BLOB,
    app_name_fold TEXT,
    -- What it was done to, and the far end of a link.
    target_id BLOB NOT NULL,
    target_name_fold TEXT NOT NULL,
    other_id BLOB,
    other_name_fold TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
) STRICT;

INSERT INTO audit (tenant, id, at, activity, activity_fold, category, service, operation, correlation_id, user_id,
    user_name_fold, user_principal_name_fold, app_id, app_name_fold, target_id, target_name_fold, other_id,
    other_name_fold, doc)
SELECT c.tenant, c.id, c.at, c.activity, fold(c.activity), c.category,
    CASE c.category WHEN 'EntitlementManagement' THEN 'Entitlement Management' ELSE 'Core Directory' END,
    c.operation, c.correlation_id,
    CASE c.actor_kind WHEN 'user' THEN c.actor_id END,
    NULL,
    CASE c.actor_kind WHEN 'user' THEN fold(c.actor_name) END,
    CASE WHEN c.actor_kind <> 'user' AND c.app <> '00000000-0000-0000-0000-000000000000' THEN c.app_id END,
    CASE WHEN c.actor_kind <> 'user' THEN fold(c.actor_name) END,
    c.target_id,
    fold(c.target_name),
    c.other_id,
    fold(c.other_name),
    json_object(
        'additionalDetails', json(CASE c.actor_kind WHEN 'user' THEN json_array(json_object('key', 'appId', 'value', c.app)) ELSE '[]' END),
        'initiatedBy', json(CASE c.actor_kind
            WHEN 'user' THEN json_object('app', NULL, 'user', json_object('displayName', NULL, 'id', c.actor,
                'ipAddress', NULL, 'userPrincipalName', c.actor_name))
            ELSE json_object('app', json_object(
                'appId', nullif(c.app, '00000000-0000-0000-0000-000000000000'),
                'displayName', c.actor_name,
                'servicePrincipalId', nullif(c.actor, '00000000-0000-0000-0000-000000000000'),
                'servicePrincipalName', nullif(c.app, '00000000-0000-0000-0000-000000000000')), 'user', NULL) END),
        'result', 0,
        'targetResources', json(CASE WHEN c.other_id IS NULL THEN json_array(json(c.near))
            ELSE json_array(json(c.near), json(c.far)) END))
FROM (
    SELECT b.*,
        json_object('displayName', b.target_name, 'groupType', NULL, 'id', b.target,
            'type', upper(substr(replace(b.target_kind, 'unified', ''), 1, 1)) || substr(replace(b.target_kind, 'unified', ''), 2),
            'userPrincipalName', NULL,
            'modifiedProperties', json((SELECT json_group_array(json_object('displayName', k.key,
                'newValue', nullif(b.new_values -> ('$."' || k.key || '"'), 'null') || '',
                'oldValue', nullif(b.old_values -> ('$."' || k.key || '"'), 'null') || ''))
                FROM (SELECT key FROM json_each(b.new_values) UNION SELECT key FROM json_each(b.old_values)) AS k))) AS near,
        json_object('displayName', b.other_name, 'groupType', NULL, 'id', b.other,
            'type', upper(substr(replace(b.other_kind, 'unified', ''), 1, 1)) || substr(replace(b.other_kind, 'unified', ''), 2),
            'userPrincipalName', NULL, 'modifiedProperties', json_array()) AS far
    FROM (
        SELECT a.*,
        lower(substr(hex(a.app_id), 1, 8) || '-' || substr(hex(a.app_id), 9, 4) || '-' || substr(hex(a.app_id), 13, 4) || '-'
            || substr(hex(a.app_id), 17, 4) || '-' || substr(hex(a.app_id), 21)) AS app,
        lower(substr(hex(a.actor_id), 1, 8) || '-' || substr(hex(a.actor_id), 9, 4) || '-' || substr(hex(a.actor_id), 13, 4) || '-'
            || substr(hex(a.actor_id), 17, 4) || '-' || substr(hex(a.actor_id), 21)) AS actor,
        lower(substr(hex(a.target_id), 1, 8) || '-' || substr(hex(a.target_id), 9, 4) || '-' || substr(hex(a.target_id), 13, 4) || '-'
            || substr(hex(a.target_id), 17, 4) || '-' || substr(hex(a.target_id), 21)) AS target,
        lower(substr(hex(a.other_id), 1, 8) || '-' || substr(hex(a.other_id), 9, 4) || '-' || substr(hex(a.other_id), 13, 4) || '-'
            || substr(hex(a.other_id), 17, 4) || '-' || substr(hex(a.other_id), 21)) AS other
        FROM audit_before AS a
    ) AS b
) AS c;
DROP TABLE audit_before;
CREATE INDEX audit_at ON audit (tenant, at DESC, id);
CREATE INDEX audit_activity ON audit (tenant, activity_fold, at DESC, id);
CREATE INDEX audit_category ON audit (tenant, category, at DESC, id);
CREATE INDEX audit_service ON audit (tenant, service, at DESC, id);
CREATE INDEX audit_correlation ON audit (tenant, correlation_id, at DESC, id);
CREATE INDEX audit_user ON audit (tenant, user_id, at DESC, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_user_name ON audit (tenant, user_name_fold, at DESC, id) WHERE user_name_fold IS NOT NULL;
CREATE INDEX audit_user_principal_name ON audit (tenant, user_principal_name_fold, at DESC, id)
    WHERE user_principal_name_fold IS NOT NULL;
CREATE INDEX audit_app ON audit (tenant, app_id, at DESC, id) WHERE app_id IS NOT NULL;
CREATE INDEX audit_app_name ON audit (tenant, app_name_fold, at DESC, id) WHERE app_name_fold IS NOT NULL;
CREATE INDEX audit_target ON audit (tenant, target_id, at DESC, id);
CREATE INDEX audit_target_name ON audit (tenant, target_name_fold, at DESC, id);
CREATE INDEX audit_other ON audit (tenant, other_id, at DESC, id) WHERE other_id IS NOT NULL;
CREATE INDEX audit_other_name ON audit (tenant, other_name_fold, at DESC, id) WHERE other_id IS NOT NULL;

-- What a log of years looks like: without it the planner takes a tenant for ten rows, and walks through
-- the whole log in its order rather than look up the few rows of a target. ANALYZE puts the true
-- numbers in place of these.
ANALYZE audit;
DELETE FROM sqlite_stat1 WHERE tbl = 'audit';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit', 'sqlite_autoindex_audit_1', '1000000 1000000 1'),
    ('audit', 'audit_at', '1000000 1000000 2 1'),
    ('audit', 'audit_activity', '1000000 1000000 30000 2 1'),
    ('audit', 'audit_category', '1000000 1000000 200000 2 1'),
    ('audit', 'audit_service', '1000000 1000000 500000 2 1'),
    ('audit', 'audit_correlation', '1000000 1000000 2 1 1'),
    ('audit', 'audit_user', '1000000 1000000 1000 1 1'),
    ('audit', 'audit_user_name', '1000000 1000000 1000 1 1'),
    ('audit', 'audit_user_principal_name', '1000000 1000000 1000 1 1'),
    ('audit', 'audit_app', '1000000 1000000 100000 2 1'),
    ('audit', 'audit_app_name', '1000000 1000000 100000 2 1'),
    ('audit', 'audit_target', '1000000 1000000 20 1 1'),
    ('audit', 'audit_target_name', '1000000 1000000 20 1 1'),
    ('audit', 'audit_other', '1000000 1000000 20 1 1'),
    ('audit', 'audit_other_name', '1000000 1000000 20 1 1');
ANALYZE sqlite_schema;

-- The roles that read it, for the tenants that are there; a new one gets them with the others.
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, x'194ae4cbb12640b2bd5b6091b380977d', 0, 'Security Administrator', 'security administrator',
    'Can read the audit log.', 1, 1, x'194ae4cbb12640b2bd5b6091b380977d', '1.0', '{"isPrivileged":true,"resourceScopes":["/"]}' FROM tenant;
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, x'5d6b6bb7de714623b4af96380a352509', 0, 'Security Reader', 'security reader',
    'Can read the audit log.', 1, 1, x'5d6b6bb7de714623b4af96380a352509', '1.0', '{"isPrivileged":true,"resourceScopes":["/"]}' FROM tenant;
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, x'4a5d8f6541da4de48968e035b65339cf', 0, 'Reports Reader', 'reports reader',
    'Can read the audit log.', 1, 1, x'4a5d8f6541da4de48968e035b65339cf', '1.0', '{"isPrivileged":false,"resourceScopes":["/"]}' FROM tenant;
