//! The one body of [`Store`] for both databases.
//!
//! These files are compiled twice, as a module of `sqlite` and as one of `postgres`, which each
//! bring their [`Database`] and its transactions.
//!
//! **Locks.** SQLite lets one transaction write at a time. In PostgreSQL a statement locks the rows
//! that it changes until its transaction ends, so every transaction changes them in this order, and
//! none waits for another that waits for it: the settings, the sign-up, the user, the authenticator app, the set of backup
//! codes and its codes, the sign-in and its mailed code, sessions, the step-up, clients, devices, the event and its
//! mail; rows that nobody else knows yet come last.
//! Whatever depends on a user's factors changes the user's row first: from there on it has them for
//! itself, and its next statements see all that was committed before.

use async_trait::async_trait;
use shared::{
    Timestamp,
    resources::{SessionStatus, Strategy},
};

use super::Database;
use crate::{
    ids::{BackupCodeSetId, ClientId, EventId, SessionId, SignInId, TotpId, UserId},
    store::{
        Attempt, BackupCodeSet, Changed, ClientRecord, Collision, Connections, EventRecord,
        Expired, FactorCheck, KeepOne, KeptAccount, KeyUse, LockoutRule, MailClaim, MailedCode,
        MailedCodeClaim, NamesChange, NewAccount, NewBackupCodes, NewMailedCode, NewSession,
        NewSignUpCode, NewSigningKey, NewTotp, NewUser, Occasion, PasswordChange, Place, Presented,
        QueuedCode, QueuedMail, Recognition, Removed, RemovedTotp, Resealing, Result, SessionQuery,
        SessionRecord, Settings, SettingsChange, SignInCompletion, SignInRecord, SignUpCompletion,
        SignUpRecord, SigningKeyRecord, SpentOnCode, StepUp, StepUpRecord, Store, Taken, TokenHash,
        TotpRecord, TotpVerification, UserFilter, UserQuery, UserRecord,
    },
};

mod accounts;
mod codes;
mod devices;
mod events;
mod examination;
mod expiry;
mod factors;
mod imports;
mod keys;
mod mails;
mod operators;
mod passwords;
mod proof;
mod queue;
mod sessions;
mod settings;
mod sign_in;
mod sign_ups;
mod step_up;
mod transaction;

use transaction::Transaction;

pub(super) use examination::examine;

#[async_trait]
impl Store for Database {
    async fn ping(&self) -> Result<()> {
        accounts::ping(self).await
    }

    fn connections(&self) -> Vec<Connections> {
        self.pools()
            .map(|(name, pool)| connections_of(name, pool))
            .collect()
    }

    async fn close(&self) {
        self.let_go().await;
    }

