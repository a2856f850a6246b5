//! Every statement, as text that SQLite and PostgreSQL both take.
//!
//! What makes that possible: times are `BIGINT` milliseconds, there are no booleans, `CASE` stands
//! for `MAX` and `GREATEST`, and both know `ON CONFLICT` and `RETURNING`.
//!
//! Wherever a statement decides something, its `WHERE` is the rule and its row count the answer.

/// Defines the statements, and [`ALL`] of them with their names.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $(
            $(#[$doc])*
            pub(super) const $name: &str = $text;
        )*

        /// Every statement by its name.
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// A [`UserRow`](super::rows::UserRow), to be completed by [`user_tables`].
macro_rules! user_columns {
    () => {
        "u.id AS user_id, u.email_id, u.email, u.email_verified_at, u.username, u.first_name, u.last_name, \
         u.password_hash, u.external_id, u.banned_at, u.credentials_version, u.failed_attempts, u.locked_until, \
         u.mfa_enabled_at, u.mfa_disabled_at, u.last_sign_in_at, u.created_at AS user_created_at, \
         u.updated_at AS user_updated_at, t.verified_at AS totp_verified_at, \
         t.last_used_at AS totp_last_used_at, \
         CASE WHEN b.id IS NULL THEN NULL ELSE ( \
             SELECT COUNT(*) FROM backup_codes c WHERE c.set_id = b.id AND c.used_at IS NULL \
         ) END AS backup_codes_remaining"
    };
}

/// What hangs on a user `u`.
macro_rules! user_tables {
    () => {
        " LEFT JOIN totps t ON t.user_id = u.id LEFT JOIN backup_code_sets b ON b.user_id = u.id "
    };
}

/// A [`SessionRow`](super::rows::SessionRow) of a session `s`.
macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.client_id AS session_client_id, s.user_id AS session_user_id, \
         s.status, s.expire_at, s.abandon_at, s.last_active_at, s.first_factor_at, \
         s.second_factor_at, s.ip_address, s.user_agent, s.created_at AS session_created_at, \
         s.updated_at AS session_updated_at"
    };
}

/// A [`TotpRow`](super::rows::TotpRow).
macro_rules! totp_columns {
    () => {
        "id, user_id, sealed_secret, verified_at, last_step, last_used_at, created_at, updated_at"
    };
}

/// An [`EventRow`](super::rows::EventRow).
macro_rules! event_columns {
    () => {
        "id, kind, actor, strategy, session_id, ip_address, user_agent, created_at"
    };
}

/// Of the recursive `$rows`: the lowest `$key_id` in `$table`, and then each time the lowest above it, or NULL at the
/// end.
macro_rules! key_ids {
    ($table:literal, $key_id:literal, $rows:literal) => {
        concat!(
            "SELECT (SELECT ",
            $key_id,
            " FROM ",
            $table,
            " ORDER BY ",
            $key_id,
            " LIMIT 1) UNION ALL SELECT (SELECT ",
            $key_id,
            " FROM ",
            $table,
            " WHERE ",
            $key_id,
            " > ",
            $rows,
            ".key_id ORDER BY ",
            $key_id,
            " LIMIT 1) FROM ",
            $rows,
            " WHERE ",
            $rows,
            ".key_id IS NOT NULL"
        )
    };
}

/// A text `$list` with a line end before and behind each of its items has this one among them, or is
/// NULL. An item that is NULL is in none. (PostgreSQL's arrays and SQLite's functions of JSON are strangers to each other.)
macro_rules! listed {
    ($list:literal, $item:literal) => {
        concat!(
            "(CAST(",
            $list,
            " AS TEXT) IS NULL OR replace(",
            $list,
            ", '\n' || ",
            $item,
            " || '\n', '') <> ",
            $list,
            ")"
        )
    };
}

/// A user `u` that a filter lets through: ids, addresses, user names and external ids, each as
/// [`listed`] takes them, and a pattern in lower case.
macro_rules! filtered {
    () => {
        concat!(
            listed!("$1", "u.id"),
            " AND ",
            listed!("$2", "u.email"),
            " AND ",
            listed!("$3", "u.username"),
            " AND ",
            listed!("$4", "u.external_id"),
            " AND (CAST($5 AS TEXT) IS NULL OR u.id LIKE $5 ESCAPE '\\' \
                OR u.email LIKE $5 ESCAPE '\\' OR u.username LIKE $5 ESCAPE '\\' \
                OR lower(u.first_name) LIKE $5 ESCAPE '\\' \
                OR lower(u.last_name) LIKE $5 ESCAPE '\\') "
        )
    };
}

/// A part of the list of users, in the order `$6`.
macro_rules! listed_users {
    ($direction:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u",
            user_tables!(),
            "WHERE ",
            filtered!(),
            "ORDER BY CASE $6 WHEN 'created_at' THEN u.created_at \
                    WHEN 'updated_at' THEN u.updated_at \
                    WHEN 'last_sign_in_at' THEN COALESCE(u.last_sign_in_at, 0) ELSE 0 END ",
            $direction,
            ", \
                CASE $6 WHEN 'email' THEN u.email \
                    WHEN 'username' THEN COALESCE(u.username, '') \
                    WHEN 'first_name' THEN COALESCE(u.first_name, '') \
                    WHEN 'last_name' THEN COALESCE(u.last_name, '') ELSE '' END ",
            $direction,
            ", u.id ",
            $direction,
            " LIMIT $7 OFFSET $8"
        )
    };
}

/// A session `s` whose first column is `$1`, and the second one `$2` or whatever, in the state `$3`
/// or whatever at the time `$4`.
macro_rules! asked_for {
    ($first:literal, $second:literal) => {
        concat!(
            $first,
            " = $1 AND (CAST($2 AS TEXT) IS NULL OR ",
            $second,
            " = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR $3 = CASE \
                WHEN s.status IN ('active', 'pending') \
                    AND (s.expire_at <= $4 OR s.abandon_at <= $4) \
                THEN 'expired' ELSE s.status END) "
        )
    };
}

