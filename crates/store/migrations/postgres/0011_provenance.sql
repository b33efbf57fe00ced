-- A membership itself knows whether Doorward made it on behalf of an assignment, and so do an ownership and an
-- app role: it can be taken away by hand and given again by hand, which an assignment doesn't hear of.
ALTER TABLE membership ADD COLUMN is_given boolean NOT NULL DEFAULT false;
ALTER TABLE ownership ADD COLUMN is_given boolean NOT NULL DEFAULT false;
ALTER TABLE app_role_assignment ADD COLUMN is_given boolean NOT NULL DEFAULT false;

UPDATE membership SET is_given = true WHERE EXISTS (
    SELECT 1 FROM assignment_role AS r
    WHERE r.tenant = membership.tenant AND r.object_id = membership.member_id AND r.is_given
    AND lower(r.origin_id) = 'member_' || membership.group_id::text
);
UPDATE ownership SET is_given = true WHERE EXISTS (
    SELECT 1 FROM assignment_role AS r
    WHERE r.tenant = ownership.tenant AND r.object_id = ownership.owner_id AND r.is_given
    AND lower(r.origin_id) = 'owner_' || ownership.object_id::text
);
UPDATE app_role_assignment SET is_given = true WHERE EXISTS (
    SELECT 1 FROM assignment_role AS r
    WHERE r.tenant = app_role_assignment.tenant AND r.object_id = app_role_assignment.principal_id AND r.is_given
    AND lower(r.origin_id) = app_role_assignment.app_role_id::text
    AND lower(r.resource_origin) = app_role_assignment.resource_id::text
);

ALTER TABLE assignment_role DROP COLUMN is_given;
