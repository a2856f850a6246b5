-- Events of the whole server, which belong to no account; locks that somebody lifts; and the mails
-- that tell people of events.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- NULL: an event of the whole server.
ALTER TABLE events ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE events DROP CONSTRAINT events_kind_check;
ALTER TABLE events ADD CONSTRAINT events_kind_check CHECK (kind IN (
    'sign_up', 'sign_in', 'attempt_failed', 'account_locked', 'account_unlocked', 'step_up',
    'totp_created', 'totp_verified', 'totp_removed', 'backup_codes_created', 'session_ended',
    'settings_changed', 'keys_rotated'
));
ALTER TABLE events ADD CONSTRAINT events_of_nobody_check
    CHECK (user_id IS NOT NULL OR kind = 'keys_rotated');

-- Mails that are still to be sent, one an event. Their text is made when they are.
CREATE TABLE mails (
    event_id TEXT NOT NULL PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    -- Whether the account did not know the browser of the event. 0 is no, 1 is yes.
    new_browser BIGINT NOT NULL CHECK (new_browser IN (0, 1)),
    -- When it may be tried. A server that tries it puts this off first, so that no other does.
    due_at BIGINT NOT NULL,
    -- Tries begun. It names the last one: who comes too late with the outcome of an earlier one
    -- changes nothing.
    tries BIGINT NOT NULL CHECK (tries >= 0)
);

CREATE INDEX mails_due_at_idx ON mails (due_at);
