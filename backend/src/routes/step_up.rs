//! `/v1/client/sessions/{id}/verify`: a session's user shows again that it is them.

use axum::{Router, extract::Path, response::Response, routing::post};
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{SessionVerification, VerificationLevel},
};

use super::{
    attempt::{FirstFactorAttempt, SecondFactorAttempt},
    sessions,
};
use crate::{
    AppState,
    domain::step_up,
    http::{At, Browser, Failure, Form, required, session_verification_resource},
    store::{SessionRecord, StepUpStage, UserRecord},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/client/sessions/{id}/verify", post(begin))
        .route(
            "/client/sessions/{id}/verify/attempt_first_factor",
            post(attempt_first_factor),
        )
        .route(
            "/client/sessions/{id}/verify/attempt_second_factor",
            post(attempt_second_factor),
        )
}

#[derive(Deserialize)]
struct Begin {
    level: Option<String>,
}

impl Begin {
    fn level(self) -> Result<VerificationLevel, Failure> {
        match required(self.level, "level")?.as_str() {
            "first_factor" => Ok(VerificationLevel::FirstFactor),
            "second_factor" => Ok(VerificationLevel::SecondFactor),
            "multi_factor" => Ok(VerificationLevel::MultiFactor),
            _ => Err(Failure::of_param(
                ErrorCode::FormParamFormatInvalid,
                "level",
            )),
        }
    }
}

async fn begin(
    browser: Browser,
    Path(id): Path<String>,
    Form(form): Form<Begin>,
) -> Result<Response, Failure> {
    let (session, user) = sessions::find(&browser, id)?;
    let step_up = step_up::begin(&browser.context(), &session, &user, form.level()?)
        .await
        .map_err(|error| error.at(browser.now))?;
    let asks_for = Some(step_up.stage);
    let resource = resource(&browser, &session, &user, step_up.level, asks_for);
    browser.changed(resource, None).await
}

async fn attempt_first_factor(
    browser: Browser,
    Path(id): Path<String>,
    Form(form): Form<FirstFactorAttempt>,
) -> Result<Response, Failure> {
    let (session, user) = sessions::find(&browser, id)?;
    let password = form.password()?;
    let context = browser.context();
    let passed = step_up::attempt_first_factor(&context, &session, &user, password)
        .await
        .map_err(|error| error.at(browser.now))?;
    let session = SessionRecord {
        first_factor_at: Some(browser.now),
        ..session
    };
    went_on(browser, session, user, passed).await
}

async fn attempt_second_factor(
    browser: Browser,
    Path(id): Path<String>,
    Form(form): Form<SecondFactorAttempt>,
) -> Result<Response, Failure> {
    let (session, user) = sessions::find(&browser, id)?;
    let code = form.code()?;
    let passed = step_up::attempt_second_factor(&browser.context(), &session, &user, code)
        .await
        .map_err(|error| error.at(browser.now))?;
    let session = SessionRecord {
        second_factor_at: Some(browser.now),
        ..session
    };
    went_on(browser, session, user, passed).await
}

async fn went_on(
    browser: Browser,
    session: SessionRecord,
    user: UserRecord,
    passed: step_up::Passed,
) -> Result<Response, Failure> {
    let resource = resource(&browser, &session, &user, passed.level, passed.asks_for);
    browser.changed(resource, Some(passed.token)).await
}

fn resource(
    browser: &Browser,
    session: &SessionRecord,
    user: &UserRecord,
    level: VerificationLevel,
    asks_for: Option<StepUpStage>,
) -> SessionVerification {
    let context = browser.context();
    let policy = context.policy;
    session_verification_resource(session, user, level, asks_for, policy, context.now)
}
