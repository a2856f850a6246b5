-- Accounts that came from another server, and imports that are under way.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- The secret input of the hashes of a set that another server made, sealed. NULL: it follows from
-- the key that the salt names.
ALTER TABLE backup_code_sets ADD COLUMN sealed_pepper BYTEA;

-- Exports read accounts in this order, so that those made meanwhile come last.
CREATE INDEX users_created_at_id_idx ON users (created_at, id);

-- Imports that have not come to their end, so that each can go on from where it stopped.
CREATE TABLE imports (
    -- SHA-256 of the file.
    source BYTEA NOT NULL PRIMARY KEY,
    -- How many of its accounts have been dealt with.
    records BIGINT NOT NULL CHECK (records >= 0),
    updated_at BIGINT NOT NULL
);
