-- What people may want to be told at once: each change of state of a subject is a row, written before it is told.
-- The newest row of a subject says its state. Who was told is in deliveries (kind `alert`).
CREATE TABLE news (
    news_id UUID NOT NULL,
    kind VARCHAR NOT NULL,            -- down | budget | quota_80 | claim_refuted | quiet: nobody is told
    subject VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    title VARCHAR NOT NULL,
    body VARCHAR NOT NULL
);
