-- Tenants that were made before AppRoleAssignment.ReadWrite.All offer it too, as scope and as app role.
UPDATE directory_object SET doc = replace(replace(doc,
    '"appRoles":[{',
    '"appRoles":[{"allowedMemberTypes":["Application"],"description":"Manage app permission grants and app role assignments","displayName":"Manage app permission grants and app role assignments","id":"06b708a9-e830-4db3-a914-8e69da51d44f","isEnabled":true,"origin":"Application","value":"AppRoleAssignment.ReadWrite.All"},{'),
    '"oauth2PermissionScopes":[{',
    '"oauth2PermissionScopes":[{"adminConsentDescription":"Manage app permission grants and app role assignments","adminConsentDisplayName":"Manage app permission grants and app role assignments","id":"84bccea3-f856-4a8a-967b-dbe0a3d53a64","isEnabled":true,"origin":null,"type":"Admin","userConsentDescription":"Manage app permission grants and app role assignments","userConsentDisplayName":"Manage app permission grants and app role assignments","value":"AppRoleAssignment.ReadWrite.All"},{')
WHERE kind = 3 AND app_id = X'0000000300000000C000000000000000' AND doc NOT LIKE '%AppRoleAssignment.ReadWrite.All%';

-- By which addresses applications are known: each by one of its tenant. Of those that share one already, the
-- oldest has it, and the others keep what they show until they are given another.
CREATE TABLE identifier_uri (
    tenant BLOB NOT NULL,
    uri_fold TEXT NOT NULL,
    object_id BLOB NOT NULL,
    PRIMARY KEY (tenant, uri_fold),
    FOREIGN KEY (tenant, object_id) REFERENCES directory_object (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_uri_object ON identifier_uri (tenant, object_id);
INSERT INTO identifier_uri
SELECT o.tenant, lower(u.value), o.id FROM directory_object AS o, json_each(o.identifier_uris) AS u
WHERE o.kind = 4 AND o.deleted_at IS NULL AND u.type = 'text' ORDER BY o.created_at, o.id
ON CONFLICT DO NOTHING;
