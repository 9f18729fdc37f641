-- How far a long run may send. Moved ahead before anything beyond it is sent, so that after a kill it is known what
-- was surely not sent. The plan is kept as it was begun: the configuration may have changed by then.
CREATE TABLE progress (
    run_id UUID NOT NULL,
    begun_at TIMESTAMP NOT NULL,      -- offsets of the plan count from here
    sends_until TIMESTAMP NOT NULL,   -- nothing that is planned later has been sent
    plan VARCHAR NOT NULL             -- JSON
);

-- What changed for a provider, as the service saw it: incidents and the circuit breaker. Written once, never changed.
CREATE TABLE transitions (
    transition_id UUID NOT NULL,
    incident_id UUID,                 -- null: of the circuit breaker
    provider VARCHAR NOT NULL,
    state VARCHAR NOT NULL,           -- suspected | dismissed | opened | closed | breaker_open | breaker_trial | breaker_closed
    happened_at TIMESTAMP NOT NULL,
    since_at TIMESTAMP NOT NULL,      -- of an incident: when its first failed request was sent
    kinds VARCHAR NOT NULL,           -- what failed: reach, image or both, by commas
    why VARCHAR NOT NULL
);

-- Each request that an incident made us send, entered before it is sent: its money counts, and a kill leaves its row.
CREATE TABLE attempts (
    run_id UUID NOT NULL,
    incident_id UUID NOT NULL,
    provider VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    size VARCHAR,                     -- null: reach
    planned_at TIMESTAMP NOT NULL,
    reserved_usd DOUBLE NOT NULL,
    actual_usd DOUBLE,                -- null: not ended, or the bill is not known
    ended_at TIMESTAMP
);
