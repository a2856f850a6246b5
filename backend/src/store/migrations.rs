//! Bringing the tables of a PostgreSQL database up to date.
//!
//! sqlx's own runner takes a lock that belongs to the connection, and prepares statements outside of
//! transactions. Behind a pooler that lends connections for a transaction the lock would stay with
//! whoever has the connection next, and the parts of a statement might meet different ones. So this does
//! the same, in the same table, by transactions that are sent whole.

use std::fmt::Write;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row,
    migrate::{MigrateError, Migration, Migrator},
    postgres::PgConnectOptions,
    raw_sql,
};

/// The lock that one server at a time holds meanwhile: any number, always the same. It belongs to a
/// transaction, and is gone with the server that held it.
const LOCK: &str = "BEGIN; SELECT pg_advisory_xact_lock(7311151126401)";

/// As sqlx keeps it: databases that it made are taken over.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations ( \
        version BIGINT PRIMARY KEY, \
        description TEXT NOT NULL, \
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), \
        success BOOLEAN NOT NULL, \
        checksum BYTEA NOT NULL, \
        execution_time BIGINT NOT NULL)";

const APPLIED: &str = "SELECT version, checksum FROM _sqlx_migrations ORDER BY version";

/// Applies the migrations that are missing. Several servers may do so at once: the others wait, without
/// a limit, since a migration may take long.
pub(super) async fn run(
    options: &PgConnectOptions,
    migrations: &Migrator,
) -> Result<(), MigrateError> {
    let mut lock = options.connect().await?;
    raw_sql(LOCK).execute(&mut lock).await?;
    let mut connection = options.connect().await?;
    apply(&mut connection, migrations).await?;
    connection.close().await?;
    raw_sql("COMMIT").execute(&mut lock).await?;
    lock.close().await?;
    Ok(())
}

async fn apply(connection: &mut PgConnection, migrations: &Migrator) -> Result<(), MigrateError> {
    raw_sql(TABLE).execute(&mut *connection).await?;
    let mut applied = Vec::new();
    for row in raw_sql(APPLIED).fetch_all(&mut *connection).await? {
        let version: i64 = row.try_get(0)?;
        let checksum: Vec<u8> = row.try_get(1)?;
        match migrations.iter().find(|known| known.version == version) {
            None => return Err(MigrateError::VersionMissing(version)),
            Some(known) if known.checksum[..] != checksum[..] => {
                return Err(MigrateError::VersionMismatch(version));
            }
            Some(_) => applied.push(version),
        }
    }
    for migration in migrations.iter() {
        if !applied.contains(&migration.version) {
            raw_sql(AssertSqlSafe(transaction(migration)))
                .execute(&mut *connection)
                .await
                .map_err(|error| MigrateError::ExecuteMigration(error, migration.version))?;
        }
    }
    Ok(())
}

/// The migration, and the note that it is applied, in one transaction. Some end it in between, and begin
/// another.
fn transaction(migration: &Migration) -> String {
    let Migration {
        version,
        description,
        sql,
        checksum,
        ..
    } = migration;
    let description = description.replace('\'', "''");
    let checksum = checksum.iter().fold(String::new(), |mut text, byte| {
        // A text takes all that is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!(
        "BEGIN; {}\n; INSERT INTO _sqlx_migrations \
            (version, description, success, checksum, execution_time) \
        VALUES ({version}, '{description}', TRUE, '\\x{checksum}', -1); COMMIT",
        sql.as_str()
    )
}
