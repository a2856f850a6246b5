//! Sessions: how they begin, how long they last, and how fresh they are.

use shared::{Timestamp, resources::SessionStatus};

use super::{Context, Fault, Policy};
use crate::{
    ids::{ClientId, SessionId, UserId},
    store::{NewSession, SessionRecord, Settings, UserRecord},
    vault::{ClientToken, DeviceToken},
};

/// How old `last_active_at` may be before a use is noted again: a write for every read would cost
/// more than it tells.
const NOTED_EVERY: std::time::Duration = std::time::Duration::from_mins(1);

/// Which factors were checked just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The password, and the user has nothing else.
    Password,
    /// The password at the first time, and a code just now.
    PasswordAndCode {
        /// When the password was checked.
        password_at: Timestamp,
    },
}

/// What a browser is recognised by from now on.
#[derive(Clone, Debug)]
pub struct NewTokens {
    /// As a client: with its sessions.
    pub client: ClientToken,
    /// As a device that has signed in before; `None` where it has not yet, or is told nothing new.
    pub device: Option<DeviceToken>,
}

impl From<ClientToken> for NewTokens {
    fn from(client: ClientToken) -> Self {
        Self {
            client,
            device: None,
        }
    }
}

/// A new session on `client`, and the new tokens that the browser is recognised by from then on.
pub fn begin(
    context: &Context<'_>,
    client: ClientId,
    user: UserId,
    checked: Checked,
) -> (NewSession, NewTokens) {
    let token = context.vault.new_client_token();
    let device_token = context.vault.new_device_token();
    let (first_factor_at, second_factor_at) = match checked {
        Checked::Password => (context.now, None),
        Checked::PasswordAndCode { password_at } => (password_at, Some(context.now)),
    };
    let expire_at = context.now.after(context.policy.session_lifetime);
    let session = NewSession {
        id: SessionId::generate(context.vault.random()),
        client_id: client,
        token_hash: token.hash(),
        device_token_hash: device_token.hash(),
        user_id: user,
        status: SessionStatus::Active,
        expire_at,
        abandon_at: idle_until(context.policy, context.now, expire_at),
        first_factor_at: Some(first_factor_at),
        second_factor_at,
        device: context.device.clone(),
    };
    let tokens = NewTokens {
        client: token,
        device: Some(device_token),
    };
    (session, tokens)
}

/// When a session that is used now ends unless it is used again: never after its absolute end.
fn idle_until(policy: &Policy, now: Timestamp, expire_at: Timestamp) -> Timestamp {
    now.after(policy.session_idle).min(expire_at)
}

/// Whether the strongest factor that the user has was checked recently enough for a change of
/// factors.
pub fn is_fresh(
    policy: &Policy,
    session: &SessionRecord,
    user: &UserRecord,
    now: Timestamp,
) -> bool {
    let checked = if user.totp_verified_at.is_some() {
        session.second_factor_at
    } else {
        session.first_factor_at
    };
    checked.is_some_and(|at| now.since(at) < policy.reverification_age)
}

/// What a session may do: nothing but the set-up once its user has to have a second factor and has
/// none.
pub fn status(context: &Context<'_>, session: &SessionRecord, user: &UserRecord) -> SessionStatus {
    let due_at = setup_due_at(context.policy, context.settings, user);
    let is_due = due_at.is_some_and(|due_at| due_at <= context.now);
    match session.status {
        SessionStatus::Active if is_due => SessionStatus::Pending,
        status => status,
    }
}

/// When the user has to have set a second factor up; `None` where there is one, or none is needed.
/// Whoever had an account when the operator began to require one has the grace period; new accounts
/// have none.
pub fn setup_due_at(policy: &Policy, settings: Settings, user: &UserRecord) -> Option<Timestamp> {
    if !settings.required || user.totp_verified_at.is_some() {
        return None;
    }
    Some(match settings.required_since {
        Some(since) if user.created_at < since => since.after(policy.mfa_grace_period),
        _ => user.created_at,
    })
}

/// Minutes since the first and the second factor were checked; -1 for never.
pub fn factor_verification_age(session: &SessionRecord, now: Timestamp) -> [i64; 2] {
    [session.first_factor_at, session.second_factor_at].map(|checked| {
        checked.map_or(-1, |at| {
            i64::try_from(now.since(at).as_secs() / 60).unwrap_or(i64::MAX)
        })
    })
}

