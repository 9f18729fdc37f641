-- Rows from before. A step of its own: DuckDB changes no rows of a table that the same transaction has altered.
INSERT INTO kinds
SELECT row_number() OVER () - 1, *
FROM (
    SELECT DISTINCT location, provider, model, probe, mode, size, status, outcome, detail, attribution, rule, billed,
        conn_reused, control_ok
    FROM samples
);

UPDATE samples SET kind = kinds.kind FROM kinds
WHERE samples.location = kinds.location
    AND samples.provider = kinds.provider
    AND samples.model = kinds.model
    AND samples.probe = kinds.probe
    AND samples.mode = kinds.mode
    AND samples.size IS NOT DISTINCT FROM kinds.size
    AND samples.status IS NOT DISTINCT FROM kinds.status
    AND samples.outcome = kinds.outcome
    AND samples.detail IS NOT DISTINCT FROM kinds.detail
    AND samples.attribution = kinds.attribution
    AND samples.rule = kinds.rule
    AND samples.billed IS NOT DISTINCT FROM kinds.billed
    AND samples.conn_reused IS NOT DISTINCT FROM kinds.conn_reused
    AND samples.control_ok IS NOT DISTINCT FROM kinds.control_ok;
