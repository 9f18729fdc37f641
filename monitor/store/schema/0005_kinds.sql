-- What rows share that were alike in all of these columns; samples.kind is its number (monitor/store/kinds.py).
CREATE TABLE kinds (
    kind INTEGER NOT NULL,
    location VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    probe VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    size VARCHAR,
    status INTEGER,
    outcome VARCHAR NOT NULL,
    detail VARCHAR,
    attribution VARCHAR NOT NULL,
    rule VARCHAR NOT NULL,
    billed BOOLEAN,
    conn_reused BOOLEAN,
    control_ok BOOLEAN
);

ALTER TABLE samples ADD COLUMN kind INTEGER;