/// Notes that a session is used, at most once a minute.
pub async fn note_use(context: &Context<'_>, session: &SessionRecord) -> Result<(), Fault> {
    if context.now.since(session.last_active_at) >= NOTED_EVERY {
        touch(context, session).await?;
    }
    Ok(())
}

/// Notes that a session is used, and makes it the active one of its client.
pub async fn touch(context: &Context<'_>, session: &SessionRecord) -> Result<(), Fault> {
    let abandon_at = idle_until(context.policy, context.now, session.expire_at);
    context
        .store
        .touch_session(&session.id, abandon_at, context.now)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Config;

    fn record(first: Option<i64>, second: Option<i64>) -> SessionRecord {
        let at = Timestamp::from_seconds;
        SessionRecord {
            id: SessionId::from("sess_1".to_owned()),
            client_id: ClientId::from("client_1".to_owned()),
            user_id: UserId::from("user_1".to_owned()),
            status: SessionStatus::Active,
            expire_at: at(1_000_000),
            abandon_at: at(1_000_000),
            last_active_at: at(0),
            first_factor_at: first.map(at),
            second_factor_at: second.map(at),
            device: crate::store::Device::default(),
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn user(totp: bool) -> UserRecord {
        let now = Timestamp::from_seconds(0);
        UserRecord {
            id: UserId::from("user_1".to_owned()),
            email_id: crate::ids::EmailAddressId::from("idn_1".to_owned()),
            email: "a@example.com".to_owned(),
            email_verified_at: None,
            username: None,
            first_name: None,
            last_name: None,
            password_hash: String::new(),
            external_id: None,
            banned_at: None,
            credentials_version: 0,
            failed_attempts: 0,
            locked_until: None,
            totp_verified_at: totp.then_some(now),
            totp_last_used_at: None,
            backup_codes_remaining: None,
            mfa_enabled_at: None,
            mfa_disabled_at: None,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn freshness_asks_for_the_strongest_factor_that_the_user_has() {
        let policy = Policy::from(&Config::default());
        let now = Timestamp::from_seconds(600);
        let fresh = |session: SessionRecord, totp| is_fresh(&policy, &session, &user(totp), now);
        assert!(fresh(record(Some(1), None), false));
        assert!(!fresh(record(Some(0), None), false), "ten minutes old");
        assert!(
            !fresh(record(Some(600), None), true),
            "the password is not the strongest"
        );
        assert!(fresh(record(Some(0), Some(1)), true));
        assert!(!fresh(record(Some(600), Some(0)), true));
    }

    #[test]
    fn whoever_was_here_before_has_the_grace_period_and_whoever_came_after_has_none() {
        let policy = Policy {
            mfa_grace_period: Duration::from_secs(100),
            ..(&Config::default()).into()
        };
        let at = Timestamp::from_seconds;
        let required = |since: Option<i64>| Settings {
            authenticator_app: true,
            backup_code: true,
            required: true,
            required_since: since.map(at),
        };
        let made = |created_at, totp| UserRecord {
            created_at: at(created_at),
            ..user(totp)
        };
        let due = |settings, user: &UserRecord| setup_due_at(&policy, settings, user);
        assert_eq!(due(required(Some(50)), &made(49, false)), Some(at(150)));
        assert_eq!(due(required(Some(50)), &made(50, false)), Some(at(50)));
        assert_eq!(due(required(Some(50)), &made(60, false)), Some(at(60)));
        assert_eq!(due(required(None), &made(49, false)), Some(at(49)));
        assert_eq!(due(required(Some(50)), &made(49, true)), None);
        let not_required = Settings {
            required: false,
            ..required(None)
        };
        assert_eq!(due(not_required, &made(49, false)), None);
    }

    #[test]
    fn idling_never_reaches_beyond_the_absolute_end() {
        let policy = Policy {
            session_idle: Duration::from_secs(50),
            ..(&Config::default()).into()
        };
        let at = Timestamp::from_seconds;
        assert_eq!(idle_until(&policy, at(10), at(100)), at(60));
        assert_eq!(idle_until(&policy, at(90), at(100)), at(100));
    }
}