/// A part of the list of sessions.
macro_rules! listed_sessions {
    ($first:literal, $second:literal) => {
        concat!(
            "SELECT ",
            session_columns!(),
            ", ",
            user_columns!(),
            " FROM sessions s JOIN users u ON u.id = s.user_id",
            user_tables!(),
            "WHERE ",
            asked_for!($first, $second),
            "ORDER BY s.created_at DESC, s.id DESC LIMIT $5 OFFSET $6"
        )
    };
}

/// A session that is not over, when the parameter is the time.
macro_rules! live {
    ($now:literal) => {
        concat!(
            "status IN ('active', 'pending') AND expire_at > ",
            $now,
            " AND abandon_at > ",
            $now
        )
    };
}

/// `updated_at` rises to the time in the parameter, or by one where that is not later.
macro_rules! rises {
    ($now:literal) => {
        concat!(
            "updated_at = CASE WHEN updated_at < ",
            $now,
            " THEN ",
            $now,
            " ELSE updated_at + 1 END"
        )
    };
}

/// The device whose token is in the parameter has a count of its own for this row of `users`.
macro_rules! known {
    ($token:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM known_devices d WHERE d.token_hash = ",
            $token,
            " AND d.user_id = users.id AND d.credentials_version = users.credentials_version)"
        )
    };
}

/// The attempts of a user after a success at the time `$now`. A lock that strangers brought about
/// stays when the success was counted apart from them.
macro_rules! reset_attempts {
    ($token:literal, $now:literal) => {
        concat!(
            "failed_attempts = CASE WHEN locked_until > ",
            $now,
            " AND ",
            known!($token),
            " THEN failed_attempts ELSE 0 END, locked_until = CASE WHEN locked_until > ",
            $now,
            " AND ",
            known!($token),
            " THEN locked_until END"
        )
    };
}

