-- Tasks that ask about everybody (Evaluate and Survey, see domain::outcome::Lane) may be a million: whoever looks
-- for one of the others mustn't pass them.
DROP INDEX task_due;
CREATE INDEX task_prompt ON task (due, subject_id) WHERE kind <> 5 AND kind <> 10;
CREATE INDEX task_broad ON task (due, subject_id) WHERE kind = 5 OR kind = 10;
