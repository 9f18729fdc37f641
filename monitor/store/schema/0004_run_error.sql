-- How wrong our own times were during a run (probes/instrument.py). Null: nobody measured it.
ALTER TABLE runs ADD COLUMN error_ms DOUBLE;
ALTER TABLE runs ADD COLUMN control_max_ms DOUBLE;
ALTER TABLE runs ADD COLUMN held_up_max_ms DOUBLE;
ALTER TABLE runs ADD COLUMN controls INTEGER;
ALTER TABLE runs ADD COLUMN lag_p99_ms DOUBLE;
ALTER TABLE runs ADD COLUMN lag_max_ms DOUBLE;
ALTER TABLE runs ADD COLUMN lateness_p99_ms DOUBLE;
ALTER TABLE runs ADD COLUMN clock_steps INTEGER;
ALTER TABLE runs ADD COLUMN clock_step_ms DOUBLE;
