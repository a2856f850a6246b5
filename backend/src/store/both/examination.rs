//! A look at the database that changes nothing.

use shared::Timestamp;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migrator};

use super::super::Connection;
use crate::store::{Examination, Migrations, sql};

/// What both kinds of database tell in the same way.
pub(in crate::store) async fn examine(
    connection: &mut Connection,
    migrator: &Migrator,
) -> sqlx::Result<Examination> {
    let migrations = match connection.list_applied_migrations("_sqlx_migrations").await {
        Ok(applied) => compare(&applied, migrator),
        Err(MigrateError::Execute(error)) if is_no_table(&error) => Migrations::None,
        Err(MigrateError::Execute(error)) => return Err(error),
        Err(error) => return Err(sqlx::Error::Migrate(Box::new(error))),
    };
    let latest: Option<i64> = match migrations {
        Migrations::Current => {
            sqlx::query_scalar(sql::LATEST_EVENT)
                .fetch_one(&mut *connection)
                .await?
        }
        _ => None,
    };
    Ok(Examination {
        database: String::new(),
        migrations,
        damage: None,
        clock: None,
        latest: latest.map(Timestamp::from_millis),
    })
}

fn compare(applied: &[AppliedMigration], migrator: &Migrator) -> Migrations {
    for there in applied {
        match migrator.iter().find(|known| known.version == there.version) {
            None => return Migrations::Newer(there.version),
            Some(known) if known.checksum != there.checksum => {
                return Migrations::Different(there.version);
            }
            Some(_) => {}
        }
    }
    match migrator.iter().count() - applied.len() {
        0 => Migrations::Current,
        _ if applied.is_empty() => Migrations::None,
        pending => Migrations::Pending(pending),
    }
}

fn is_no_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        // PostgreSQL by its SQLSTATE; SQLite has nothing but the words.
        error.code().as_deref() == Some("42P01") || error.message().contains("no such table")
    })
}
