-- What the operator switches on and off while the servers run: one row. 0 is off, 1 is on.

CREATE TABLE settings (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    authenticator_app BIGINT NOT NULL CHECK (authenticator_app IN (0, 1)),
    backup_code BIGINT NOT NULL CHECK (backup_code IN (0, 1)),
    -- Everyone needs a second factor.
    mfa_required BIGINT NOT NULL CHECK (mfa_required IN (0, 1)),
    CHECK (authenticator_app = 1 OR mfa_required = 0)
);

INSERT INTO settings (id, authenticator_app, backup_code, mfa_required) VALUES (1, 1, 1, 0);
