//! Records as the resources of the wire.

use shared::{
    Timestamp, UserAgent,
    resources::{
        Client, EmailAddress, Factor, NextAction, NoFields, PublicUserData, Session,
        SessionActivity, SessionStatus, SessionVerification, SessionVerificationStatus, SignIn,
        SignInStatus, SignUp, SignUpStatus, SignUpVerification, SignUpVerifications, Strategy,
        Task, User, Verification, VerificationLevel, VerificationStatus,
    },
};

use crate::{
    domain::{
        Context, Policy,
        email_verification::CODE_ATTEMPTS,
        instance::is_administrator,
        session::{factor_verification_age, setup_due_at, status},
        sign_up::SignedUp,
    },
    ids::{EmailAddressId, SignInId, SignUpId},
    store::{
        ClientRecord, Device, SessionRecord, SignInRecord, SignInStage, SignUpRecord, StepUpStage,
        UserRecord,
    },
};

/// What a sign-in may begin with.
const IDENTIFIERS: [&str; 2] = ["email_address", "username"];

/// What a sign-in and a step-up ask for first.
const FIRST_FACTORS: [Factor; 1] = [factor(Strategy::Password)];

const fn factor(strategy: Strategy) -> Factor {
    Factor {
        strategy,
        email_address_id: None,
        safe_identifier: None,
    }
}

