-- What is over is found by an index, so that it can be taken away in small steps.

CREATE INDEX sessions_expire_at_idx ON sessions (expire_at);
CREATE INDEX clients_updated_at_idx ON clients (updated_at);
CREATE INDEX sign_ins_abandon_at_idx ON sign_ins (abandon_at);
CREATE INDEX step_ups_abandon_at_idx ON step_ups (abandon_at);
CREATE INDEX totps_unverified_idx ON totps (created_at) WHERE verified_at IS NULL;
CREATE INDEX known_devices_last_sign_in_at_idx ON known_devices (last_sign_in_at);
CREATE INDEX events_created_at_idx ON events (created_at);
