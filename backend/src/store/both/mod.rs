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
mod pool;
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
pub(super) use pool::*;

/// A call of the store: a part of the request, and given up where the database does not answer.
macro_rules! call {
    ($module:ident::$call:ident($store:ident $(, $argument:expr)* $(,)?)) => {
        $store
            .answered(concat!("store.", stringify!($call)), $module::$call($store $(, $argument)*))
            .await
    };
}

#[async_trait]
impl Store for Database {
    async fn ping(&self) -> Result<()> {
        call!(accounts::ping(self))
    }

    fn connections(&self) -> Vec<Connections> {
        self.pools()
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
        call!(accounts::sign_up(self, &user, &session, occasion))
    }

    async fn user(&self, id: &UserId) -> Result<Option<UserRecord>> {
        call!(accounts::user(self, id))
    }

    async fn user_by_identifier(&self, identifier: &str) -> Result<Option<UserRecord>> {
        call!(accounts::user_by_identifier(self, identifier))
    }

    async fn create_account(
        &self,
        account: NewAccount,
        occasion: &Occasion,
    ) -> Result<std::result::Result<(), Taken>> {
        call!(operators::create(self, &account, occasion))
    }

    async fn rename_account(
        &self,
        user: &UserId,
        change: NamesChange,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>> {
        call!(operators::rename(self, user, &change, occasion))
    }

    async fn users(&self, query: &UserQuery) -> Result<Vec<UserRecord>> {
        call!(operators::users(self, query))
    }

    async fn count_users(&self, filter: &UserFilter) -> Result<u64> {
        call!(operators::count_users(self, filter))
    }

    async fn delete_account(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        call!(operators::delete(self, user, keep_one, occasion))
    }

    async fn ban(
        &self,
        user: &UserId,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        call!(operators::ban(self, user, keep_one, occasion))
    }

    async fn unban(&self, user: &UserId, occasion: &Occasion) -> Result<Changed> {
        call!(operators::unban(self, user, occasion))
    }

    async fn lock(
        &self,
        user: &UserId,
        until: Timestamp,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        call!(operators::lock(self, user, until, keep_one, occasion))
    }

    async fn remove_factors(
        &self,
        user: &UserId,
        removed: Removed,
        keep_one: KeepOne<'_>,
        occasion: &Occasion,
    ) -> Result<Changed> {
        call!(operators::remove_factors(
            self, user, removed, keep_one, occasion
        ))
    }

    async fn accept_factor(
        &self,
        check: FactorCheck,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented> {
        call!(operators::accept_factor(self, &check, rule, occasion))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<(SessionRecord, UserRecord)>> {
        call!(operators::session(self, id))
    }

    async fn sessions(
        &self,
        query: &SessionQuery,
        now: Timestamp,
    ) -> Result<Vec<(SessionRecord, UserRecord)>> {
        call!(operators::sessions(self, query, now))
    }

    async fn count_sessions(&self, query: &SessionQuery, now: Timestamp) -> Result<u64> {
        call!(operators::count_sessions(self, query, now))
    }

    async fn spend_attempt(
        &self,
        user: &UserId,
        session: Option<&SessionId>,
        strategy: Strategy,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Attempt> {
        call!(accounts::spend_attempt(
            self, user, session, strategy, rule, occasion
        ))
    }

    async fn unlock(&self, user: &UserId, occasion: &Occasion) -> Result<bool> {
        call!(accounts::unlock(self, user, occasion))
    }

    async fn spend_attempt_on_nobody(
        &self,
        identifier_hash: &[u8; 32],
        rule: LockoutRule,
        now: Timestamp,
    ) -> Result<Attempt> {
        call!(devices::spend_on_nobody(self, identifier_hash, rule, now))
    }

    async fn recognise(&self, token_hash: Option<&TokenHash>) -> Result<Recognition> {
        call!(sessions::recognise(self, token_hash))
    }

    async fn client_by_token(&self, token_hash: &TokenHash) -> Result<Option<ClientRecord>> {
        call!(sessions::client_by_token(self, token_hash))
    }

    async fn create_client(
        &self,
        id: &ClientId,
        token_hash: &TokenHash,
        now: Timestamp,
    ) -> Result<()> {
        call!(sessions::create_client(self, id, token_hash, now))
    }

    async fn client_sessions(&self, client: &ClientId) -> Result<Vec<(SessionRecord, UserRecord)>> {
        call!(sessions::client_sessions(self, client))
    }

    async fn live_sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<SessionRecord>> {
        call!(sessions::live_sessions(self, user, now))
    }

    async fn touch_session(
        &self,
        session: &SessionId,
        abandon_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        call!(sessions::touch_session(self, session, abandon_at, now))
    }

    async fn end_session(
        &self,
        user: &UserId,
        session: &SessionId,
        status: SessionStatus,
        occasion: &Occasion,
    ) -> Result<bool> {
        call!(sessions::end_session(self, user, session, status, occasion))
    }

    async fn end_client_sessions(&self, client: &ClientId, occasion: &Occasion) -> Result<u64> {
        call!(sessions::end_client_sessions(self, client, occasion))
    }

    async fn start_sign_in(&self, sign_in: SignInRecord, now: Timestamp) -> Result<()> {
        call!(sign_in::start(self, &sign_in, now))
    }

    async fn sign_in(&self, client: &ClientId) -> Result<Option<SignInRecord>> {
        call!(sign_in::of_client(self, client))
    }

    async fn advance_sign_in(
        &self,
        sign_in: &SignInRecord,
        user: &UserId,
        rehashed_password: Option<String>,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool> {
        call!(sign_in::advance(
            self,
            sign_in,
            user,
            rehashed_password,
            rule,
            occasion
        ))
    }

    async fn complete_sign_in(
        &self,
        completion: SignInCompletion,
        occasion: &Occasion,
    ) -> Result<Presented> {
        call!(sign_in::complete(self, &completion, occasion))
    }

    async fn start_sign_up(&self, sign_up: SignUpRecord, now: Timestamp) -> Result<()> {
        call!(sign_ups::start(self, &sign_up, now))
    }

    async fn waiting_sign_up(&self, client: &ClientId) -> Result<Option<SignUpRecord>> {
        call!(sign_ups::of_client(self, client))
    }

    async fn keep_sign_up_code(&self, code: NewSignUpCode, now: Timestamp) -> Result<bool> {
        call!(sign_ups::keep_code(self, &code, now))
    }

    async fn spend_code_attempt(
        &self,
        sign_up: &SignUpRecord,
        most: u32,
        now: Timestamp,
    ) -> Result<Option<SpentOnCode>> {
        call!(sign_ups::spend_attempt(self, sign_up, most, now))
    }

    async fn complete_sign_up(
        &self,
        completion: SignUpCompletion,
        occasion: &Occasion,
    ) -> Result<std::result::Result<bool, Taken>> {
        call!(sign_ups::complete(self, &completion, occasion))
    }

    async fn start_step_up(&self, step_up: StepUpRecord, now: Timestamp) -> Result<bool> {
        call!(step_up::start(self, &step_up, now))
    }

    async fn step_up(&self, session: &SessionId, now: Timestamp) -> Result<Option<StepUpRecord>> {
        call!(step_up::of_session(self, session, now))
    }

    async fn complete_step_up(
        &self,
        step_up: StepUp,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<Presented> {
        call!(step_up::complete(self, &step_up, rule, occasion))
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        rule: LockoutRule,
        occasion: &Occasion,
    ) -> Result<bool> {
        call!(passwords::change(self, &change, rule, occasion))
    }

    async fn keep_mailed_code(&self, code: NewMailedCode, now: Timestamp) -> Result<bool> {
        call!(codes::keep(self, &code, now))
    }

    async fn mailed_code(&self, sign_in: &SignInId) -> Result<Option<MailedCode>> {
        call!(codes::of_sign_in(self, sign_in))
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
        call!(codes::accept(
            self,
            sign_in,
            user,
            sealed_code,
            until,
            rule,
            occasion
        ))
    }

    async fn keep_new_password(
        &self,
        sign_in: &SignInRecord,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool> {
        call!(passwords::keep_new(self, sign_in, password_hash, now))
    }

    async fn claim_code(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedCode>> {
        call!(codes::claim(self, now, until))
    }

    async fn finish_code(&self, claim: &MailedCodeClaim) -> Result<bool> {
        call!(codes::finish(self, claim))
    }

    async fn put_code_off(&self, claim: &MailedCodeClaim, until: Timestamp) -> Result<bool> {
        call!(codes::put_off(self, claim, until))
    }

    async fn create_totp(&self, totp: NewTotp, occasion: &Occasion) -> Result<bool> {
        call!(factors::create_totp(self, &totp, occasion))
    }

    async fn totp(&self, user: &UserId) -> Result<Option<TotpRecord>> {
        call!(factors::totp(self, user))
    }

    async fn verify_totp(
        &self,
        verification: TotpVerification,
        occasion: &Occasion,
    ) -> Result<(Presented, bool)> {
        call!(factors::verify_totp(self, &verification, occasion))
    }

    async fn remove_totp(
        &self,
        user: &UserId,
        session: &SessionId,
        occasion: &Occasion,
    ) -> Result<RemovedTotp> {
        call!(factors::remove_totp(self, user, session, occasion))
    }

    async fn backup_code_set(&self, user: &UserId) -> Result<Option<BackupCodeSet>> {
        call!(factors::backup_code_set(self, user))
    }

    async fn replace_backup_codes(
        &self,
        user: &UserId,
        codes: NewBackupCodes,
        occasion: &Occasion,
    ) -> Result<bool> {
        call!(factors::replace_backup_codes(self, user, &codes, occasion))
    }

    async fn backup_code_hashes(&self, set: &BackupCodeSetId) -> Result<Vec<Vec<u8>>> {
        call!(factors::backup_code_hashes(self, set))
    }

    async fn settings(&self) -> Result<Settings> {
        call!(settings::settings(self))
    }

    async fn change_settings(
        &self,
        change: SettingsChange,
        administrator: &UserId,
        occasion: &Occasion,
    ) -> Result<Option<Settings>> {
        call!(settings::change_settings(
            self,
            change,
            administrator,
            occasion
        ))
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<EventRecord>> {
        call!(events::events(self, user, before, limit))
    }

    async fn note_key_rotation(&self, occasion: &Occasion) -> Result<()> {
        call!(events::note_key_rotation(self, occasion))
    }

    async fn claim_mail(&self, now: Timestamp, until: Timestamp) -> Result<Option<QueuedMail>> {
        call!(mails::claim(self, now, until))
    }

    async fn mails_waiting(&self) -> Result<u64> {
        call!(mails::waiting(self))
    }

    async fn finish_mail(&self, claim: &MailClaim) -> Result<bool> {
        call!(mails::finish(self, claim))
    }

    async fn put_mail_off(&self, claim: &MailClaim, until: Timestamp) -> Result<bool> {
        call!(mails::put_off(self, claim, until))
    }

    async fn remove_expired(&self, what: Expired, before: Timestamp) -> Result<u64> {
        call!(expiry::remove(self, what, before))
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>> {
        call!(keys::signing_keys(self))
    }

    async fn create_signing_key(&self, key: NewSigningKey, now: Timestamp) -> Result<bool> {
        call!(keys::create_signing_key(self, &key, now))
    }

    async fn count_accounts(&self) -> Result<u64> {
        call!(imports::count_accounts(self))
    }

    async fn accounts_after(&self, place: Option<&Place>, limit: u32) -> Result<Vec<KeptAccount>> {
        call!(imports::accounts_after(self, place, limit))
    }

    async fn import_progress(&self, source: &[u8; 32]) -> Result<Option<u64>> {
        call!(imports::progress(self, source))
    }

    async fn import_accounts(
        &self,
        accounts: &[(KeptAccount, Occasion)],
        source: &[u8; 32],
        done: u64,
        now_done: u64,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Collision>> {
        call!(imports::import(self, accounts, source, done, now_done, now))
    }

    async fn finish_import(&self, source: &[u8; 32]) -> Result<()> {
        call!(imports::finish(self, source))
    }

    async fn any_totp(&self) -> Result<Option<TotpRecord>> {
        call!(factors::any_totp(self))
    }

    async fn key_ids(&self) -> Result<Vec<Vec<u8>>> {
        call!(keys::ids(self))
    }

    async fn key_uses(&self) -> Result<Vec<KeyUse>> {
        call!(keys::uses(self))
    }

    async fn totps_sealed_with(
        &self,
        key_id: &[u8],
        after: Option<&TotpId>,
        limit: u32,
    ) -> Result<Vec<TotpRecord>> {
        call!(keys::totps_sealed_with(self, key_id, after, limit))
    }

    async fn reseal(&self, resealings: &[Resealing]) -> Result<u64> {
        call!(keys::reseal(self, resealings))
    }
}