pub(crate) fn user_resource(user: &UserRecord, context: &Context<'_>) -> User {
    let Context { policy, now, .. } = *context;
    let locked_for = user
        .locked_until
        .map(|until| until.since(now))
        .filter(|left| !left.is_zero());
    let spent = if user.locked_until.is_some() && locked_for.is_none() {
        0
    } else {
        user.failed_attempts
    };
    User {
        id: user.id.to_string(),
        username: user.username.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        image_url: String::new(),
        has_image: false,
        primary_email_address_id: Some(user.email_id.to_string()),
        email_addresses: vec![EmailAddress {
            id: user.email_id.to_string(),
            email_address: user.email.clone(),
            verification: user.email_verified_at.map(|_| Verification {
                status: VerificationStatus::Verified,
                strategy: Strategy::EmailCode,
                attempts: None,
                expire_at: None,
            }),
            linked_to: [],
            created_at: user.created_at,
            updated_at: user.created_at,
        }],
        phone_numbers: [],
        web3_wallets: [],
        passkeys: [],
        external_accounts: [],
        enterprise_accounts: [],
        organization_memberships: [],
        public_metadata: NoFields::default(),
        unsafe_metadata: NoFields::default(),
        external_id: user.external_id.clone(),
        password_enabled: !user.password_hash.is_empty(),
        two_factor_enabled: user.totp_verified_at.is_some(),
        totp_enabled: user.totp_verified_at.is_some(),
        backup_code_enabled: user.backup_codes_remaining.is_some(),
        mfa_enabled_at: user.mfa_enabled_at,
        mfa_disabled_at: user.mfa_disabled_at,
        last_sign_in_at: user.last_sign_in_at,
        banned: user.banned_at.is_some(),
        locked: locked_for.is_some(),
        lockout_expires_in_seconds: locked_for.map(|left| left.as_secs()),
        verification_attempts_remaining: Some(policy.lockout.attempts.saturating_sub(spent)),
        delete_self_enabled: false,
        create_organization_enabled: false,
        backup_codes_remaining: user.backup_codes_remaining.unwrap_or(0),
        totp_last_used_at: user.totp_last_used_at,
        mfa_setup_due_at: setup_due_at(policy, context.settings, user)
            .filter(|due_at| now < *due_at),
        administrator: is_administrator(context, user),
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
}

pub(crate) fn session_resource(
    session: &SessionRecord,
    user: &UserRecord,
    context: &Context<'_>,
) -> Session {
    let now = context.now;
    let status = status(context, session, user);
    Session {
        id: session.id.to_string(),
        status,
        expire_at: session.expire_at,
        abandon_at: session.abandon_at,
        last_active_at: session.last_active_at,
        last_active_token: None,
        last_active_organization_id: None,
        actor: None,
        tasks: (status == SessionStatus::Pending).then(|| {
            vec![Task {
                key: "setup-mfa".to_owned(),
            }]
        }),
        factor_verification_age: factor_verification_age(session, now),
        user: user_resource(user, context),
        public_user_data: PublicUserData {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            image_url: String::new(),
            has_image: false,
            identifier: user.email.clone(),
            user_id: user.id.to_string(),
        },
        latest_activity: latest_activity(session),
        created_at: session.created_at,
        updated_at: session.updated_at,
    }
}

/// Where a session began; nothing where its browser and its address said nothing.
pub(crate) fn latest_activity(session: &SessionRecord) -> Option<SessionActivity> {
    let Device {
        ip_address,
        user_agent,
    } = &session.device;
    let seen = user_agent.as_deref().map(UserAgent::of);
    (ip_address.is_some() || seen.is_some()).then(|| SessionActivity {
        id: session.id.to_string(),
        browser_name: seen.and_then(|seen| seen.browser).map(str::to_owned),
        device_type: seen.and_then(|seen| seen.system).map(str::to_owned),
        is_mobile: seen.is_some_and(|seen| seen.is_mobile),
        ip_address: ip_address.clone(),
    })
}

/// A sign-in; `user` is whom it would sign in, and tells nothing before the password was right.
pub(crate) fn sign_in_resource(
    sign_in: &SignInRecord,
    user: Option<&UserRecord>,
    context: &Context<'_>,
) -> SignIn {
    let Context { policy, now, .. } = *context;
    let over = now >= sign_in.abandon_at && sign_in.stage != SignInStage::Complete;
    SignIn {
        id: sign_in.id.to_string(),
        status: match sign_in.stage {
            _ if over => SignInStatus::Abandoned,
            SignInStage::NeedsFirstFactor => SignInStatus::NeedsFirstFactor,
            SignInStage::NeedsNewPassword => SignInStatus::NeedsNewPassword,
            SignInStage::NeedsSecondFactor => SignInStatus::NeedsSecondFactor,
            SignInStage::Complete => SignInStatus::Complete,
        },
        supported_identifiers: IDENTIFIERS.to_vec(),
        supported_first_factors: first_factors(sign_in, policy),
        supported_second_factors: user
            .filter(|_| sign_in.stage == SignInStage::NeedsSecondFactor)
            .map(second_factors),
        first_factor_verification: first_factor_verification(sign_in, now),
        second_factor_verification: None,
        identifier: Some(sign_in.identifier.clone()),
        user_data: None,
        created_session_id: sign_in.created_session_id.as_ref().map(ToString::to_string),
        abandon_at: sign_in.abandon_at,
    }
}

/// What a sign-in may go on by. Whether there is such an account is not told: whatever stands here
/// follows from what was typed.
fn first_factors(sign_in: &SignInRecord, policy: &Policy) -> Vec<Factor> {
    let mut factors = FIRST_FACTORS.to_vec();
    if policy.password_reset {
        factors.push(Factor {
            strategy: Strategy::ResetPasswordEmailCode,
            email_address_id: Some(email_address_id(sign_in)),
            safe_identifier: Some(sign_in.identifier.clone()),
        });
    }
    factors
}

/// Stands for the account's e-mail address in this sign-in.
pub(crate) fn email_address_id(sign_in: &SignInRecord) -> String {
    let id = sign_in.id.as_str();
    let own = id.strip_prefix(SignInId::PREFIX).unwrap_or(id);
    format!("{}{own}", EmailAddressId::PREFIX)
}

fn first_factor_verification(sign_in: &SignInRecord, now: Timestamp) -> Option<Verification> {
    let by_code =
        sign_in.stage == SignInStage::NeedsNewPassword || sign_in.new_password_hash.is_some();
    let strategy = match sign_in.first_factor_at {
        Some(_) if !by_code => Strategy::Password,
        _ => Strategy::ResetPasswordEmailCode,
    };
    let (status, expire_at) = match (sign_in.first_factor_at, sign_in.code_expire_at) {
        (Some(_), _) => (VerificationStatus::Verified, None),
        (None, Some(at)) if now < at => (VerificationStatus::Unverified, Some(at)),
        (None, Some(at)) => (VerificationStatus::Expired, Some(at)),
        (None, None) => return None,
    };
    Some(Verification {
        status,
        strategy,
        attempts: None,
        expire_at,
    })
}

/// What a sign-up must give, and what it may.
const REQUIRED_FIELDS: [&str; 2] = ["email_address", "password"];
const OPTIONAL_FIELDS: [&str; 3] = ["username", "first_name", "last_name"];

/// A sign-up whose e-mail address is still to be verified.
pub(crate) fn sign_up_resource(sign_up: &SignUpRecord, now: Timestamp) -> SignUp {
    SignUp {
        id: sign_up.id.to_string(),
        status: if now < sign_up.abandon_at {
            SignUpStatus::MissingRequirements
        } else {
            SignUpStatus::Abandoned
        },
        required_fields: REQUIRED_FIELDS.to_vec(),
        optional_fields: OPTIONAL_FIELDS.to_vec(),
        missing_fields: Vec::new(),
        unverified_fields: vec!["email_address"],
        verifications: SignUpVerifications {
            email_address: Some(email_verification(sign_up, now)),
            ..SignUpVerifications::default()
        },
        username: sign_up.username.clone(),
        email_address: Some(sign_up.email.clone()),
        first_name: sign_up.first_name.clone(),
        last_name: sign_up.last_name.clone(),
        has_password: true,
        unsafe_metadata: NoFields::default(),
        created_session_id: None,
        created_user_id: None,
        abandon_at: sign_up.abandon_at,
    }
}

fn email_verification(sign_up: &SignUpRecord, now: Timestamp) -> SignUpVerification {
    let (status, next_action) = match sign_up.code_expire_at {
        None => (VerificationStatus::Unverified, NextAction::NeedsPrepare),
        Some(at) if at <= now => (VerificationStatus::Expired, NextAction::NeedsPrepare),
        Some(_) if sign_up.attempts >= CODE_ATTEMPTS => {
            (VerificationStatus::Failed, NextAction::NeedsPrepare)
        }
        Some(_) => (VerificationStatus::Unverified, NextAction::NeedsAttempt),
    };
    SignUpVerification {
        status,
        strategy: Strategy::EmailCode,
        next_action,
        supported_strategies: vec![Strategy::EmailCode],
        attempts: Some(sign_up.attempts),
        expire_at: sign_up.code_expire_at,
    }
}

/// A sign-up that is an account; its e-mail address is verified where there is a `verification`.
pub(crate) fn complete_sign_up_resource(
    id: SignUpId,
    done: &SignedUp,
    verification: Option<SignUpVerification>,
    abandon_at: Timestamp,
) -> SignUp {
    SignUp {
        id: id.into(),
        status: SignUpStatus::Complete,
        required_fields: REQUIRED_FIELDS.to_vec(),
        optional_fields: OPTIONAL_FIELDS.to_vec(),
        missing_fields: Vec::new(),
        unverified_fields: Vec::new(),
        verifications: SignUpVerifications {
            email_address: verification,
            ..SignUpVerifications::default()
        },
        username: done.username.clone(),
        email_address: Some(done.email.clone()),
        first_name: done.first_name.clone(),
        last_name: done.last_name.clone(),
        has_password: true,
        unsafe_metadata: NoFields::default(),
        created_session_id: Some(done.session_id.to_string()),
        created_user_id: Some(done.user_id.to_string()),
        abandon_at,
    }
}

/// The e-mail address of a sign-up was just verified.
pub(crate) fn verified() -> SignUpVerification {
    SignUpVerification {
        status: VerificationStatus::Verified,
        strategy: Strategy::EmailCode,
        next_action: NextAction::Nothing,
        supported_strategies: vec![Strategy::EmailCode],
        attempts: None,
        expire_at: None,
    }
}

/// A step-up for `level` in a session as it is now; `asks_for` is the stage that it is in, `None`
/// once it is complete.
pub(crate) fn session_verification_resource(
    session: &SessionRecord,
    user: &UserRecord,
    level: VerificationLevel,
    asks_for: Option<StepUpStage>,
    context: &Context<'_>,
) -> SessionVerification {
    let second_factors = second_factors(user);
    SessionVerification {
        level,
        status: match asks_for {
            Some(StepUpStage::NeedsFirstFactor) => SessionVerificationStatus::NeedsFirstFactor,
            Some(StepUpStage::NeedsSecondFactor) => SessionVerificationStatus::NeedsSecondFactor,
            None => SessionVerificationStatus::Complete,
        },
        supported_first_factors: Some(FIRST_FACTORS.to_vec()),
        supported_second_factors: Some(second_factors),
        first_factor_verification: None,
        second_factor_verification: None,
        session: session_resource(session, user, context),
    }
}

/// The second factors that the user has, the one that is asked for first in front.
pub(crate) fn second_factors(user: &UserRecord) -> Vec<Factor> {
    let totp = user.totp_verified_at.map(|_| Strategy::Totp);
    let backup_code = user.backup_codes_remaining.map(|_| Strategy::BackupCode);
    totp.into_iter().chain(backup_code).map(factor).collect()
}

pub(crate) fn client_resource(
    client: &ClientRecord,
    sessions: &[(SessionRecord, UserRecord)],
    sign_in: Option<SignIn>,
    sign_up: Option<SignUp>,
    context: &Context<'_>,
) -> Client {
    Client {
        id: client.id.to_string(),
        sessions: sessions
            .iter()
            .map(|(session, user)| session_resource(session, user, context))
            .collect(),
        sign_in,
        sign_up,
        last_active_session_id: client
            .last_active_session_id
            .as_ref()
            .filter(|id| sessions.iter().any(|(session, _)| session.id == **id))
            .map(ToString::to_string),
        cookie_expires_at: None,
        created_at: client.created_at,
        updated_at: client.updated_at,
    }
}
