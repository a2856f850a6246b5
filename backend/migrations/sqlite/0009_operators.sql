-- What operators do with accounts: import them, bar them, and give people time for a second factor.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- The name of the account in another system.
ALTER TABLE users ADD COLUMN external_id TEXT;
-- Since when it is barred.
ALTER TABLE users ADD COLUMN banned_at INTEGER;

CREATE UNIQUE INDEX users_external_id_key ON users (external_id);

-- Whose codes they are, and what is kept of them: our own, or those of another system, hashed by us
-- or by that system with bcrypt.
ALTER TABLE backup_code_sets ADD COLUMN kind TEXT NOT NULL DEFAULT 'own'
    CHECK (kind IN ('own', 'imported', 'imported_bcrypt'));

-- Since when everyone needs a second factor. NULL where that was switched on before this was kept:
-- nobody may put the set-up off then.
ALTER TABLE settings ADD COLUMN mfa_required_since INTEGER;
