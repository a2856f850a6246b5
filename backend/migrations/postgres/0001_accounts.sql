-- Accounts, browsers, sessions, sign-ins and second factors.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Tokens and backup codes are kept as hashes.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email_id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    username TEXT UNIQUE,
    first_name TEXT,
    last_name TEXT,
    password_hash TEXT NOT NULL,
    -- Rises whenever the password or a factor changes.
    credentials_version BIGINT NOT NULL,
    -- Attempts spent since the last success.
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until BIGINT,
    mfa_enabled_at BIGINT,
    mfa_disabled_at BIGINT,
    last_sign_in_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    -- No foreign key: a session refers to its client, and an ended one is forgotten here anyway.
    last_active_session_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Over by age is not written.
    status TEXT NOT NULL CHECK (status IN ('active', 'pending', 'removed', 'ended', 'revoked')),
    expire_at BIGINT NOT NULL,
    abandon_at BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    first_factor_at BIGINT,
    second_factor_at BIGINT,
    ip_address TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX sessions_client_id_idx ON sessions (client_id);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- One a client.
CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
    -- NULL where no account has the identifier.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('needs_first_factor', 'needs_second_factor', 'complete')),
    -- The user's when the sign-in began.
    credentials_version BIGINT NOT NULL,
    first_factor_at BIGINT,
    created_session_id TEXT,
    abandon_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX sign_ins_user_id_idx ON sign_ins (user_id);

-- One a user.
CREATE TABLE totps (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret BYTEA NOT NULL,
    verified_at BIGINT,
    -- The last time step that was accepted: no step is accepted twice, none before it at all.
    last_step BIGINT,
    last_used_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One a user.
CREATE TABLE backup_code_sets (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    salt BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE backup_codes (
    set_id TEXT NOT NULL REFERENCES backup_code_sets (id) ON DELETE CASCADE,
    hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (set_id, hash)
);
