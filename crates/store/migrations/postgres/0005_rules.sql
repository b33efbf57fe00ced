-- Membership rules are asked about people: the groups that have one are found without a look at the others.
CREATE INDEX directory_object_membership_rule ON directory_object (tenant, id) WHERE membership_rule IS NOT NULL;
