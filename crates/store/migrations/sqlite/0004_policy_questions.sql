-- The questions of a policy, each by its id. The policy's own `doc` has them too, in one piece.
CREATE TABLE policy_question (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    policy_id BLOB NOT NULL,
    catalog_id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, policy_id) REFERENCES assignment_policy (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX policy_question_policy ON policy_question (tenant, policy_id, id);
