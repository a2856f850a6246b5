//! `/v1/environment`: what the instance lets people do, as far as clients need to know.

use aide::axum::{ApiRouter, routing::get_with};
use axum::{Json, extract::State};
use shared::resources::{
    AttackProtection, Attribute, Attributes, AuthConfig, DisplayConfig, Environment, SignUpMfa,
    SignUpSettings, Strategy, UserLockout, UserSettings,
};

use super::operation;
use crate::{AppState, http::Failure};

pub(super) fn router() -> ApiRouter<AppState> {
    let describe = |id| {
        operation(
            "Instance",
            id,
            "What the instance lets people do, as far as clients need to know",
        )
    };
    // Some clients ask by PATCH, to tell the server that they run; the answer is the same.
    ApiRouter::new().api_route(
        "/environment",
        get_with(show, describe("getEnvironment")).patch_with(show, describe("updateEnvironment")),
    )
}

async fn show(State(state): State<AppState>) -> Result<Json<Environment>, Failure> {
    let settings = state.store.settings().await?;
    let url = |path| state.config.public_url.join(path);
    let manage_mfa = url("/account/manage-mfa");
    let rule = state.policy.lockout;
    Ok(Json(Environment {
        auth_config: AuthConfig {
            single_session_mode: true,
            reverification: true,
        },
        display_config: DisplayConfig {
            application_name: state.policy.issuer.clone(),
            instance_environment_type: "production".to_owned(),
            sign_in_url: url("/sign-in"),
            sign_up_url: url("/sign-up"),
            user_profile_url: manage_mfa.clone(),
            after_sign_in_url: manage_mfa.clone(),
            after_sign_up_url: manage_mfa,
            home_url: url("/"),
            captcha_public_key: None,
            captcha_widget_type: None,
        },
        user_settings: UserSettings {
            attributes: Attributes {
                email_address: email_address(state.policy.verify_email),
                username: identifier(false),
                password: password(state.policy.password_reset),
                authenticator_app: second_factor(Strategy::Totp, settings.authenticator_app),
                backup_code: second_factor(Strategy::BackupCode, settings.backup_code),
            },
            sign_up: SignUpSettings {
                mfa: SignUpMfa {
                    required: settings.required,
                },
            },
            attack_protection: AttackProtection {
                user_lockout: UserLockout {
                    enabled: true,
                    max_attempts: rule.attempts,
                    duration_in_minutes: rule.duration.as_secs() / 60,
                },
            },
        },
    }))
}

fn email_address(verified: bool) -> Attribute {
    Attribute {
        verifications: if verified {
            vec![Strategy::EmailCode]
        } else {
            Vec::new()
        },
        verify_at_sign_up: verified,
        ..identifier(true)
    }
}

fn identifier(required: bool) -> Attribute {
    Attribute {
        enabled: true,
        required,
        used_for_first_factor: true,
        ..Attribute::default()
    }
}

/// A password, and where mails are sent a code for another one.
fn password(has_reset: bool) -> Attribute {
    let reset = has_reset.then_some(Strategy::ResetPasswordEmailCode);
    Attribute {
        enabled: true,
        required: true,
        used_for_first_factor: true,
        first_factors: std::iter::once(Strategy::Password).chain(reset).collect(),
        ..Attribute::default()
    }
}

fn second_factor(strategy: Strategy, enabled: bool) -> Attribute {
    Attribute {
        enabled,
        used_for_second_factor: enabled,
        second_factors: vec![strategy],
        ..Attribute::default()
    }
}
