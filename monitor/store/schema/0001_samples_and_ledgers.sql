-- One row for each planned request, sent or not. Columns, units and meaning: docs/samples.md.
-- All times are UTC (why not TIMESTAMPTZ: docs/decisions/0003-utc-timestamps.md).
-- The hot table: append-only, and without index, primary key or upsert, because released versions of DuckDB have
-- lost index entries after a kill. Nothing is given twice because the one writer looks before it appends.
CREATE TABLE samples (
    sample_id UUID NOT NULL,
    run_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    block_id UUID,
    location VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    probe VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    size VARCHAR,
    aspect_ratio VARCHAR,
    planned_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP,
    lateness_ms DOUBLE,
    dns_ms DOUBLE,
    connect_ms DOUBLE,
    tls_ms DOUBLE,
    upload_ms DOUBLE,
    wait_ms DOUBLE,
    download_ms DOUBLE,
    total_ms DOUBLE,
    conn_reused BOOLEAN,
    status INTEGER,
    outcome VARCHAR NOT NULL,
    detail VARCHAR,
    attribution VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    billed BOOLEAN,
    cost_usd DOUBLE,
    images INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    image_format VARCHAR,
    image_bytes BIGINT,
    response_bytes BIGINT,
    retry_after_s DOUBLE,
    limit_requests DOUBLE,
    remaining_requests DOUBLE,
    reset_s DOUBLE,
    quota VARCHAR,
    request_id VARCHAR,
    server_ms DOUBLE,
    model_version VARCHAR,
    control_ok BOOLEAN,
    error VARCHAR,
    body_sha256 VARCHAR,
    queue_ms DOUBLE,
    run_ms DOUBLE,
    prev_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

-- One row for each run of a plan.
CREATE TABLE runs (
    run_id UUID NOT NULL,
    probe VARCHAR NOT NULL,
    slot_at TIMESTAMP,                -- null: not from the schedule
    started_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,               -- null: running, or its process was killed
    state VARCHAR NOT NULL,           -- running | done | stopped | failed
    location VARCHAR NOT NULL,
    simulated BOOLEAN NOT NULL
);

-- The ledger of slots: claimed before anything is sent, so that no restart pays for a slot twice.
CREATE TABLE slots (
    probe VARCHAR NOT NULL,
    slot_at TIMESTAMP NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,            -- null: claimed and not finished
    state VARCHAR,                    -- run | late | skipped | missed | lost
    run_id UUID
);

-- What is told to people, each thing once: a claimed row.
CREATE TABLE deliveries (
    kind VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,            -- null: claimed and not finished
    error VARCHAR                     -- null and finished: delivered
);

-- Money: reserved before a request is sent, settled after. What was never settled counts as reserved.
CREATE TABLE spending (
    reservation_id UUID NOT NULL,
    provider VARCHAR NOT NULL,
    reserved_usd DOUBLE NOT NULL,
    reserved_at TIMESTAMP NOT NULL,
    actual_usd DOUBLE,                -- null: not settled, or the bill is not known
    settled_at TIMESTAMP
);

-- What an imported monitor itself published of a provider.
CREATE TABLE published (
    provider VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    source VARCHAR NOT NULL
);
