-- The questions of a policy, each by its id. The policy's own `doc` has them too, in one piece.
CREATE TABLE policy_question (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    policy_id uuid NOT NULL,
    catalog_id uuid NOT NULL,
    kind bigint NOT NULL,
    sequence bigint NOT NULL,
    doc json NOT NULL,
    CONSTRAINT "policy_question.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, policy_id) REFERENCES assignment_policy (tenant, id) ON DELETE CASCADE
);
CREATE INDEX policy_question_policy ON policy_question (tenant, policy_id, id);
