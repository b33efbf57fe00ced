-- Membership rules are asked about people: the groups that have one are found without a look at the others.
CREATE INDEX directory_object_membership_rule ON directory_object (tenant, id) WHERE membership_rule IS NOT NULL;

-- Requests and assignments are asked for by what they are and when.
CREATE INDEX assignment_request_type ON assignment_request (tenant, request_type, id);
CREATE INDEX assignment_request_status ON assignment_request (tenant, status, id);
CREATE INDEX assignment_request_created ON assignment_request (tenant, created_at, id);
CREATE INDEX assignment_request_completed ON assignment_request (tenant, completed_at, id);
CREATE INDEX assignment_status ON assignment (tenant, status, id);
CREATE INDEX assignment_expired ON assignment (tenant, expired_at, id) WHERE expired_at IS NOT NULL;
