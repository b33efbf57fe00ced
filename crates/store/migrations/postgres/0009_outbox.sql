-- What is told to the outside, written with the change that it tells of and sent after it. `due` is in the tenant's
-- time; `leased_until` is in real time, until when somebody is sending it. `state`: 0 waiting, 1 sent and kept to be
-- shown in development, 2 given up.
CREATE TABLE outbox (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    topic bigint NOT NULL,
    payload json NOT NULL,
    state bigint NOT NULL,
    due bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    problem text COLLATE "C",
    sent_at bigint,
    CONSTRAINT "outbox.id" PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (tenant) ON DELETE CASCADE
);
CREATE INDEX outbox_due ON outbox (due) WHERE state = 0;
CREATE INDEX outbox_done ON outbox (tenant, state, topic, id) WHERE state <> 0;
-- Access that is held already is told of its end as well: fourteen days before it, in microseconds.
INSERT INTO task (tenant, kind, subject_id, due, attempts)
SELECT tenant, 8, id, (extract(epoch FROM ends_at) * 1000000)::bigint - 1209600000000, 0 FROM assignment WHERE is_current AND ends_at IS NOT NULL;
