-- Codes that are sent by mail, and sign-ins that set a new password by one.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- The factor that was checked is one of the words of the store (texts.rs), as the kind is.
ALTER TABLE events DROP CONSTRAINT events_strategy_check;

ALTER TABLE sign_ins DROP CONSTRAINT sign_ins_stage_check;
ALTER TABLE sign_ins ADD CONSTRAINT sign_ins_stage_check CHECK (stage IN (
    'needs_first_factor', 'needs_new_password', 'needs_second_factor', 'complete'
));
-- Chosen by a code that came by mail: the password once the sign-in is complete, not before.
ALTER TABLE sign_ins ADD COLUMN new_password_hash TEXT;

-- Codes that wait to be sent, and those that wait to be typed. One a sign-in, the last.
CREATE TABLE mailed_codes (
    -- What it is for. No foreign key: a sign-in makes room for the next one of its client, and the
    -- code of one that is gone opens nothing.
    sign_in_id TEXT NOT NULL PRIMARY KEY,
    -- NULL: no account has the identifier, and nobody is told.
    recipient TEXT,
    sealed_code BYTEA NOT NULL,
    expire_at BIGINT NOT NULL,
    -- When its mail may be tried; NULL once that is sent.
    due_at BIGINT,
    -- Tries begun, and codes before it: they name the last try, as in mails.
    tries BIGINT NOT NULL CHECK (tries >= 0),
    created_at BIGINT NOT NULL
);

CREATE INDEX mailed_codes_due_at_idx ON mailed_codes (due_at);
CREATE INDEX mailed_codes_expire_at_idx ON mailed_codes (expire_at);
