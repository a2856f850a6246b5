-- The keys that sign session tokens, sealed.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE signing_keys (
    -- The RFC 7638 thumbprint of the public key.
    id TEXT NOT NULL PRIMARY KEY,
    -- Rises by one with each key: of two servers that make the next one at once, one succeeds.
    generation BIGINT NOT NULL UNIQUE,
    sealed_key BYTEA NOT NULL,
    -- Published before it signs, so that whoever checks tokens knows it in time.
    signs_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
