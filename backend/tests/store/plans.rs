//! How the databases find the rows of each statement: by an index, however many rows there are.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection, raw_sql};
use twofold::store::{postgres::PostgresStore, sqlite::SqliteStore};

use crate::harness::PostgresDatabase;

/// Statements that find every row by an index.
const BY_INDEX: &[&str] = &[
    "PING",
    "INSERT_USER",
    "USER_BY_ID",
    "USER_BY_IDENTIFIER",
    "SPEND_ATTEMPT",
    "UNLOCK",
    "UNLOCK_DEVICES",
    "LOCKED_UNTIL",
    "SPEND_DEVICE_ATTEMPT",
    "DEVICE_LOCKED_UNTIL",
    "GIVE_DEVICE_ATTEMPT_BACK",
    "RESET_DEVICE_ATTEMPTS",
    "KEEP_DEVICE",
    "REPLACE_DEVICE_TOKEN",
    "KNOW_DEVICE",
    "SPEND_ATTEMPT_ON_NOBODY",
    "NOBODY_LOCKED_UNTIL",
    "CLIENT_BY_TOKEN",
    "INSERT_CLIENT",
    "HAND_OVER_CLIENT",
    "REPLACE_CLIENT_TOKEN",
    "CHANGE_CLIENT",
    "INSERT_SESSION",
    "CLIENT_SESSIONS",
    "LIVE_SESSIONS",
    "TOUCH_SESSION",
    "ACTIVATE_SESSION",
    "END_SESSION",
    "FORGET_SESSION",
    "END_CLIENT_SESSIONS",
    "FORGET_CLIENT_SESSIONS",
    "REVOKE_OTHER_SESSIONS",
    "FORGET_OTHER_SESSIONS",
    "FRESHEN_FIRST_FACTOR",
    "FRESHEN_SECOND_FACTOR",
    "SETTLE_SESSION",
    "START_SIGN_IN",
    "SIGN_IN",
    "DELETE_SIGN_IN",
    "ADVANCE_SIGN_IN",
    "COMPLETE_SIGN_IN",
    "ADMIT_TO_SECOND_FACTOR",
    "ADMIT_TO_SESSION",
    "START_SIGN_UP",
    "SIGN_UP",
    "DELETE_SIGN_UP",
    "KEEP_SIGN_UP_CODE",
    "SPEND_CODE_ATTEMPT",
    "COMPLETE_SIGN_UP",
    "SIGN_UP_CODE_DUE",
    "CLAIM_SIGN_UP_CODE",
    "FINISH_SIGN_UP_CODE",
    "PUT_SIGN_UP_CODE_OFF",
    "START_STEP_UP",
    "STEP_UP",
    "ADVANCE_STEP_UP",
    "COMPLETE_STEP_UP",
    "STEP_UP_BY_PASSWORD",
    "STEP_UP_BY_SECOND_FACTOR",
    "CHANGE_PASSWORD",
    "KEEP_MAILED_CODE",
    "MAILED_CODE",
    "USE_MAILED_CODE",
    "ADVANCE_TO_NEW_PASSWORD",
    "KEEP_NEW_PASSWORD",
    "CODE_DUE",
    "CLAIM_CODE",
    "FINISH_CODE",
    "PUT_CODE_OFF",
    "REMOVE_MAILED_CODES",
    "CHANGE_USER",
    "CREATE_TOTP",
    "TOTP_BY_USER",
    "CREATE_SIGNING_KEY",
    "TOTPS_SEALED_WITH",
    "RESEAL_TOTP",
    "NOTE_EVENT",
    "FORGET_EVENT",
    "EVENTS",
    "EVENTS_BEFORE",
    "QUEUE_MAIL",
    "DROP_MAIL",
    "MAIL_DUE",
    "CLAIM_MAIL",
    "MAIL",
    "FINISH_MAIL",
    "PUT_MAIL_OFF",
    "ACCEPT_STEP",
    "LAST_STEP",
    "ENABLE_MFA",
    "VERIFY_TOTP",
    "DELETE_TOTP",
    "DISABLE_MFA",
    "BACKUP_CODE_SET",
    "DELETE_BACKUP_CODE_SET",
    "INSERT_BACKUP_CODE_SET",
    "INSERT_BACKUP_CODE",
    "RENEW_CREDENTIALS",
    "USE_BACKUP_CODE",
    "BACKUP_CODE_USED_AT",
    "REMOVE_SESSIONS",
    "REMOVE_STEP_UPS",
    "REMOVE_SIGN_INS",
    "REMOVE_SIGN_UPS",
    "REMOVE_CLIENTS",
    "REMOVE_UNVERIFIED_TOTPS",
    "REMOVE_UNKNOWN_IDENTIFIERS",
    "REMOVE_KNOWN_DEVICES",
    "REMOVE_EVENTS",
    "IMPORT_USER",
    "IMPORT_TOTP",
    "IMPORT_BACKUP_CODE_SET",
    "IMPORT_BACKUP_CODE",
    "NOTE_IMPORT",
    "IMPORT_PROGRESS",
    "FINISH_IMPORT",
    "INSERT_ACCOUNT",
    "INSERT_VERIFIED_TOTP",
    "RENAME_ACCOUNT",
    "DELETE_ACCOUNT",
    "BAN",
    "UNBAN",
    "LOCK",
    "ACCOUNT_EXISTS",
    "SESSION_BY_ID",
    "SESSIONS_OF_USER",
    "SESSIONS_OF_CLIENT",
    "COUNT_SESSIONS_OF_USER",
    "COUNT_SESSIONS_OF_CLIENT",
    "BACKUP_CODE_HASHES",
];

