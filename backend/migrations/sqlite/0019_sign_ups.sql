-- Sign-ups whose e-mail address is still to be verified, and when that of an account was.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- When a code was right that had been sent there. NULL: nobody was asked for one.
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;

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
    sealed_code BLOB,
    code_expire_at INTEGER,
    code_created_at INTEGER,
    -- When its mail may be tried; NULL once that is sent.
    due_at INTEGER,
    -- Tries begun, and codes before it: they name the last try, as in mails.
    tries INTEGER NOT NULL CHECK (tries >= 0),
    -- Codes asked for.
    codes INTEGER NOT NULL CHECK (codes >= 0),
    -- Attempts spent on the last of them.
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    abandon_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sign_ups_due_at_idx ON sign_ups (due_at);
CREATE INDEX sign_ups_abandon_at_idx ON sign_ups (abandon_at);
