-- Step-ups under way, one a session: its user shows again that it is them.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE step_ups (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    level TEXT NOT NULL CHECK (level IN ('first_factor', 'second_factor', 'multi_factor')),
    stage TEXT NOT NULL CHECK (stage IN ('needs_first_factor', 'needs_second_factor')),
    -- The user's when the step-up began.
    credentials_version BIGINT NOT NULL,
    abandon_at BIGINT NOT NULL
);
