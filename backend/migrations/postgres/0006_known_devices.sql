-- Browsers that have signed in to an account before, and identifiers that no account has. Each has
-- a count of attempts of its own, so that a stranger's guesses neither keep the owner out nor tell
-- whether an account exists.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Tokens and identifiers are kept as hashes.

CREATE TABLE known_devices (
    token_hash BYTEA NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The user's when the browser signed in: after a change of password or factors elsewhere it is
    -- a stranger's again.
    credentials_version BIGINT NOT NULL,
    -- Attempts spent since the last success.
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until BIGINT,
    last_sign_in_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);

CREATE INDEX known_devices_user_id_idx ON known_devices (user_id);

CREATE TABLE unknown_identifiers (
    identifier_hash BYTEA NOT NULL PRIMARY KEY,
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until BIGINT,
    updated_at BIGINT NOT NULL
);

CREATE INDEX unknown_identifiers_updated_at_idx ON unknown_identifiers (updated_at);