/// Statements that look at more rows than they need, and why there are never many.
const NOT_BY_INDEX: &[(&str, &str)] = &[
    ("SETTINGS", "the table has one row"),
    ("LOCK_ADMINISTRATION", "the table has one row"),
    (
        "USERS",
        "operators look for people among all accounts, one page at a time",
    ),
    (
        "USERS_FROM_LAST",
        "operators look for people among all accounts, one page at a time",
    ),
    (
        "COUNT_USERS",
        "operators look for people among all accounts, one page at a time",
    ),
    (
        "ANOTHER_ADMINISTRATOR",
        "ends at the first; asked before an administrator is taken away",
    ),
    (
        "RECOGNISE",
        "of the settings, which are one row; all else by an index",
    ),
    ("CHANGE_SETTINGS", "the table has one row"),
    ("SIGNING_KEYS", "the table has two rows or three"),
    ("RESEAL_SIGNING_KEY", "the table has two rows or three"),
    ("DELETE_OLD_SIGNING_KEYS", "the table has two rows or three"),
    (
        "KEY_USES",
        "counts everything, in a rotation; the indexes have it all",
    ),
    (
        "KEY_IDS",
        "of the signing keys there are two or three; all else by an index",
    ),
    ("COUNT_ACCOUNTS", "once an export"),
    ("LATEST_EVENT", "once a check, by an operator"),
    (
        "ACCOUNTS_AFTER",
        "what it goes through are the accounts of its page",
    ),
    (
        "MAILS_WAITING",
        "counts 10,000 at most, for whoever collects metrics",
    ),
    (
        "ANY_TOTP",
        "whichever row comes first, at the start of a server",
    ),
];

/// Statements that find their rows by an index and sort them, and why there are never many.
const SORTED: &[(&str, &str)] = &[
    (
        "KEY_USES",
        "counts everything, and of signing keys there are two or three",
    ),
    ("USER_BY_IDENTIFIER", "at most two accounts"),
    ("SIGNING_KEYS", "two rows or three"),
    ("ACCOUNTS_AFTER", "the backup codes of a page of accounts"),
    (
        "USERS",
        "operators look for people among all accounts, one page at a time",
    ),
    (
        "USERS_FROM_LAST",
        "operators look for people among all accounts, one page at a time",
    ),
    ("SESSIONS_OF_USER", "the sessions of one person"),
    ("SESSIONS_OF_CLIENT", "the sessions of one browser"),
    ("RECOGNISE", "the sessions of one browser"),
    ("CLIENT_SESSIONS", "the sessions of one browser"),
    ("LIVE_SESSIONS", "the sessions of one person"),
    ("FORGET_OTHER_SESSIONS", "the sessions of one person"),
];

/// What a plan does beside looking rows up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Goes through a whole table, or a whole index.
    scans: bool,
    /// Sorts what it found.
    sorts: bool,
    text: String,
}

