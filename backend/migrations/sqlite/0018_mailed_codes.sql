-- Codes that are sent by mail, and sign-ins that set a new password by one.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- SQLite changes no constraint of a table that is there: a new one takes its place. With the old one
-- of the events go the mails that refer to it, so they wait elsewhere.
CREATE TABLE waiting_mails AS SELECT * FROM mails;

CREATE TABLE new_events (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL: an event of the whole server.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- One of the words of the store (texts.rs).
    kind TEXT NOT NULL,
    -- The factor that was checked, where one was: a word of the store as well.
    strategy TEXT,
    session_id TEXT,
    ip_address TEXT,
    user_agent TEXT,
    -- The id of the request in the log.
    trace_id TEXT,
    created_at INTEGER NOT NULL,
    -- NULL: the user.
    actor TEXT CHECK (actor IN ('back_end_api', 'administrator', 'command_line')),
    -- The account of the administrator. It may be gone.
    actor_id TEXT,
    -- The account that is gone.
    subject_id TEXT,
    CHECK (user_id IS NOT NULL OR kind IN ('keys_rotated', 'account_deleted'))
) STRICT;

INSERT INTO new_events (
    id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at, actor,
    actor_id, subject_id
)
SELECT id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at, actor,
    actor_id, subject_id
FROM events;

DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_user_id_created_at_idx ON events (user_id, created_at, id);
CREATE INDEX events_created_at_idx ON events (created_at);

INSERT INTO mails SELECT * FROM waiting_mails;
DROP TABLE waiting_mails;

CREATE TABLE new_sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
    -- NULL where no account has the identifier.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN (
        'needs_first_factor', 'needs_new_password', 'needs_second_factor', 'complete'
    )),
    -- The user's when the sign-in began.
    credentials_version INTEGER NOT NULL,
    first_factor_at INTEGER,
    -- Chosen by a code that came by mail: the password once the sign-in is complete, not before.
    new_password_hash TEXT,
    created_session_id TEXT,
    abandon_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO new_sign_ins (
    id, client_id, user_id, identifier, stage, credentials_version, first_factor_at,
    created_session_id, abandon_at, created_at
)
SELECT id, client_id, user_id, identifier, stage, credentials_version, first_factor_at,
    created_session_id, abandon_at, created_at
FROM sign_ins;

DROP TABLE sign_ins;
ALTER TABLE new_sign_ins RENAME TO sign_ins;
CREATE INDEX sign_ins_user_id_idx ON sign_ins (user_id);
CREATE INDEX sign_ins_abandon_at_idx ON sign_ins (abandon_at);

-- Codes that wait to be sent, and those that wait to be typed. One a sign-in, the last.
CREATE TABLE mailed_codes (
    -- What it is for. No foreign key: a sign-in makes room for the next one of its client, and the
    -- code of one that is gone opens nothing.
    sign_in_id TEXT NOT NULL PRIMARY KEY,
    -- NULL: no account has the identifier, and nobody is told.
    recipient TEXT,
    sealed_code BLOB NOT NULL,
    expire_at INTEGER NOT NULL,
    -- When its mail may be tried; NULL once that is sent.
    due_at INTEGER,
    -- Tries begun, and codes before it: they name the last try, as in mails.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX mailed_codes_due_at_idx ON mailed_codes (due_at);
CREATE INDEX mailed_codes_expire_at_idx ON mailed_codes (expire_at);
