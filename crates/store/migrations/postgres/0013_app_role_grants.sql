-- App role assignments as they are shown: with the names of both ends, and gone while either end is deleted.
CREATE VIEW app_role_grant AS
SELECT g.tenant, g.id, g.principal_id, g.resource_id, g.app_role_id, g.created_at, CAST(NULL AS timestamptz) AS deleted_at,
    p.display_name AS principal_display_name, p.display_name_fold AS principal_display_name_fold,
    CASE p.kind WHEN 1 THEN 'User' WHEN 2 THEN 'Group' ELSE 'ServicePrincipal' END AS principal_type,
    r.display_name AS resource_display_name, r.display_name_fold AS resource_display_name_fold
FROM app_role_assignment AS g
JOIN directory_object AS p ON p.tenant = g.tenant AND p.id = g.principal_id AND p.deleted_at IS NULL
JOIN directory_object AS r ON r.tenant = g.tenant AND r.id = g.resource_id AND r.deleted_at IS NULL;
