-- On whose part things happen to accounts, and events about accounts that are gone.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- SQLite changes no constraint of a table that is there: a new one takes its place. With the old one
-- go the mails that refer to it, so they wait elsewhere.
CREATE TABLE waiting_mails AS SELECT * FROM mails;

CREATE TABLE new_events (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL: an event of the whole server.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- One of the words of the store (texts.rs). No list of them here: each new word would take all
    -- of this again.
    kind TEXT NOT NULL,
    -- The factor that was checked, where one was.
    strategy TEXT CHECK (strategy IN ('password', 'totp', 'backup_code')),
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
    id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at
)
SELECT id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at
FROM events;

DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_user_id_created_at_idx ON events (user_id, created_at, id);

INSERT INTO mails SELECT * FROM waiting_mails;
DROP TABLE waiting_mails;
