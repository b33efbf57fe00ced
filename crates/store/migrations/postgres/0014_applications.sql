-- Tenants that were made before AppRoleAssignment.ReadWrite.All offer it too, as scope and as app role.
UPDATE directory_object SET doc = CAST(replace(replace(CAST(doc AS text),
    '"appRoles":[{',
    '"appRoles":[{"allowedMemberTypes":["Application"],"description":"Manage app permission grants and app role assignments","displayName":"Manage app permission grants and app role assignments","id":"06b708a9-e830-4db3-a914-8e69da51d44f","isEnabled":true,"origin":"Application","value":"AppRoleAssignment.ReadWrite.All"},{'),
    '"oauth2PermissionScopes":[{',
    '"oauth2PermissionScopes":[{"adminConsentDescription":"Manage app permission grants and app role assignments","adminConsentDisplayName":"Manage app permission grants and app role assignments","id":"84bccea3-f856-4a8a-967b-dbe0a3d53a64","isEnabled":true,"origin":null,"type":"Admin","userConsentDescription":"Manage app permission grants and app role assignments","userConsentDisplayName":"Manage app permission grants and app role assignments","value":"AppRoleAssignment.ReadWrite.All"},{') AS json)
WHERE kind = 3 AND app_id = '00000003-0000-0000-c000-000000000000' AND CAST(doc AS text) NOT LIKE '%AppRoleAssignment.ReadWrite.All%';

-- By which addresses applications are known: each by one of its tenant. Of those that share one already, the
-- oldest has it, and the others keep what they show until they are given another.
CREATE TABLE identifier_uri (
    tenant uuid NOT NULL,
    uri_fold text COLLATE "C" NOT NULL,
    object_id uuid NOT NULL,
    CONSTRAINT "identifier_uri.uri_fold" PRIMARY KEY (tenant, uri_fold),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
);
CREATE INDEX identifier_uri_object ON identifier_uri (tenant, object_id);
INSERT INTO identifier_uri
SELECT o.tenant, lower(u.value), o.id FROM directory_object AS o CROSS JOIN LATERAL
json_array_elements_text(CASE json_typeof(o.identifier_uris) WHEN 'array' THEN o.identifier_uris END) AS u (value)
WHERE o.kind = 4 AND o.deleted_at IS NULL AND u.value IS NOT NULL ORDER BY o.created_at, o.id
ON CONFLICT DO NOTHING;