    async fn sign_up(
        &self,
        user: NewUser,
        session: NewSession,
        occasion: &Occasion,
    ) -> Result<std::result::Result<(), Taken>> {
        accounts::sign_up(self, &user, &session, occasion).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<UserRecord>> {
        accounts::user(self, id).await
    }

    async fn user_by_identifier(&self, identifier: &str) -> Result<Option<UserRecord>> {
        accounts::user_by_identifier(self, identifier).await
    }

    async fn create_account(
        &self,
        account: NewAccount,
        occasion: &Occasion,
    ) -> Result<std::result::Result<(), Taken>> {
        operators::create(self, &account, occasion).await
    }

    async fn rename_account(
        &self,
        user: &UserId,
        change: NamesChange,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>> {
        operators::rename(self, user, &change, occasion).await
    }

    async fn users(&self, query: &UserQuery) -> Result<Vec<UserRecord>> {
        operators::users(self, query).await
    }

    async fn count_users(&self, filter: &UserFilter) -> Result<u64> {
        operators::count_users(self, filter).await
    }

    async fn delete_account(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        operators::delete(self, user, keep_one, occasion).await
    }

    async fn ban(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        operators::ban(self, user, keep_one, occasion).await
    }

    async fn unban(&self, user: &UserId, occasion: &Occasion) -> Result<Changed> {
        operators::unban(self, user, occasion).await
    }

    async fn lock(
        &self,
        user: &UserId,
        until: Timestamp,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        operators::lock(self, user, until, keep_one, occasion).await
    }

    async fn remove_factors(
        &self,
        user: &UserId,
        removed: Removed,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        operators::remove_factors(self, user, removed, keep_one, occasion).await
    }

    async fn accept_factor(
        &self,
        check: FactorCheck,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented> {
        operators::accept_factor(self, &check, rule, occasion).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<(SessionRecord, UserRecord)>> {
        operators::session(self, id).await
    }

    async fn sessions(
        &self,
        query: &SessionQuery,
        now: Timestamp,
    ) -> Result<Vec<(SessionRecord, UserRecord)>> {
        operators::sessions(self, query, now).await
    }

    async fn count_sessions(&self, query: &SessionQuery, now: Timestamp) -> Result<u64> {
        operators::count_sessions(self, query, now).await
    }

    async fn spend_attempt(
        &self,
        user: &UserId,
        session: Option<&SessionId>,
        strategy: Strategy,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Attempt> {
        accounts::spend_attempt(self, user, session, strategy, rule, occasion).await
    }

    async fn unlock(&self, user: &UserId, occasion: &Occasion) -> Result<bool> {
        accounts::unlock(self, user, occasion).await
    }

    async fn spend_attempt_on_nobody(
        &self,
        identifier_hash: &[u8; 32],
        rule: LockoutRule,
        now: Timestamp,
    ) -> Result<Attempt> {
        devices::spend_on_nobody(self, identifier_hash, rule, now).await
    }

    async fn recognise(&self, token_hash: Option<&TokenHash>) -> Result<Recognition> {
        sessions::recognise(self, token_hash).await
    }

    async fn client_by_token(&self, token_hash: &TokenHash) -> Result<Option<ClientRecord>> {
        sessions::client_by_token(self, token_hash).await
    }

    async fn create_client(
        &self,
        id: &ClientId,
        token_hash: &TokenHash,
        now: Timestamp,
    ) -> Result<()> {
        sessions::create_client(self, id, token_hash, now).await
    }

    async fn client_sessions(&self, client: &ClientId) -> Result<Vec<(SessionRecord, UserRecord)>> {
        sessions::client_sessions(self, client).await
    }

    async fn live_sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<SessionRecord>> {
        sessions::live_sessions(self, user, now).await
    }

    async fn touch_session(
        &self,
        session: &SessionId,
        abandon_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        sessions::touch_session(self, session, abandon_at, now).await
    }

    async fn end_session(
        &self,
        user: &UserId,
        session: &SessionId,
        status: SessionStatus,
        occasion: &Occasion,
    ) -> Result<bool> {
        sessions::end_session(self, user, session, status, occasion).await
    }

    async fn end_client_sessions(&self, client: &ClientId, occasion: &Occasion) -> Result<u64> {
        sessions::end_client_sessions(self, client, occasion).await
    }

    async fn start_sign_in(&self, sign_in: SignInRecord, now: Timestamp) -> Result<()> {
        sign_in::start(self, &sign_in, now).await
    }

    async fn sign_in(&self, client: &ClientId) -> Result<Option<SignInRecord>> {
        sign_in::of_client(self, client).await
    }

    async fn advance_sign_in(
        &self,
        sign_in: &SignInRecord,
        user: &UserId,
        rehashed_password: Option<String>,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool> {
        sign_in::advance(self, sign_in, user, rehashed_password, rule, occasion).await
    }

    async fn complete_sign_in(
        &self,
        completion: SignInCompletion,
        occasion: &Occasion,
    ) -> Result<Presented> {
        sign_in::complete(self, &completion, occasion).await
    }

    async fn start_sign_up(&self, sign_up: SignUpRecord, now: Timestamp) -> Result<()> {
        sign_ups::start(self, &sign_up, now).await
    }

    async fn waiting_sign_up(&self, client: &ClientId) -> Result<Option<SignUpRecord>> {
        sign_ups::of_client(self, client).await
    }

    async fn keep_sign_up_code(&self, code: NewSignUpCode, now: Timestamp) -> Result<bool> {
        sign_ups::keep_code(self, &code, now).await
    }

    async fn spend_code_attempt(
        &self,
        sign_up: &SignUpRecord,
        most: u32,
        now: Timestamp,
    ) -> Result<Option<SpentOnCode>> {
        sign_ups::spend_attempt(self, sign_up, most, now).await
    }

    async fn complete_sign_up(
        &self,
        completion: SignUpCompletion,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>> {
        sign_ups::complete(self, &completion, occasion).await
    }

    async fn start_step_up(&self, step_up: StepUpRecord, now: Timestamp) -> Result<bool> {
        step_up::start(self, &step_up, now).await
    }

    async fn step_up(&self, session: &SessionId, now: Timestamp) -> Result<Option<StepUpRecord>> {
        step_up::of_session(self, session, now).await
    }

    async fn complete_step_up(
        &self,
        step_up: StepUp,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented> {
        step_up::complete(self, &step_up, rule, occasion).await
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool> {
        passwords::change(self, &change, rule, occasion).await
    }

    async fn keep_mailed_code(&self, code: NewMailedCode, now: Timestamp) -> Result<bool> {
        codes::keep(self, &code, now).await
    }

    async fn mailed_code(&self, sign_in: &SignInId) -> Result<Option<MailedCode>> {
        codes::of_sign_in(self, sign_in).await
    }

    async fn accept_mailed_code(
        &self,
        sign_in: &SignInRecord,
        user: &UserId,
        sealed_code: &[u8],
        until: Timestamp,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool> {
        codes::accept(self, sign_in, user, sealed_code, until, rule, occasion).await
    }

    async fn keep_new_password(
        &self,
        sign_in: &SignInRecord,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool> {
        passwords::keep_new(self, sign_in, password_hash, now).await
    }

    async fn claim_code(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedCode>> {
        codes::claim(self, now, until).await
    }

    async fn finish_code(&self, claim: &MailedCodeClaim) -> Result<bool> {
        codes::finish(self, claim).await
    }

    async fn put_code_off(&self, claim: &MailedCodeClaim, until: Timestamp) -> Result<bool> {
        codes::put_off(self, claim, until).await
    }

    async fn create_totp(&self, totp: NewTotp, occasion: &Occasion) -> Result<bool> {
        factors::create_totp(self, &totp, occasion).await
    }

    async fn totp(&self, user: &UserId) -> Result<Option<TotpRecord>> {
        factors::totp(self, user).await
    }

    async fn verify_totp(
        &self,
        verification: TotpVerification,
        occasion: &Occasion,
    ) -> Result<(Presented, bool)> {
        factors::verify_totp(self, &verification, occasion).await
    }

    async fn remove_totp(
        &self,
        user: &UserId,
        session: &SessionId,
        occasion: &Occasion,
    ) -> Result<RemovedTotp> {
        factors::remove_totp(self, user, session, occasion).await
    }

    async fn backup_code_set(&self, user: &UserId) -> Result<Option<BackupCodeSet>> {
        factors::backup_code_set(self, user).await
    }

    async fn replace_backup_codes(
        &self,
        user: &UserId,
        codes: NewBackupCodes,
        occasion: &Occasion,
    ) -> Result<bool> {
        factors::replace_backup_codes(self, user, &codes, occasion).await
    }

    async fn backup_code_hashes(&self, set: &BackupCodeSetId) -> Result<Vec<Vec<u8>>> {
        factors::backup_code_hashes(self, set).await
    }

    async fn settings(&self) -> Result<Settings> {
        settings::settings(self).await
    }

    async fn change_settings(
        &self,
        change: SettingsChange,
        administrator: &UserId,
        occasion: &Occasion,
    ) -> Result<Option<Settings>> {
        settings::change_settings(self, change, administrator, occasion).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<EventRecord>> {
        events::events(self, user, before, limit).await
    }

    async fn note_key_rotation(&self, occasion: &Occasion) -> Result<()> {
        events::note_key_rotation(self, occasion).await
    }

    async fn claim_mail(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedMail>> {
        mails::claim(self, now, until).await
    }

    async fn mails_waiting(&self) -> Result<u64> {
        mails::waiting(self).await
    }

    async fn finish_mail(&self, claim: &MailClaim) -> Result<bool> {
        mails::finish(self, claim).await
    }

    async fn put_mail_off(&self, claim: &MailClaim, until: Timestamp) -> Result<bool> {
        mails::put_off(self, claim, until).await
    }

    async fn remove_expired(&self, what: Expired, before: Timestamp) -> Result<u64> {
        expiry::remove(self, what, before).await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>> {
        keys::signing_keys(self).await
    }

    async fn create_signing_key(&self, key: NewSigningKey, now: Timestamp) -> Result<bool> {
        keys::create_signing_key(self, &key, now).await
    }

    async fn count_accounts(&self) -> Result<u64> {
        imports::count_accounts(self).await
    }

    async fn accounts_after(&self, place: Option<&Place>, limit: u32) -> Result<Vec<KeptAccount>> {
        imports::accounts_after(self, place, limit).await
    }

    async fn import_progress(&self, source: &[u8; 32]) -> Result<Option<u64>> {
        imports::progress(self, source).await
    }

    async fn import_accounts(
        &self,
        accounts: &[(KeptAccount, Occasion)],
        source: &[u8; 32],
        done: u64,
        now_done: u64,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Collision>> {
        imports::import(self, accounts, source, done, now_done, now).await
    }

    async fn finish_import(&self, source: &[u8; 32]) -> Result<()> {
        imports::finish(self, source).await
    }

    async fn any_totp(&self) -> Result<Option<TotpRecord>> {
        factors::any_totp(self).await
    }

    async fn key_uses(&self) -> Result<Vec<KeyUse>> {
        keys::uses(self).await
    }

    async fn totps_sealed_with(
        &self,
        key_id: &[u8],
        after: Option<&TotpId>,
        limit: u32,
    ) -> Result<Vec<TotpRecord>> {
        keys::totps_sealed_with(self, key_id, after, limit).await
    }

    async fn reseal(&self, resealings: &[Resealing]) -> Result<u64> {
        keys::reseal(self, resealings).await
    }
}

fn connections_of(name: &'static str, pool: &sqlx::Pool<super::Sqlx>) -> Connections {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    Connections {
        pool: name,
        used: pool.size().saturating_sub(idle),
        idle,
        most: pool.options().get_max_connections(),
    }
}
