-- The audit log as Graph speaks it: the document that readers are given is written with the row, and
-- beside it stands what they may search by. An entry that is there already gets its document here.
ALTER TABLE audit RENAME TO audit_before;
ALTER TABLE audit_before DROP CONSTRAINT "audit.id";
CREATE TABLE audit (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    activity text COLLATE "C" NOT NULL,
    activity_fold text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    -- Who did it: a user, or (without one) an application by itself.
    user_id uuid,
    user_name_fold text COLLATE "C",
    user_principal_name_fold text COLLATE "C",
    app_id uuid,
    app_name_fold text COLLATE "C",
    -- What it was done to, and the far end of a link.
    target_id uuid NOT NULL,
    target_name_fold text COLLATE "C" NOT NULL,
    other_id uuid,
    other_name_fold text COLLATE "C",
    doc json NOT NULL,
    CONSTRAINT "audit.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);

INSERT INTO audit (tenant, id, at, activity, activity_fold, category, service, operation, correlation_id, user_id,
    user_name_fold, user_principal_name_fold, app_id, app_name_fold, target_id, target_name_fold, other_id,
    other_name_fold, doc)
SELECT c.tenant, c.id, c.at, c.activity, translate(lower(c.activity COLLATE "und-x-icu"), 'ς', 'σ'), c.category,
    CASE c.category WHEN 'EntitlementManagement' THEN 'Entitlement Management' ELSE 'Core Directory' END,
    c.operation, c.correlation_id,
    CASE c.actor_kind WHEN 'user' THEN c.actor_id END,
    NULL,
    CASE c.actor_kind WHEN 'user' THEN translate(lower(c.actor_name COLLATE "und-x-icu"), 'ς', 'σ') END,
    CASE WHEN c.actor_kind <> 'user' AND c.app <> '00000000-0000-0000-0000-000000000000' THEN c.app_id END,
    CASE WHEN c.actor_kind <> 'user' THEN translate(lower(c.actor_name COLLATE "und-x-icu"), 'ς', 'σ') END,
    c.target_id,
    translate(lower(c.target_name COLLATE "und-x-icu"), 'ς', 'σ'),
    c.other_id,
    translate(lower(c.other_name COLLATE "und-x-icu"), 'ς', 'σ'),
    json_build_object(
        'additionalDetails', CASE c.actor_kind WHEN 'user' THEN json_build_array(json_build_object('key', 'appId', 'value', c.app)) ELSE '[]'::json END,
        'initiatedBy', CASE c.actor_kind
            WHEN 'user' THEN json_build_object('app', NULL, 'user', json_build_object('displayName', NULL, 'id', c.actor,
                'ipAddress', NULL, 'userPrincipalName', c.actor_name))
            ELSE json_build_object('app', json_build_object(
                'appId', nullif(c.app, '00000000-0000-0000-0000-000000000000'),
                'displayName', c.actor_name,
                'servicePrincipalId', nullif(c.actor, '00000000-0000-0000-0000-000000000000'),
                'servicePrincipalName', nullif(c.app, '00000000-0000-0000-0000-000000000000')), 'user', NULL) END,
        'result', 0,
        'targetResources', CASE WHEN c.other_id IS NULL THEN json_build_array(c.near)
            ELSE json_build_array(c.near, c.far) END)
FROM (
    SELECT b.*,
        json_build_object('displayName', b.target_name, 'groupType', NULL, 'id', b.target,
            'type', upper(substr(replace(b.target_kind, 'unified', ''), 1, 1)) || substr(replace(b.target_kind, 'unified', ''), 2),
            'userPrincipalName', NULL,
            'modifiedProperties', (SELECT coalesce(json_agg(json_build_object('displayName', k.key,
                'newValue', nullif((b.new_values -> k.key)::text, 'null'),
                'oldValue', nullif((b.old_values -> k.key)::text, 'null')) ORDER BY k.key), '[]'::json)
                FROM (SELECT json_object_keys(b.new_values) UNION SELECT json_object_keys(b.old_values)) AS k (key))) AS near,
        json_build_object('displayName', b.other_name, 'groupType', NULL, 'id', b.other,
            'type', upper(substr(replace(b.other_kind, 'unified', ''), 1, 1)) || substr(replace(b.other_kind, 'unified', ''), 2),
            'userPrincipalName', NULL, 'modifiedProperties', '[]'::json) AS far
    FROM (
        SELECT a.*,
        a.app_id::text AS app, a.actor_id::text AS actor, a.target_id::text AS target, a.other_id::text AS other
        FROM audit_before AS a
    ) AS b
) AS c;
DROP TABLE audit_before;
CREATE INDEX audit_at ON audit (tenant, at DESC NULLS LAST, id);
CREATE INDEX audit_activity ON audit (tenant, activity_fold, at DESC NULLS LAST, id);
CREATE INDEX audit_category ON audit (tenant, category, at DESC NULLS LAST, id);
CREATE INDEX audit_service ON audit (tenant, service, at DESC NULLS LAST, id);
CREATE INDEX audit_correlation ON audit (tenant, correlation_id, at DESC NULLS LAST, id);
CREATE INDEX audit_user ON audit (tenant, user_id, at DESC NULLS LAST, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_user_name ON audit (tenant, user_name_fold, at DESC NULLS LAST, id) WHERE user_name_fold IS NOT NULL;
CREATE INDEX audit_user_principal_name ON audit (tenant, user_principal_name_fold, at DESC NULLS LAST, id)
    WHERE user_principal_name_fold IS NOT NULL;
CREATE INDEX audit_app ON audit (tenant, app_id, at DESC NULLS LAST, id) WHERE app_id IS NOT NULL;
CREATE INDEX audit_app_name ON audit (tenant, app_name_fold, at DESC NULLS LAST, id) WHERE app_name_fold IS NOT NULL;
CREATE INDEX audit_target ON audit (tenant, target_id, at DESC NULLS LAST, id);
CREATE INDEX audit_target_name ON audit (tenant, target_name_fold, at DESC NULLS LAST, id);
CREATE INDEX audit_other ON audit (tenant, other_id, at DESC NULLS LAST, id) WHERE other_id IS NOT NULL;
CREATE INDEX audit_other_name ON audit (tenant, other_name_fold, at DESC NULLS LAST, id) WHERE other_id IS NOT NULL;

-- The roles that read it, for the tenants that are there; a new one gets them with the others.
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, '194ae4cb-b126-40b2-bd5b-6091b380977d'::uuid, 0, 'Security Administrator', 'security administrator',
    'Can read the audit log.', true, true, '194ae4cb-b126-40b2-bd5b-6091b380977d'::uuid, '1.0', '{"isPrivileged":true,"resourceScopes":["/"]}'::json FROM tenant;
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, '5d6b6bb7-de71-4623-b4af-96380a352509'::uuid, 0, 'Security Reader', 'security reader',
    'Can read the audit log.', true, true, '5d6b6bb7-de71-4623-b4af-96380a352509'::uuid, '1.0', '{"isPrivileged":true,"resourceScopes":["/"]}'::json FROM tenant;
INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, is_built_in, is_enabled,
    template_id, version, doc)
SELECT tenant, '4a5d8f65-41da-4de4-8968-e035b65339cf'::uuid, 0, 'Reports Reader', 'reports reader',
    'Can read the audit log.', true, true, '4a5d8f65-41da-4de4-8968-e035b65339cf'::uuid, '1.0', '{"isPrivileged":false,"resourceScopes":["/"]}'::json FROM tenant;
