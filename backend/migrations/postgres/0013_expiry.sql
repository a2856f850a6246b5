-- What is over is found by an index, so that it can be taken away in small steps.

-- An index locks its table against changes while it is made. Servers of the version before are still
-- at work then: each one is committed by itself, so that no two tables are locked at once, and whoever
-- changes both waits instead of being told of a deadlock.
CREATE INDEX IF NOT EXISTS sessions_expire_at_idx ON sessions (expire_at);
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS clients_updated_at_idx ON clients (updated_at);
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS sign_ins_abandon_at_idx ON sign_ins (abandon_at);
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS step_ups_abandon_at_idx ON step_ups (abandon_at);
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS totps_unverified_idx ON totps (created_at) WHERE verified_at IS NULL;
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS known_devices_last_sign_in_at_idx ON known_devices (last_sign_in_at);
COMMIT; BEGIN;
CREATE INDEX IF NOT EXISTS events_created_at_idx ON events (created_at);
