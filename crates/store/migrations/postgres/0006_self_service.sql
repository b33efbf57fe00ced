-- Whether those whom a policy is for may ask for themselves: by it one finds what somebody may ask for, without
-- reading every policy's document.
ALTER TABLE assignment_policy ADD COLUMN is_self_service boolean NOT NULL DEFAULT false;
UPDATE assignment_policy SET is_self_service = true
    WHERE doc #>> '{requestorSettings,enableTargetsToSelfAddAccess}' = 'true';
CREATE INDEX assignment_policy_scope ON assignment_policy (tenant, allowed_target_scope, package_id) WHERE is_self_service;
