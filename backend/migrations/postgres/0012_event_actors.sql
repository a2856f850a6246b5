-- On whose part things happen to accounts, and events about accounts that are gone.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- NULL: the user.
ALTER TABLE events ADD COLUMN actor TEXT
    CHECK (actor IN ('back_end_api', 'administrator', 'command_line'));
-- The account of the administrator. It may be gone.
ALTER TABLE events ADD COLUMN actor_id TEXT;
-- The account that is gone.
ALTER TABLE events ADD COLUMN subject_id TEXT;

-- One of the words of the store (texts.rs). No list of them here: each new word would take all of
-- the table again in SQLite.
ALTER TABLE events DROP CONSTRAINT events_kind_check;
ALTER TABLE events DROP CONSTRAINT events_of_nobody_check;
ALTER TABLE events ADD CONSTRAINT events_of_nobody_check
    CHECK (user_id IS NOT NULL OR kind IN ('keys_rotated', 'account_deleted'));