fn hold_to_the_lists(plans: &BTreeMap<&'static str, Plan>) {
    let names = |list: &[(&'static str, &str)]| -> Vec<&'static str> {
        list.iter().map(|(name, _)| *name).collect()
    };
    let (scanned, sorted) = (names(NOT_BY_INDEX), names(SORTED));
    let mut wrong = Vec::new();
    for (name, plan) in plans {
        if BY_INDEX.contains(name) == scanned.contains(name) {
            wrong.push(format!(
                "{name} must stand in one of the lists of this file"
            ));
        }
        if plan.scans && !scanned.contains(name) {
            wrong.push(format!("{name} goes through a whole table:\n{}", plan.text));
        }
        if plan.sorts && !sorted.contains(name) {
            wrong.push(format!("{name} sorts:\n{}", plan.text));
        }
    }
    for name in BY_INDEX.iter().copied().chain(scanned).chain(sorted) {
        if !plans.contains_key(name) {
            wrong.push(format!("there is no statement {name}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn sqlite_plan(steps: &[String]) -> Plan {
    Plan {
        scans: steps
            .iter()
            .any(|step| step.starts_with("SCAN ") && !step.starts_with("SCAN CONSTANT")),
        sorts: steps.iter().any(|step| step.contains("USE TEMP B-TREE")),
        text: steps.join("\n"),
    }
}

#[tokio::test]
async fn sqlite_finds_the_rows_of_every_statement_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let mut plans = BTreeMap::new();
    for (name, text) in SqliteStore::statements() {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        let steps: Vec<String> = sqlx::query(explain)
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .iter()
            .map(|row| row.get("detail"))
            .collect();
        plans.insert(name, sqlite_plan(&steps));
    }
    drop(store);
    hold_to_the_lists(&plans);
}

/// People with all that hangs on them, as many as make an index worth its while.
const PEOPLE: &str = "
    INSERT INTO users (id, email_id, email, password_hash, credentials_version, failed_attempts,
        created_at, updated_at)
    SELECT 'user_' || n, 'idn_' || n, n || '@example.com', repeat('x', 100), 1, 0, n, n
    FROM generate_series(1, 5000) n;
    INSERT INTO clients (id, token_hash, last_active_session_id, created_at, updated_at)
    SELECT 'client_' || n, sha256(n::text::bytea), 'sess_' || n, n, n
    FROM generate_series(1, 10000) n;
    INSERT INTO sessions (id, client_id, user_id, status, expire_at, abandon_at, last_active_at,
        created_at, updated_at)
    SELECT 'sess_' || n, 'client_' || n, 'user_' || 1 + n % 5000, 'active', n, n, n, n, n
    FROM generate_series(1, 10000) n;
    INSERT INTO sign_ins (id, client_id, user_id, identifier, stage, credentials_version, abandon_at,
        created_at)
    SELECT 'sia_' || n, 'client_' || n, 'user_' || n, n, 'complete', 1, n, n
    FROM generate_series(1, 5000) n;
    INSERT INTO sign_ups (id, client_id, email, password_hash, sealed_code, code_expire_at,
        code_created_at, due_at, tries, codes, attempts, abandon_at, created_at)
    SELECT 'sua_' || n, 'client_' || n, n, repeat('x', 100), sha256(n::text::bytea), n, n, n, 0, 1, 0,
        n, n
    FROM generate_series(1, 5000) n;
    INSERT INTO step_ups (session_id, level, stage, credentials_version, abandon_at)
    SELECT 'sess_' || n, 'second_factor', 'needs_second_factor', 1, n
    FROM generate_series(1, 5000) n;
    INSERT INTO totps (id, user_id, sealed_secret, verified_at, created_at, updated_at)
    SELECT 'totp_' || n, 'user_' || n, repeat('x', 60)::bytea, CASE WHEN n % 10 > 0 THEN n END, n, n
    FROM generate_series(1, 5000) n;
    INSERT INTO backup_code_sets (id, user_id, salt, created_at)
    SELECT 'bkp_' || n, 'user_' || n, sha256(n::text::bytea), n FROM generate_series(1, 5000) n;
    INSERT INTO backup_codes (set_id, hash)
    SELECT 'bkp_' || 1 + n % 5000, sha256(n::text::bytea) FROM generate_series(1, 20000) n;
    INSERT INTO known_devices (token_hash, user_id, credentials_version, failed_attempts,
        last_sign_in_at)
    SELECT sha256(n::text::bytea), 'user_' || n, 1, 0, n FROM generate_series(1, 5000) n;
    INSERT INTO unknown_identifiers (identifier_hash, failed_attempts, updated_at)
    SELECT sha256(n::text::bytea), 1, n FROM generate_series(1, 5000) n;
    INSERT INTO events (id, user_id, kind, created_at)
    SELECT 'evt_' || n, 'user_' || 1 + n % 5000, 'sign_in', n FROM generate_series(1, 50000) n;
    INSERT INTO mails (event_id, new_browser, due_at, tries)
    SELECT 'evt_' || n, 0, n, 0 FROM generate_series(1, 5000) n;
    INSERT INTO mailed_codes (sign_in_id, recipient, sealed_code, expire_at, due_at, tries,
        created_at)
    SELECT 'sia_' || n, n, sha256(n::text::bytea), n, n, 0, n FROM generate_series(1, 5000) n;
    INSERT INTO imports (source, records, updated_at)
    SELECT sha256(n::text::bytea), n, n FROM generate_series(1, 5000) n;
    ANALYZE;
    -- As after many uses of a prepared statement, whatever its parameters.
    SET plan_cache_mode = force_generic_plan;
";

/// The number of the last parameter.
fn parameters(text: &str) -> usize {
    (1..=20)
        .rev()
        .find(|n| {
            let parameter = format!("${n}");
            text.match_indices(&parameter).any(|(at, _)| {
                let next = text[at + parameter.len()..].chars().next();
                !next.is_some_and(|next| next.is_ascii_digit())
            })
        })
        .unwrap_or(0)
}

fn postgres_plan(node: &Value, plan: &mut Plan) {
    match node["Node Type"].as_str().unwrap() {
        "Seq Scan" => plan.scans = true,
        // By the order of an index, but through all of it.
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan"
            if node.get("Index Cond").is_none() =>
        {
            plan.scans = true;
        }
        "Sort" | "Incremental Sort" => plan.sorts = true,
        _ => {}
    }
    for node in node["Plans"].as_array().into_iter().flatten() {
        postgres_plan(node, plan);
    }
}

#[tokio::test]
async fn postgres_finds_the_rows_of_every_statement_by_an_index() {
    let database = PostgresDatabase::create().await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    raw_sql(PEOPLE).execute(&mut connection).await.unwrap();
    let mut plans = BTreeMap::new();
    for (name, text) in PostgresStore::statements() {
        let values = vec!["NULL"; parameters(text)].join(", ");
        let values = if values.is_empty() {
            values
        } else {
            format!("({values})")
        };
        let prepare = format!("PREPARE {name} AS {text}");
        raw_sql(AssertSqlSafe(prepare))
            .execute(&mut connection)
            .await
            .unwrap();
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE {name}{values}");
        let row = raw_sql(AssertSqlSafe(explain))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let json: String = row.get_unchecked(0);
        let explained: Value = serde_json::from_str(&json).unwrap();
        let mut plan = Plan {
            text: json,
            ..Plan::default()
        };
        postgres_plan(&explained[0]["Plan"], &mut plan);
        plans.insert(name, plan);
    }
    connection.close().await.unwrap();
    drop(store);
    database.remove().await;
    hold_to_the_lists(&plans);
}

#[tokio::test]
async fn sqlite_finds_what_refers_to_a_row_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twofold.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let without: Vec<String> = sqlx::query_scalar(
        "SELECT m.name || '.' || f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f \
        WHERE m.type = 'table' AND NOT EXISTS ( \
            SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i \
            WHERE l.partial = 0 AND i.seqno = 0 AND i.name = f.\"from\")",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    drop(store);
    assert!(without.is_empty(), "a deletion looks for {without:?}");
}

#[tokio::test]
async fn postgres_finds_what_refers_to_a_row_by_an_index() {
    let database = PostgresDatabase::create().await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let without: Vec<String> = sqlx::query_scalar(
        "SELECT c.conrelid::regclass::text || '.' || a.attname FROM pg_constraint c \
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
        WHERE c.contype = 'f' AND NOT EXISTS ( \
            SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid \
            AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    drop(store);
    database.remove().await;
    assert!(without.is_empty(), "a deletion looks for {without:?}");
}
