-- Tenants that were made before AppRoleAssignment.ReadWrite.All offer it too, as scope and as app role.
UPDATE directory_object SET doc = CAST(replace(replace(CAST(doc AS text),
    '"appRoles":[{',
    '"appRoles":[{"allowedMemberTypes":["Application"],"description":"Manage app permission grants and app role assignments","displayName":"Manage app permission grants and app role assignments","id":"06b708a9-e830-4db3-a914-8e69da51d44f","isEnabled":true,"origin":"Application","value":"AppRoleAssignment.ReadWrite.All"},{'),
    '"oauth2PermissionScopes":[{',
    '"oauth2PermissionScopes":[{"adminConsentDescription":"Manage app permission grants and app role assignments","adminConsentDisplayName":"Manage app permission grants and app role assignments","id":"84bccea3-f856-4a8a-967b-dbe0a3d53a64","isEnabled":true,"origin":null,"type":"Admin","userConsentDescription":"Manage app permission grants and app role assignments","userConsentDisplayName":"Manage app permission grants and app role assignments","value":"AppRoleAssignment.ReadWrite.All"},{') AS json)
WHERE kind = 3 AND app_id = '00000003-0000-0000-c000-000000000000' AND CAST(doc AS text) NOT LIKE '%AppRoleAssignment.ReadWrite.All%';
