//! What operators do with accounts.

use shared::{Timestamp, resources::SecurityEventKind};

use super::{
    Database, Transaction, devices,
    events::{self, Event, strategy_of},
    factors::{change_user, insert_backup_codes},
    proof, sessions,
};
use crate::{
    ids::{ClientId, SessionId, UserId},
    store::{
        Changed, FactorCheck, KeepOne, LockoutRule, NamesChange, NewAccount, Occasion, Presented,
        Proof, Removed, Result, SessionQuery, SessionRecord, SessionsOf, Taken, UserFilter,
        UserOrder, UserQuery, UserRecord, error,
        rows::{SessionWithUserRow, UserRow, millis},
        sql,
        texts::status_text,
    },
};

type TakenOr<T> = std::result::Result<T, Taken>;

pub(super) async fn create(
    db: &Database,
    account: &NewAccount,
    occasion: &Occasion,
) -> Result<TakenOr<()>> {
    let now = occasion.now;
    let user = &account.user;
    let mut tx = db.begin().await?;
    let inserted = sqlx::query(sql::INSERT_ACCOUNT)
        .bind(user.id.as_str())
        .bind(user.email_id.as_str())
        .bind(&user.email)
        .bind(&user.username)
        .bind(&user.first_name)
        .bind(&user.last_name)
        .bind(&user.password_hash)
        .bind(&account.external_id)
        .bind(account.banned.then_some(now.millis()))
        .bind(millis(account.locked_until))
        .bind(account.totp.as_ref().map(|_| now.millis()))
        .bind(account.created_at.unwrap_or(now).millis())
        .bind(now.millis())
        .execute(&mut *tx)
        .await;
    if let Err(refused) = inserted {
        return taken(tx, refused).await.map(Err);
    }
    if let Some(totp) = &account.totp {
        sqlx::query(sql::INSERT_VERIFIED_TOTP)
            .bind(totp.id.as_str())
            .bind(user.id.as_str())
            .bind(&totp.sealed_secret)
            .bind(now.millis())
            .execute(&mut *tx)
            .await?;
    }
    if let Some(codes) = &account.backup_codes {
        insert_backup_codes(&mut tx, &user.id, codes, now).await?;
    }
    let event = Event::of(&user.id, SecurityEventKind::SignUp);
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

pub(super) async fn rename(
    db: &Database,
    user: &UserId,
    change: &NamesChange,
    occasion: &Occasion,
) -> Result<TakenOr<bool>> {
    let mut tx = db.begin().await?;
    let renamed = sqlx::query(sql::RENAME_ACCOUNT)
        .bind(user.as_str())
        .bind(occasion.now.millis())
        .bind(&change.username)
        .bind(&change.first_name)
        .bind(&change.last_name)
        .bind(&change.external_id)
        .execute(&mut *tx)
        .await;
    match renamed {
        Ok(renamed) => {
            tx.commit().await?;
            Ok(Ok(renamed.rows_affected() == 1))
        }
        Err(refused) => taken(tx, refused).await.map(Err),
    }
}

/// Which other account stands in the way of a change, where one does.
async fn taken(tx: Transaction, refused: sqlx::Error) -> Result<Taken> {
    let Some(taken) = error::taken(&refused) else {
        return Err(refused.into());
    };
    tx.rollback().await?;
    Ok(taken)
}

pub(super) async fn users(db: &Database, query: &UserQuery) -> Result<Vec<UserRecord>> {
    let statement = if query.descending {
        sql::USERS_FROM_LAST
    } else {
        sql::USERS
    };
    let filter = &query.filter;
    let rows: Vec<UserRow> = sqlx::query_as(statement)
        .bind(list(&filter.ids))
        .bind(list(&filter.emails))
        .bind(list(&filter.usernames))
        .bind(list(&filter.external_ids))
        .bind(pattern(filter))
        .bind(match query.order {
            UserOrder::CreatedAt => "created_at",
            UserOrder::UpdatedAt => "updated_at",
            UserOrder::LastSignInAt => "last_sign_in_at",
            UserOrder::Email => "email",
            UserOrder::Username => "username",
            UserOrder::FirstName => "first_name",
            UserOrder::LastName => "last_name",
        })
        .bind(i64::from(query.limit))
        .bind(i64::from(query.offset))
        .fetch_all(db.reads())
        .await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

pub(super) async fn count_users(db: &Database, filter: &UserFilter) -> Result<u64> {
    let counted: i64 = sqlx::query_scalar(sql::COUNT_USERS)
        .bind(list(&filter.ids))
        .bind(list(&filter.emails))
        .bind(list(&filter.usernames))
        .bind(list(&filter.external_ids))
        .bind(pattern(filter))
        .fetch_one(db.reads())
        .await?;
    Ok(counted.unsigned_abs())
}

/// The items as the statements take them: a line end before and behind each. One with a line end
/// inside is nobody's.
fn list<T: AsRef<str>>(items: &[T]) -> Option<String> {
    (!items.is_empty()).then(|| {
        let items = items.iter().map(AsRef::as_ref);
        let items: Vec<&str> = items.filter(|item| !item.contains('\n')).collect();
        // Two between neighbours: each item is looked for with both of its own.
        format!("\n{}\n", items.join("\n\n"))
    })
}

/// The pattern of `LIKE` for whatever has the text in it.
fn pattern(filter: &UserFilter) -> Option<String> {
    let text = filter.text.as_ref()?.to_lowercase();
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Some(format!("%{escaped}%"))
}

pub(super) async fn delete(
    db: &Database,
    user: &UserId,
    keep_one: KeepOne<'_>,
    occasion: &Occasion,
) -> Result<Changed> {
    let mut tx = db.begin().await?;
    if !leaves_one(&mut tx, user, keep_one).await? {
        tx.rollback().await?;
        return Ok(Changed::LastAdministrator);
    }
    change_user(&mut tx, sql::CHANGE_USER, user, occasion.now).await?;
    sessions::revoke_others(&mut tx, user, None, occasion.now).await?;
    let deleted = sqlx::query(sql::DELETE_ACCOUNT)
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if deleted == 0 {
        tx.rollback().await?;
        return Ok(Changed::NotFound);
    }
    events::note(&mut tx, Event::of_the_end(user), occasion).await?;
    tx.commit().await?;
    Ok(Changed::Done)
}

/// Whether one of the administrators is left without this user. Until the transaction ends nobody
/// else takes one away.
async fn leaves_one(tx: &mut Transaction, user: &UserId, keep_one: KeepOne<'_>) -> Result<bool> {
    let Some(administrators) = keep_one else {
        return Ok(true);
    };
    sqlx::query(sql::LOCK_ADMINISTRATION)
        .execute(&mut **tx)
        .await?;
    let administrators: Vec<_> = administrators.iter().collect();
    let another: Option<i32> = sqlx::query_scalar(sql::ANOTHER_ADMINISTRATOR)
        .bind(user.as_str())
        .bind(list(&administrators))
        .fetch_optional(&mut **tx)
        .await?;
    Ok(another.is_some())
}

pub(super) async fn ban(
    db: &Database,
    user: &UserId,
    keep_one: KeepOne<'_>,
    occasion: &Occasion,
) -> Result<Changed> {
    let mut tx = db.begin().await?;
    if !leaves_one(&mut tx, user, keep_one).await? {
        tx.rollback().await?;
        return Ok(Changed::LastAdministrator);
    }
    let banned = sqlx::query(sql::BAN)
        .bind(user.as_str())
        .bind(occasion.now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if banned == 0 {
        return nothing_to_change(tx, user).await;
    }
    sessions::revoke_others(&mut tx, user, None, occasion.now).await?;
    noted(tx, user, SecurityEventKind::AccountBanned, occasion).await
}

pub(super) async fn unban(db: &Database, user: &UserId, occasion: &Occasion) -> Result<Changed> {
    let mut tx = db.begin().await?;
    let unbanned = sqlx::query(sql::UNBAN)
        .bind(user.as_str())
        .bind(occasion.now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if unbanned == 0 {
        return nothing_to_change(tx, user).await;
    }
    noted(tx, user, SecurityEventKind::AccountUnbanned, occasion).await
}

pub(super) async fn lock(
    db: &Database,
    user: &UserId,
    until: Timestamp,
    keep_one: KeepOne<'_>,
    occasion: &Occasion,
) -> Result<Changed> {
    let mut tx = db.begin().await?;
    if !leaves_one(&mut tx, user, keep_one).await? {
        tx.rollback().await?;
        return Ok(Changed::LastAdministrator);
    }
    let locked = sqlx::query(sql::LOCK)
        .bind(user.as_str())
        .bind(occasion.now.millis())
        .bind(until.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if locked == 0 {
        tx.rollback().await?;
        return Ok(Changed::NotFound);
    }
    sessions::revoke_others(&mut tx, user, None, occasion.now).await?;
    noted(tx, user, SecurityEventKind::AccountLocked, occasion).await
}

/// The account was as it should be, or there is none.
async fn nothing_to_change(mut tx: Transaction, user: &UserId) -> Result<Changed> {
    let exists: Option<i32> = sqlx::query_scalar(sql::ACCOUNT_EXISTS)
        .bind(user.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    tx.rollback().await?;
    Ok(match exists {
        Some(_) => Changed::Already,
        None => Changed::NotFound,
    })
}

async fn noted(
    mut tx: Transaction,
    user: &UserId,
    kind: SecurityEventKind,
    occasion: &Occasion,
) -> Result<Changed> {
    events::note(&mut tx, Event::of(user, kind), occasion).await?;
    tx.commit().await?;
    Ok(Changed::Done)
}

pub(super) async fn remove_factors(
    db: &Database,
    user: &UserId,
    removed: Removed,
    keep_one: KeepOne<'_>,
    occasion: &Occasion,
) -> Result<Changed> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    if !leaves_one(&mut tx, user, keep_one).await? {
        tx.rollback().await?;
        return Ok(Changed::LastAdministrator);
    }
    change_user(&mut tx, sql::RENEW_CREDENTIALS, user, now).await?;
    let totp: Option<(String, Option<i64>)> = match removed {
        Removed::BackupCodes => None,
        Removed::All | Removed::Totp => {
            sqlx::query_as(sql::DELETE_TOTP)
                .bind(user.as_str())
                .fetch_optional(&mut *tx)
                .await?
        }
    };
    let protected = matches!(totp, Some((_, Some(_))));
    let codes = if removed == Removed::BackupCodes || protected {
        sqlx::query(sql::DELETE_BACKUP_CODE_SET)
            .bind(user.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected()
    } else {
        0
    };
    if protected {
        change_user(&mut tx, sql::DISABLE_MFA, user, now).await?;
        sessions::revoke_others(&mut tx, user, None, now).await?;
        return noted(tx, user, SecurityEventKind::TotpRemoved, occasion).await;
    }
    if codes > 0 {
        return noted(tx, user, SecurityEventKind::BackupCodesRemoved, occasion).await;
    }
    if totp.is_some() {
        // One that was never verified protected nothing.
        tx.commit().await?;
        return Ok(Changed::Done);
    }
    match removed {
        Removed::All => nothing_to_change(tx, user).await,
        Removed::Totp | Removed::BackupCodes => {
            tx.rollback().await?;
            Ok(Changed::NotFound)
        }
    }
}

pub(super) async fn accept_factor(
    db: &Database,
    check: &FactorCheck,
    rule: LockoutRule,
    occasion: &Occasion,
) -> Result<Presented> {
    let now = occasion.now;
    let mut tx = db.begin().await?;
    let accepted = match check.proof {
        Proof::Password => sqlx::query(sql::STEP_UP_BY_PASSWORD)
            .bind(check.user.as_str())
            .bind(check.credentials_version)
            .bind(i64::from(rule.attempts)),
        Proof::Totp { .. } | Proof::BackupCode { .. } => sqlx::query(sql::STEP_UP_BY_SECOND_FACTOR)
            .bind(check.user.as_str())
            .bind(check.credentials_version),
    };
    let accepted = accepted
        .bind(now.millis())
        .bind(devices::token(occasion))
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if accepted == 0 {
        tx.rollback().await?;
        return Ok(Presented::Over);
    }
    let presented = proof::present(&mut tx, &check.user, &check.proof, now).await?;
    if presented != Presented::Accepted {
        tx.rollback().await?;
        return Ok(presented);
    }
    let event =
        Event::of(&check.user, SecurityEventKind::FactorVerified).by(strategy_of(&check.proof));
    events::note(&mut tx, event, occasion).await?;
    tx.commit().await?;
    Ok(Presented::Accepted)
}

pub(super) async fn session(
    db: &Database,
    id: &SessionId,
) -> Result<Option<(SessionRecord, UserRecord)>> {
    let row: Option<SessionWithUserRow> = sqlx::query_as(sql::SESSION_BY_ID)
        .bind(id.as_str())
        .fetch_optional(db.reads())
        .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn sessions(
    db: &Database,
    query: &SessionQuery,
    now: Timestamp,
) -> Result<Vec<(SessionRecord, UserRecord)>> {
    let (statement, first, second) = match &query.of {
        SessionsOf::User(user, client) => (
            sql::SESSIONS_OF_USER,
            user.as_str(),
            client.as_ref().map(ClientId::as_str),
        ),
        SessionsOf::Client(client) => (sql::SESSIONS_OF_CLIENT, client.as_str(), None),
    };
    let rows: Vec<SessionWithUserRow> = sqlx::query_as(statement)
        .bind(first)
        .bind(second)
        .bind(query.status.map(status_text))
        .bind(now.millis())
        .bind(i64::from(query.limit))
        .bind(i64::from(query.offset))
        .fetch_all(db.reads())
        .await?;
    Ok(rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<std::result::Result<_, _>>()?)
}

pub(super) async fn count_sessions(
    db: &Database,
    query: &SessionQuery,
    now: Timestamp,
) -> Result<u64> {
    let (statement, first, second) = match &query.of {
        SessionsOf::User(user, client) => (
            sql::COUNT_SESSIONS_OF_USER,
            user.as_str(),
            client.as_ref().map(ClientId::as_str),
        ),
        SessionsOf::Client(client) => (sql::COUNT_SESSIONS_OF_CLIENT, client.as_str(), None),
    };
    let counted: i64 = sqlx::query_scalar(statement)
        .bind(first)
        .bind(second)
        .bind(query.status.map(status_text))
        .bind(now.millis())
        .fetch_one(db.reads())
        .await?;
    Ok(counted.unsigned_abs())
}
