-- Sign-ups whose e-mail address is still to be verified, and when that of an account was.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- When a code was right that had been sent there. NULL: nobody was asked for one.
ALTER TABLE users ADD COLUMN email_verified_at BIGINT;

-- One a client. It is gone once it is an account; until then its address and its name are nobody's.
CREATE TABLE sign_ups (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    username TEXT,
    first_name TEXT,
    last_name TEXT,
    password_hash TEXT NOT NULL,
    -- The last code that was asked for, with its times; NULL before the first.
    sealed_code BYTEA,
    code_expire_at BIGINT,
    code_created_at BIGINT,
    -- When its mail may be tried; NULL once that is sent.
    due_at BIGINT,
    -- Tries begun, and codes before it: they name the last try, as in mails.
    tries BIGINT NOT NULL CHECK (tries >= 0),
    -- Codes asked for.
    codes BIGINT NOT NULL CHECK (codes >= 0),
    -- Attempts spent on the last of them.
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    abandon_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX sign_ups_due_at_idx ON sign_ups (due_at);
CREATE INDEX sign_ups_abandon_at_idx ON sign_ups (abandon_at);
