-- What happened to accounts, for the people whose accounts they are. No secret, code, token or
-- password is ever in here.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN (
        'sign_up', 'sign_in', 'attempt_failed', 'account_locked', 'step_up', 'totp_created',
        'totp_verified', 'totp_removed', 'backup_codes_created', 'session_ended', 'settings_changed'
    )),
    -- The factor that was checked, where one was.
    strategy TEXT CHECK (strategy IN ('password', 'totp', 'backup_code')),
    session_id TEXT,
    ip_address TEXT,
    user_agent TEXT,
    -- The id of the request in the log.
    trace_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX events_user_id_created_at_idx ON events (user_id, created_at, id);
