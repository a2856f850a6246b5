-- Events of the whole server, which belong to no account; locks that somebody lifts; and the mails
-- that tell people of events.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- SQLite changes no constraint of a table that is there: a new one takes its place.
CREATE TABLE new_events (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL: an event of the whole server.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN (
        'sign_up', 'sign_in', 'attempt_failed', 'account_locked', 'account_unlocked', 'step_up',
        'totp_created', 'totp_verified', 'totp_removed', 'backup_codes_created', 'session_ended',
        'settings_changed', 'keys_rotated'
    )),
    -- The factor that was checked, where one was.
    strategy TEXT CHECK (strategy IN ('password', 'totp', 'backup_code')),
    session_id TEXT,
    ip_address TEXT,
    user_agent TEXT,
    -- The id of the request in the log.
    trace_id TEXT,
    created_at INTEGER NOT NULL,
    CHECK (user_id IS NOT NULL OR kind = 'keys_rotated')
) STRICT;

INSERT INTO new_events
SELECT id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at
FROM events;

DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_user_id_created_at_idx ON events (user_id, created_at, id);

-- Mails that are still to be sent, one an event. Their text is made when they are.
CREATE TABLE mails (
    event_id TEXT NOT NULL PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    -- Whether the account did not know the browser of the event. 0 is no, 1 is yes.
    new_browser INTEGER NOT NULL CHECK (new_browser IN (0, 1)),
    -- When it may be tried. A server that tries it puts this off first, so that no other does.
    due_at INTEGER NOT NULL,
    -- Tries begun. It names the last one: who comes too late with the outcome of an earlier one
    -- changes nothing.
    tries INTEGER NOT NULL CHECK (tries >= 0)
) STRICT;

CREATE INDEX mails_due_at_idx ON mails (due_at);