statements! {
    /// Answers while the database does.
    PING = "SELECT 1";

    // Accounts

    INSERT_USER = "INSERT INTO users ( \
            id, email_id, email, username, first_name, last_name, password_hash, \
            email_verified_at, credentials_version, failed_attempts, last_sign_in_at, created_at, \
            updated_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $9, 1, 0, $8, $8, $8)";

    USER_BY_ID = concat!(
        "SELECT ", user_columns!(), " FROM users u", user_tables!(), "WHERE u.id = $1"
    );

    /// The owner of the e-mail address comes before whoever took it as a user name.
    USER_BY_IDENTIFIER = concat!(
        "SELECT ", user_columns!(), " FROM users u", user_tables!(),
        "WHERE u.email = $1 OR u.username = $1 \
         ORDER BY CASE WHEN u.email = $1 THEN 0 ELSE 1 END LIMIT 1"
    );

    // Operators

    INSERT_ACCOUNT = "INSERT INTO users ( \
            id, email_id, email, username, first_name, last_name, password_hash, external_id, \
            banned_at, locked_until, mfa_enabled_at, credentials_version, failed_attempts, \
            created_at, updated_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, 0, $12, $13)";

    INSERT_VERIFIED_TOTP = "INSERT INTO totps \
            (id, user_id, sealed_secret, verified_at, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $4, $4)";

    RENAME_ACCOUNT = concat!(
        "UPDATE users SET username = COALESCE($3, username), \
            first_name = COALESCE($4, first_name), last_name = COALESCE($5, last_name), \
            external_id = COALESCE($6, external_id), ", rises!("$2"), " WHERE id = $1"
    );

    USERS = listed_users!("ASC");

    USERS_FROM_LAST = listed_users!("DESC");

    COUNT_USERS = concat!("SELECT COUNT(*) FROM users u WHERE ", filtered!());

    /// Whoever takes an administrator away has this row first: of two at once, the second sees
    /// what the first has done.
    LOCK_ADMINISTRATION = "UPDATE settings SET id = id";

    /// An administrator other than `$1` who can sign in.
    ANOTHER_ADMINISTRATOR = concat!(
        "SELECT 1 FROM users u WHERE u.id <> $1 AND u.banned_at IS NULL AND ",
        listed!("$2", "u.email"), " LIMIT 1"
    );

    DELETE_ACCOUNT = "DELETE FROM users WHERE id = $1";

    BAN = concat!(
        "UPDATE users SET banned_at = $2, credentials_version = credentials_version + 1, ",
        rises!("$2"), " WHERE id = $1 AND banned_at IS NULL"
    );

    UNBAN = concat!(
        "UPDATE users SET banned_at = NULL, ", rises!("$2"),
        " WHERE id = $1 AND banned_at IS NOT NULL"
    );

    LOCK = concat!(
        "UPDATE users SET locked_until = $3, credentials_version = credentials_version + 1, ",
        rises!("$2"), " WHERE id = $1"
    );

    ACCOUNT_EXISTS = "SELECT 1 FROM users WHERE id = $1";

    SESSION_BY_ID = concat!(
        "SELECT ", session_columns!(), ", ", user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id", user_tables!(), "WHERE s.id = $1"
    );

    SESSIONS_OF_USER = listed_sessions!("s.user_id", "s.client_id");

    SESSIONS_OF_CLIENT = listed_sessions!("s.client_id", "s.user_id");

    COUNT_SESSIONS_OF_USER = concat!(
        "SELECT COUNT(*) FROM sessions s WHERE ", asked_for!("s.user_id", "s.client_id")
    );

    COUNT_SESSIONS_OF_CLIENT = concat!(
        "SELECT COUNT(*) FROM sessions s WHERE ", asked_for!("s.client_id", "s.user_id")
    );

    // Guessing

    /// A user at the time `$2` under a limit of `$3` attempts, which locks until `$4`. A lock that
    /// has run out starts the count again. (PostgreSQL takes a parameter beside nothing but `NULL`
    /// for a text, unless it is told.)
    SPEND_ATTEMPT = concat!(
        "UPDATE users SET \
            failed_attempts = CASE WHEN locked_until IS NULL THEN failed_attempts + 1 ELSE 1 END, \
            locked_until = CASE \
                WHEN CASE WHEN locked_until IS NULL THEN failed_attempts + 1 ELSE 1 END >= $3 \
                THEN CAST($4 AS BIGINT) END, ",
            rises!("$2"),
        " WHERE id = $1 AND (locked_until IS NULL OR locked_until <= $2) \
        RETURNING failed_attempts"
    );

    UNLOCK = concat!(
        "UPDATE users SET failed_attempts = 0, locked_until = NULL, ", rises!("$2"),
        " WHERE id = $1 AND locked_until > $2"
    );

    UNLOCK_DEVICES = "UPDATE known_devices SET failed_attempts = 0, locked_until = NULL \
        WHERE user_id = $1 AND locked_until > $2";

    LOCKED_UNTIL = "SELECT locked_until FROM users WHERE id = $1";

    /// An attempt on the own count of a device that the account knows: like [`SPEND_ATTEMPT`].
    SPEND_DEVICE_ATTEMPT = "UPDATE known_devices SET \
            failed_attempts = CASE WHEN locked_until IS NULL THEN failed_attempts + 1 ELSE 1 END, \
            locked_until = CASE \
                WHEN CASE WHEN locked_until IS NULL THEN failed_attempts + 1 ELSE 1 END >= $4 \
                THEN CAST($5 AS BIGINT) END \
        WHERE token_hash = $1 AND user_id = $2 \
          AND credentials_version = (SELECT credentials_version FROM users WHERE id = $2) \
          AND (locked_until IS NULL OR locked_until <= $3) \
        RETURNING failed_attempts";

    DEVICE_LOCKED_UNTIL = "SELECT d.locked_until FROM known_devices d JOIN users u ON u.id = d.user_id \
        WHERE d.token_hash = $1 AND d.user_id = $2 AND d.credentials_version = u.credentials_version";

    /// Where nothing but the password protects the account, the count begins anew.
    GIVE_DEVICE_ATTEMPT_BACK = "UPDATE known_devices SET \
            failed_attempts = CASE \
                WHEN failed_attempts > 0 AND EXISTS ( \
                    SELECT 1 FROM users WHERE id = $2 AND mfa_enabled_at IS NOT NULL \
                ) THEN failed_attempts - 1 ELSE 0 END, \
            locked_until = CASE \
                WHEN failed_attempts > $3 AND EXISTS ( \
                    SELECT 1 FROM users WHERE id = $2 AND mfa_enabled_at IS NOT NULL \
                ) THEN locked_until END \
        WHERE token_hash = $1 AND user_id = $2";

    RESET_DEVICE_ATTEMPTS = "UPDATE known_devices SET failed_attempts = 0, locked_until = NULL \
        WHERE token_hash = $1 AND user_id = $2";

    /// After the credentials' version rose by one.
    KEEP_DEVICE = "UPDATE known_devices SET credentials_version = credentials_version + 1 \
        WHERE token_hash = $1 AND user_id = $2 \
          AND credentials_version + 1 = (SELECT credentials_version FROM users WHERE id = $2)";

    REPLACE_DEVICE_TOKEN = "UPDATE known_devices SET token_hash = $2 WHERE token_hash = $1 \
        RETURNING user_id";

    KNOW_DEVICE = "INSERT INTO known_devices \
            (token_hash, user_id, credentials_version, failed_attempts, last_sign_in_at) \
        SELECT $1, id, credentials_version, 0, CAST($3 AS BIGINT) FROM users WHERE id = $2 \
        ON CONFLICT (token_hash, user_id) DO UPDATE SET \
            credentials_version = excluded.credentials_version, failed_attempts = 0, \
            locked_until = NULL, last_sign_in_at = excluded.last_sign_in_at";

    /// An attempt at an identifier that no account has: like [`SPEND_ATTEMPT`].
    SPEND_ATTEMPT_ON_NOBODY = "INSERT INTO unknown_identifiers AS i \
            (identifier_hash, failed_attempts, locked_until, updated_at) \
        VALUES ($1, 1, CASE WHEN $3 <= 1 THEN CAST($4 AS BIGINT) END, $2) \
        ON CONFLICT (identifier_hash) DO UPDATE SET \
            failed_attempts = CASE WHEN i.locked_until IS NULL THEN i.failed_attempts + 1 ELSE 1 END, \
            locked_until = CASE \
                WHEN CASE WHEN i.locked_until IS NULL THEN i.failed_attempts + 1 ELSE 1 END >= $3 \
                THEN CAST($4 AS BIGINT) END, \
            updated_at = excluded.updated_at \
        WHERE i.locked_until IS NULL OR i.locked_until <= $2 \
        RETURNING failed_attempts";

    NOBODY_LOCKED_UNTIL = "SELECT COALESCE(locked_until, 0) FROM unknown_identifiers \
        WHERE identifier_hash = $1";

    // Clients and sessions

    /// One row at least: that of the settings. A [`RecognitionRow`](super::rows::RecognitionRow).
    RECOGNISE = concat!(
        "SELECT g.authenticator_app, g.backup_code, g.mfa_required, g.mfa_required_since, \
            c.id AS client_id, c.last_active_session_id, c.created_at AS client_created_at, \
            c.updated_at AS client_updated_at, ", session_columns!(), ", ", user_columns!(),
        " FROM settings g LEFT JOIN clients c ON c.token_hash = $1 \
        LEFT JOIN sessions s ON s.client_id = c.id AND s.status IN ('active', 'pending') \
        LEFT JOIN users u ON u.id = s.user_id", user_tables!(),
        "WHERE g.id = 1 ORDER BY s.created_at, s.id"
    );

    CLIENT_BY_TOKEN = "SELECT id, last_active_session_id, created_at, updated_at \
        FROM clients WHERE token_hash = $1";

    INSERT_CLIENT = "INSERT INTO clients (id, token_hash, created_at, updated_at) \
        VALUES ($1, $2, $3, $3)";

    /// Gives a client, new or known, a new token and its new session.
    HAND_OVER_CLIENT = "INSERT INTO clients \
            (id, token_hash, last_active_session_id, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (id) DO UPDATE SET \
            token_hash = excluded.token_hash, \
            last_active_session_id = excluded.last_active_session_id, \
            updated_at = CASE WHEN clients.updated_at < excluded.updated_at \
                THEN excluded.updated_at ELSE clients.updated_at + 1 END";

    REPLACE_CLIENT_TOKEN = concat!(
        "UPDATE clients SET token_hash = $2, ", rises!("$3"), " WHERE id = $1"
    );

    CHANGE_CLIENT = concat!("UPDATE clients SET ", rises!("$2"), " WHERE id = $1");

    INSERT_SESSION = "INSERT INTO sessions ( \
            id, client_id, user_id, status, expire_at, abandon_at, last_active_at, \
            first_factor_at, second_factor_at, ip_address, user_agent, created_at, updated_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $11, $7, $8, $9, $10, $11, $11)";

    CLIENT_SESSIONS = concat!(
        "SELECT ", session_columns!(), ", ", user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id", user_tables!(),
        "WHERE s.client_id = $1 AND s.status IN ('active', 'pending') \
         ORDER BY s.created_at, s.id"
    );

    LIVE_SESSIONS = concat!(
        "SELECT ", session_columns!(), " FROM sessions s WHERE s.user_id = $1 AND ", live!("$2"),
        " ORDER BY s.created_at DESC, s.id DESC"
    );

    TOUCH_SESSION = concat!(
        "UPDATE sessions SET last_active_at = $2, abandon_at = $3, ", rises!("$2"),
        " WHERE id = $1 AND ", live!("$2"), " RETURNING client_id"
    );

    ACTIVATE_SESSION = concat!(
        "UPDATE clients SET last_active_session_id = $2, ", rises!("$3"),
        " WHERE id = $1 AND (last_active_session_id IS NULL OR last_active_session_id <> $2)"
    );

    END_SESSION = concat!(
        "UPDATE sessions SET status = $3, ", rises!("$4"),
        " WHERE id = $1 AND user_id = $2 AND ", live!("$4"), " RETURNING client_id"
    );

    /// The sessions of a client changed, since `$2` is over.
    FORGET_SESSION = concat!(
        "UPDATE clients SET last_active_session_id = CASE \
            WHEN last_active_session_id = $2 THEN NULL ELSE last_active_session_id END, ",
            rises!("$3"), " WHERE id = $1"
    );

    END_CLIENT_SESSIONS = concat!(
        "UPDATE sessions SET status = 'removed', ", rises!("$2"),
        " WHERE client_id = $1 AND ", live!("$2"),
        " RETURNING id, user_id"
    );

    FORGET_CLIENT_SESSIONS = concat!(
        "UPDATE clients SET last_active_session_id = NULL, ", rises!("$2"), " WHERE id = $1"
    );

    /// Whatever their age: should the clock go back, they stay over. `$2` may be NULL: all of them.
    REVOKE_OTHER_SESSIONS = concat!(
        "UPDATE sessions SET status = 'revoked', ", rises!("$3"),
        " WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND status IN ('active', 'pending')"
    );

    /// The clients of the user's sessions other than `$2` forget those.
    FORGET_OTHER_SESSIONS = concat!(
        "UPDATE clients SET last_active_session_id = NULL, ", rises!("$3"),
        " WHERE id IN (SELECT client_id FROM sessions WHERE user_id = $1) \
          AND last_active_session_id IN \
            (SELECT id FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2)"
    );

    FRESHEN_FIRST_FACTOR = concat!(
        "UPDATE sessions SET first_factor_at = $4, ", rises!("$4"),
        " WHERE id = $1 AND client_id = $2 AND user_id = $3 AND ", live!("$4")
    );

    FRESHEN_SECOND_FACTOR = concat!(
        "UPDATE sessions SET second_factor_at = $4, ", rises!("$4"),
        " WHERE id = $1 AND client_id = $2 AND user_id = $3 AND ", live!("$4")
    );

    /// The second factor was set up in this session: it has nothing left to do.
    SETTLE_SESSION = concat!(
        "UPDATE sessions SET second_factor_at = $3, status = 'active', ", rises!("$3"),
        " WHERE id = $1 AND user_id = $2 AND ", live!("$3")
    );

    // Sign-in

    START_SIGN_IN = "INSERT INTO sign_ins ( \
            id, client_id, user_id, identifier, stage, credentials_version, first_factor_at, \
            created_session_id, abandon_at, created_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
        ON CONFLICT (client_id) DO UPDATE SET \
            id = excluded.id, user_id = excluded.user_id, identifier = excluded.identifier, \
            stage = excluded.stage, credentials_version = excluded.credentials_version, \
            first_factor_at = excluded.first_factor_at, \
            new_password_hash = NULL, created_session_id = excluded.created_session_id, \
            abandon_at = excluded.abandon_at, created_at = excluded.created_at";

    SIGN_IN = "SELECT i.id, i.client_id, i.user_id, i.identifier, i.stage, i.credentials_version, \
            i.first_factor_at, c.expire_at AS code_expire_at, i.new_password_hash, \
            i.created_session_id, i.abandon_at, i.created_at \
        FROM sign_ins i LEFT JOIN mailed_codes c ON c.sign_in_id = i.id WHERE i.client_id = $1";

    DELETE_SIGN_IN = "DELETE FROM sign_ins WHERE client_id = $1";

    ADVANCE_SIGN_IN = "UPDATE sign_ins SET stage = 'needs_second_factor', first_factor_at = $5 \
        WHERE id = $1 AND client_id = $2 AND user_id = $3 AND credentials_version = $4 \
          AND stage = 'needs_first_factor' AND abandon_at > $5";

    COMPLETE_SIGN_IN = "UPDATE sign_ins SET stage = 'complete', created_session_id = $6, \
            first_factor_at = CASE WHEN first_factor_at IS NULL THEN $7 ELSE first_factor_at END \
        WHERE id = $1 AND client_id = $2 AND user_id = $3 AND credentials_version = $4 \
          AND stage = $5 AND abandon_at > $7";

    /// A password that only opens the way to the second factor: its attempt is given back, and a
    /// lock with it where the attempts left are fewer than `$3`, the limit.
    ADMIT_TO_SECOND_FACTOR = concat!(
        "UPDATE users SET \
            failed_attempts = CASE WHEN failed_attempts > 0 AND NOT ", known!("$6"),
            " THEN failed_attempts - 1 ELSE failed_attempts END, \
            locked_until = CASE WHEN failed_attempts <= $3 AND NOT ", known!("$6"),
            " THEN NULL ELSE locked_until END, \
            password_hash = COALESCE($4, password_hash), ", rises!("$5"),
        " WHERE id = $1 AND credentials_version = $2"
    );

    ADMIT_TO_SESSION = concat!(
        "UPDATE users SET ", reset_attempts!("$5", "$4"), ", \
            password_hash = COALESCE($3, password_hash), last_sign_in_at = $4, ", rises!("$4"),
        " WHERE id = $1 AND credentials_version = $2"
    );

    // Sign-up

    START_SIGN_UP = "INSERT INTO sign_ups ( \
            id, client_id, email, username, first_name, last_name, password_hash, tries, codes, \
            attempts, abandon_at, created_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $9) \
        ON CONFLICT (client_id) DO UPDATE SET \
            id = excluded.id, email = excluded.email, username = excluded.username, \
            first_name = excluded.first_name, last_name = excluded.last_name, \
            password_hash = excluded.password_hash, sealed_code = NULL, code_expire_at = NULL, \
            code_created_at = NULL, due_at = NULL, tries = 0, codes = 0, attempts = 0, \
            abandon_at = excluded.abandon_at, created_at = excluded.created_at";

    SIGN_UP = "SELECT id, client_id, email, username, first_name, last_name, password_hash, \
            code_expire_at, codes, attempts, abandon_at, created_at \
        FROM sign_ups WHERE client_id = $1";

    DELETE_SIGN_UP = "DELETE FROM sign_ups WHERE client_id = $1";

    /// What comes of sending an earlier code counts no more. `$7` is the most codes.
    KEEP_SIGN_UP_CODE = "UPDATE sign_ups SET sealed_code = $3, code_expire_at = $5, \
            code_created_at = $4, due_at = $4, tries = tries + 1, codes = codes + 1, attempts = 0, \
            abandon_at = $6 \
        WHERE id = $1 AND client_id = $2 AND codes < $7 AND abandon_at > $4";

    /// `$3` is the most attempts at a code.
    SPEND_CODE_ATTEMPT = "UPDATE sign_ups SET attempts = attempts + 1 \
        WHERE id = $1 AND client_id = $2 AND attempts < $3 AND code_expire_at > $4 \
          AND abandon_at > $4 \
        RETURNING sealed_code, attempts";

    /// The one statement that uses a code up: the sign-up makes room for its account.
    COMPLETE_SIGN_UP = "DELETE FROM sign_ups \
        WHERE id = $1 AND client_id = $2 AND sealed_code = $3 AND code_expire_at > $4 \
          AND abandon_at > $4";

    SIGN_UP_CODE_DUE = "SELECT 1 FROM sign_ups WHERE due_at <= $1 ORDER BY due_at LIMIT 1";

    /// Takes the code that has waited longest, like [`CLAIM_MAIL`].
    CLAIM_SIGN_UP_CODE = "UPDATE sign_ups SET due_at = $2, tries = tries + 1 \
        WHERE due_at <= $1 AND id = \
            (SELECT id FROM sign_ups WHERE due_at <= $1 ORDER BY due_at LIMIT 1) \
        RETURNING id, email AS recipient, sealed_code, code_expire_at AS expire_at, tries, \
            code_created_at AS created_at";

    FINISH_SIGN_UP_CODE = "UPDATE sign_ups SET due_at = NULL WHERE id = $1 AND tries = $2";

    PUT_SIGN_UP_CODE_OFF = "UPDATE sign_ups SET due_at = $3 WHERE id = $1 AND tries = $2";

    // Step-up

    /// Keeps a step-up in place of the session's earlier one, if the session is live.
    START_STEP_UP = concat!(
        "INSERT INTO step_ups (session_id, level, stage, credentials_version, abandon_at) \
        SELECT id, $2, $3, CAST($4 AS BIGINT), CAST($5 AS BIGINT) \
        FROM sessions WHERE id = $1 AND ", live!("$6"),
        " ON CONFLICT (session_id) DO UPDATE SET \
            level = excluded.level, stage = excluded.stage, \
            credentials_version = excluded.credentials_version, abandon_at = excluded.abandon_at"
    );

    STEP_UP = "SELECT session_id, level, stage, credentials_version, abandon_at FROM step_ups \
        WHERE session_id = $1 AND abandon_at > $2";

    ADVANCE_STEP_UP = "UPDATE step_ups SET stage = 'needs_second_factor' \
        WHERE session_id = $1 AND stage = $2 AND credentials_version = $3 AND abandon_at > $4";

    COMPLETE_STEP_UP = "DELETE FROM step_ups \
        WHERE session_id = $1 AND stage = $2 AND credentials_version = $3 AND abandon_at > $4";

    /// A password: it resets the attempts where nothing stronger protects the account.
    STEP_UP_BY_PASSWORD = concat!(
        "UPDATE users SET \
            failed_attempts = CASE WHEN ", known!("$5"), " THEN failed_attempts \
                WHEN mfa_enabled_at IS NOT NULL AND failed_attempts > 0 THEN failed_attempts - 1 \
                ELSE 0 END, \
            locked_until = CASE WHEN ", known!("$5"), " THEN locked_until \
                WHEN mfa_enabled_at IS NULL OR failed_attempts <= $3 THEN NULL \
                ELSE locked_until END, ",
            rises!("$4"),
        " WHERE id = $1 AND credentials_version = $2"
    );

    STEP_UP_BY_SECOND_FACTOR = concat!(
        "UPDATE users SET ", reset_attempts!("$4", "$3"), ", ", rises!("$3"),
        " WHERE id = $1 AND credentials_version = $2"
    );

    // Passwords

    /// A new password. Whatever saw the old one is over.
    CHANGE_PASSWORD = concat!(
        "UPDATE users SET password_hash = $3, credentials_version = credentials_version + 1, ",
        rises!("$4"), " WHERE id = $1 AND credentials_version = $2"
    );

    // Codes by mail

    /// Keeps a code for a sign-in that asks for its first factor. Where there is one already, what
    /// comes of sending that counts no more.
    KEEP_MAILED_CODE = "INSERT INTO mailed_codes \
            (sign_in_id, recipient, sealed_code, expire_at, due_at, tries, created_at) \
        SELECT id, CAST($2 AS TEXT), $3, CAST($4 AS BIGINT), \
            CASE WHEN CAST($2 AS TEXT) IS NOT NULL THEN CAST($5 AS BIGINT) END, 0, \
            CAST($5 AS BIGINT) \
        FROM sign_ins WHERE id = $1 AND stage = 'needs_first_factor' AND abandon_at > $5 \
        ON CONFLICT (sign_in_id) DO UPDATE SET \
            recipient = excluded.recipient, sealed_code = excluded.sealed_code, \
            expire_at = excluded.expire_at, due_at = excluded.due_at, \
            tries = mailed_codes.tries + 1, created_at = excluded.created_at";

    MAILED_CODE = "SELECT sealed_code, expire_at FROM mailed_codes WHERE sign_in_id = $1";

    /// The one statement that uses a code up.
    USE_MAILED_CODE = "DELETE FROM mailed_codes \
        WHERE sign_in_id = $1 AND sealed_code = $2 AND expire_at > $3";

    ADVANCE_TO_NEW_PASSWORD = "UPDATE sign_ins \
        SET stage = 'needs_new_password', first_factor_at = $5, abandon_at = $6 \
        WHERE id = $1 AND client_id = $2 AND user_id = $3 AND credentials_version = $4 \
          AND stage = 'needs_first_factor' AND abandon_at > $5";

    KEEP_NEW_PASSWORD = "UPDATE sign_ins \
        SET stage = 'needs_second_factor', new_password_hash = $3 \
        WHERE id = $1 AND client_id = $2 AND stage = 'needs_new_password' AND abandon_at > $4";

    CODE_DUE = "SELECT 1 FROM mailed_codes WHERE due_at <= $1 ORDER BY due_at LIMIT 1";

    /// Takes the code that has waited longest, like [`CLAIM_MAIL`].
    CLAIM_CODE = "UPDATE mailed_codes SET due_at = $2, tries = tries + 1 \
        WHERE due_at <= $1 AND sign_in_id = \
            (SELECT sign_in_id FROM mailed_codes WHERE due_at <= $1 ORDER BY due_at LIMIT 1) \
        RETURNING sign_in_id AS id, recipient, sealed_code, expire_at, tries, created_at";

    FINISH_CODE = "UPDATE mailed_codes SET due_at = NULL WHERE sign_in_id = $1 AND tries = $2";

    PUT_CODE_OFF = "UPDATE mailed_codes SET due_at = $3 WHERE sign_in_id = $1 AND tries = $2";

    // Authenticator app

    /// Also the lock under which a user's factors change.
    CHANGE_USER = concat!("UPDATE users SET ", rises!("$2"), " WHERE id = $1");

    CREATE_TOTP = "INSERT INTO totps (id, user_id, sealed_secret, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (user_id) DO UPDATE SET \
            id = excluded.id, sealed_secret = excluded.sealed_secret, \
            last_step = NULL, last_used_at = NULL, \
            created_at = excluded.created_at, updated_at = excluded.updated_at \
        WHERE totps.verified_at IS NULL";

    TOTP_BY_USER = concat!("SELECT ", totp_columns!(), " FROM totps WHERE user_id = $1");

    SIGNING_KEYS = "SELECT id, generation, sealed_key, signs_from, created_at FROM signing_keys \
        ORDER BY generation DESC";

    CREATE_SIGNING_KEY = "INSERT INTO signing_keys \
            (id, generation, sealed_key, signs_from, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";

    DELETE_OLD_SIGNING_KEYS = "DELETE FROM signing_keys WHERE generation < $1 - 1";

    // Events

    /// A success takes the place of the failed attempt that it was noted as before.
    NOTE_EVENT = "INSERT INTO events ( \
            id, user_id, kind, strategy, session_id, ip_address, user_agent, trace_id, created_at, \
            actor, actor_id, subject_id \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, strategy = excluded.strategy, \
            session_id = excluded.session_id \
        WHERE events.user_id = excluded.user_id";

    FORGET_EVENT = "DELETE FROM events WHERE id = $1";

    EVENTS = concat!(
        "SELECT ", event_columns!(), " FROM events WHERE user_id = $1 \
        ORDER BY created_at DESC, id DESC LIMIT $2"
    );

    EVENTS_BEFORE = concat!(
        "SELECT ", event_columns!(), " FROM events WHERE user_id = $1 \
            AND (created_at, id) < \
                (SELECT created_at, id FROM events WHERE user_id = $1 AND id = $2) \
        ORDER BY created_at DESC, id DESC LIMIT $3"
    );

    LATEST_EVENT = "SELECT MAX(created_at) FROM events";

    // Mails

    /// Where one is queued already, the event has become another: the mail begins anew.
    QUEUE_MAIL = "INSERT INTO mails (event_id, new_browser, due_at, tries) VALUES ($1, $2, $3, 0) \
        ON CONFLICT (event_id) DO UPDATE SET \
            new_browser = excluded.new_browser, due_at = excluded.due_at";

    DROP_MAIL = "DELETE FROM mails WHERE event_id = $1";

    /// Ordered so that PostgreSQL takes the index, also where it expects to find one at once.
    MAIL_DUE = "SELECT 1 FROM mails WHERE due_at <= $1 ORDER BY due_at LIMIT 1";

    /// Takes the mail that has waited longest for itself until `$2`. Of two servers that choose the
    /// same one, the second finds it put off.
    CLAIM_MAIL = "UPDATE mails SET due_at = $2, tries = tries + 1 \
        WHERE due_at <= $1 AND event_id = \
            (SELECT event_id FROM mails WHERE due_at <= $1 ORDER BY due_at LIMIT 1) \
        RETURNING event_id";

    /// A [`MailRow`](super::rows::MailRow).
    MAIL = "SELECT m.event_id AS id, m.new_browser, m.tries, u.email, e.kind, e.actor, e.strategy, \
            e.session_id, e.ip_address, e.user_agent, e.created_at \
        FROM mails m JOIN events e ON e.id = m.event_id JOIN users u ON u.id = e.user_id \
        WHERE m.event_id = $1";

    MAILS_WAITING = "SELECT COUNT(*) FROM (SELECT 1 FROM mails LIMIT 10000) m";

    FINISH_MAIL = "DELETE FROM mails WHERE event_id = $1 AND tries = $2";

    PUT_MAIL_OFF = "UPDATE mails SET due_at = $3 WHERE event_id = $1 AND tries = $2";

    // Settings

    SETTINGS = "SELECT authenticator_app, backup_code, mfa_required, mfa_required_since \
        FROM settings";

    /// What is NULL stays. The row is the rule's own: nobody may need what nobody can set up.
    CHANGE_SETTINGS = "UPDATE settings SET \
            authenticator_app = COALESCE($1, authenticator_app), \
            backup_code = COALESCE($2, backup_code), \
            mfa_required = COALESCE($3, mfa_required), \
            mfa_required_since = CASE \
                WHEN COALESCE($3, mfa_required) = 0 THEN NULL \
                WHEN mfa_required = 0 THEN CAST($4 AS BIGINT) \
                ELSE mfa_required_since END \
        WHERE COALESCE($1, authenticator_app) = 1 OR COALESCE($3, mfa_required) = 0 \
        RETURNING authenticator_app, backup_code, mfa_required, mfa_required_since";

    // Exports and imports

    COUNT_ACCOUNTS = "SELECT COUNT(*) FROM users";

    /// A [`KeptAccountRow`](super::rows::KeptAccountRow) for each backup code of an account, or one
    /// where there are none; of at most `$3` accounts behind the place (`$1`, `$2`). One statement,
    /// so that each account is as it was at one moment.
    ACCOUNTS_AFTER = concat!(
        "SELECT ", user_columns!(), ", t.id AS totp_id, t.sealed_secret, \
            t.last_step AS totp_last_step, t.created_at AS totp_created_at, \
            t.updated_at AS totp_updated_at, b.id AS set_id, b.kind AS set_kind, b.salt, b.sealed_pepper, \
            b.created_at AS set_created_at, k.hash AS code_hash, k.used_at AS code_used_at \
        FROM (SELECT * FROM users WHERE (created_at, id) > ($1, $2) \
            ORDER BY created_at, id LIMIT $3) u", user_tables!(),
        "LEFT JOIN backup_codes k ON k.set_id = b.id ORDER BY u.created_at, u.id, k.hash"
    );

    IMPORT_USER = "INSERT INTO users ( \
            id, email_id, email, username, first_name, last_name, password_hash, \
            credentials_version, failed_attempts, mfa_enabled_at, mfa_disabled_at, \
            last_sign_in_at, created_at, updated_at, external_id, banned_at, email_verified_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $9, $10, $11, $12, $13, $14, $15)";

    IMPORT_TOTP = "INSERT INTO totps ( \
            id, user_id, sealed_secret, verified_at, last_step, last_used_at, created_at, updated_at \
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    IMPORT_BACKUP_CODE_SET = "INSERT INTO backup_code_sets \
            (id, user_id, kind, salt, sealed_pepper, created_at) VALUES ($1, $2, $3, $4, $5, $6)";

    IMPORT_BACKUP_CODE = "INSERT INTO backup_codes (set_id, hash, used_at) VALUES ($1, $2, $3)";

    /// Of two imports of one file at once, the second finds that it is further than it thought.
    NOTE_IMPORT = "INSERT INTO imports (source, records, updated_at) VALUES ($1, $3, $4) \
        ON CONFLICT (source) DO UPDATE SET \
            records = excluded.records, updated_at = excluded.updated_at \
        WHERE imports.records = $2";

    IMPORT_PROGRESS = "SELECT records FROM imports WHERE source = $1";

    FINISH_IMPORT = "DELETE FROM imports WHERE source = $1";

    ANY_TOTP = concat!("SELECT ", totp_columns!(), " FROM totps LIMIT 1");

    /// The migrations have an index for each; of signing keys there are two.
    KEY_USES = "SELECT 'totp_secret' AS key_user, substr(sealed_secret, 2, 8) AS key_id, \
            COUNT(*) AS uses FROM totps GROUP BY substr(sealed_secret, 2, 8) \
        UNION ALL SELECT 'signing_key', substr(sealed_key, 2, 8), COUNT(*) \
            FROM signing_keys GROUP BY substr(sealed_key, 2, 8) \
        UNION ALL SELECT 'backup_code_set', substr(salt, 1, 8), COUNT(*) \
            FROM backup_code_sets WHERE kind <> 'imported_bcrypt' GROUP BY substr(salt, 1, 8)";

    /// As many looks into indices as there are keys, however many rows.
    KEY_IDS = concat!(
        "WITH RECURSIVE of_totps (key_id) AS (", key_ids!("totps", "substr(sealed_secret, 2, 8)", "of_totps"),
        "), of_sets (key_id) AS (", key_ids!("backup_code_sets", "substr(salt, 1, 8)", "of_sets"),
        ") SELECT key_id FROM of_totps WHERE key_id IS NOT NULL \
        UNION SELECT key_id FROM of_sets WHERE key_id IS NOT NULL \
        UNION SELECT substr(sealed_key, 2, 8) FROM signing_keys"
    );

    TOTPS_SEALED_WITH = concat!(
        "SELECT ", totp_columns!(), " FROM totps \
        WHERE substr(sealed_secret, 2, 8) = $1 AND id > $2 ORDER BY id LIMIT $3"
    );

    RESEAL_TOTP = "UPDATE totps SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2";

    RESEAL_SIGNING_KEY = "UPDATE signing_keys SET sealed_key = $3 \
        WHERE id = $1 AND sealed_key = $2";

    /// The rule of RFC 6238 §5.2: a step is accepted once.
    ACCEPT_STEP = concat!(
        "UPDATE totps SET last_step = $3, last_used_at = $4, ", rises!("$4"),
        " WHERE id = $1 AND user_id = $2 AND verified_at IS NOT NULL \
          AND (last_step IS NULL OR last_step < $3)"
    );

    /// The last accepted step of a verified authenticator app.
    LAST_STEP = "SELECT last_step FROM totps \
        WHERE id = $1 AND user_id = $2 AND verified_at IS NOT NULL";

    ENABLE_MFA = concat!(
        "UPDATE users SET mfa_enabled_at = $2, credentials_version = credentials_version + 1, ",
            reset_attempts!("$3", "$2"), ", ", rises!("$2"), " WHERE id = $1"
    );

    VERIFY_TOTP = concat!(
        "UPDATE totps SET verified_at = $5, last_step = $3, last_used_at = $5, ", rises!("$5"),
        " WHERE id = $1 AND user_id = $2 AND verified_at IS NULL AND created_at > $4 \
          AND (last_step IS NULL OR last_step < $3)"
    );

    DELETE_TOTP = "DELETE FROM totps WHERE user_id = $1 RETURNING id, verified_at";

    DISABLE_MFA = "UPDATE users SET mfa_enabled_at = NULL, mfa_disabled_at = $2, \
            credentials_version = credentials_version + 1 \
        WHERE id = $1";

    // Backup codes

    BACKUP_CODE_SET = "SELECT id, kind, salt, sealed_pepper FROM backup_code_sets \
        WHERE user_id = $1";

    /// The codes go with it.
    DELETE_BACKUP_CODE_SET = "DELETE FROM backup_code_sets WHERE user_id = $1";

    /// Keeps a set where the user has a verified authenticator app and no set.
    INSERT_BACKUP_CODE_SET = "INSERT INTO backup_code_sets (id, user_id, salt, kind, created_at) \
        SELECT $1, user_id, $3, $4, CAST($5 AS BIGINT) FROM totps WHERE user_id = $2 AND verified_at IS NOT NULL \
        ON CONFLICT (user_id) DO NOTHING";

    INSERT_BACKUP_CODE = "INSERT INTO backup_codes (set_id, hash) VALUES ($1, $2)";

    BACKUP_CODE_HASHES = "SELECT hash FROM backup_codes WHERE set_id = $1";

    RENEW_CREDENTIALS = concat!(
        "UPDATE users SET credentials_version = credentials_version + 1, ", rises!("$2"),
        " WHERE id = $1"
    );

    USE_BACKUP_CODE = "UPDATE backup_codes SET used_at = $4 \
        WHERE set_id = $1 AND hash = $2 AND used_at IS NULL \
          AND EXISTS (SELECT 1 FROM backup_code_sets WHERE id = $1 AND user_id = $3)";

    BACKUP_CODE_USED_AT = "SELECT c.used_at FROM backup_codes c \
        JOIN backup_code_sets b ON b.id = c.set_id \
        WHERE c.set_id = $1 AND c.hash = $2 AND b.user_id = $3";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_statement_is_used() {
        let used = [
            include_str!("both/accounts.rs"),
            include_str!("both/codes.rs"),
            include_str!("both/devices.rs"),
            include_str!("both/events.rs"),
            include_str!("both/examination.rs"),
            include_str!("both/factors.rs"),
            include_str!("both/imports.rs"),
            include_str!("both/keys.rs"),
            include_str!("both/mails.rs"),
            include_str!("both/operators.rs"),
            include_str!("both/passwords.rs"),
            include_str!("both/proof.rs"),
            include_str!("both/sign_ups.rs"),
            include_str!("both/sessions.rs"),
            include_str!("both/settings.rs"),
            include_str!("both/sign_in.rs"),
            include_str!("both/step_up.rs"),
        ]
        .concat();
        let used: Vec<&str> = used
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
            .collect();
        for (name, _) in ALL {
            assert!(
                used.contains(&format!("sql::{name}").as_str()),
                "{name} is used nowhere"
            );
        }
    }
}
