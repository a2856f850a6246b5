//! `/v1/client/sessions/{id}/verify`: a session's user shows again that it is them.

use aide::axum::{ApiRouter, routing::post_with};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{SessionVerification, Strategy, VerificationLevel},
};

use super::{
    ById,
    attempt::{FirstFactorAttempt, SecondFactorAttempt},
    operation, sessions,
};
use crate::{
    AppState,
    domain::step_up,
    http::{At, Browser, Failure, Form, Reply, required, session_verification_resource},
    store::{SessionRecord, StepUpStage, UserRecord},
};

const TAG: &str = "Step-up";

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/client/sessions/{id}/verify",
            post_with(
                begin,
                operation(TAG, "beginStepUp", "Begin to check a session's user again"),
            ),
        )
        .api_route(
            "/client/sessions/{id}/verify/attempt_first_factor",
            post_with(
                attempt_first_factor,
                operation(TAG, "attemptStepUpFirstFactor", "Check the password again"),
            ),
        )
        .api_route(
            "/client/sessions/{id}/verify/attempt_second_factor",
            post_with(
                attempt_second_factor,
                operation(
                    TAG,
                    "attemptStepUpSecondFactor",
                    "Check a code of the second factor",
                ),
            ),
        )
}

/// Which factors are to be checked.
#[derive(Deserialize, JsonSchema)]
struct Begin {
    /// The password, the strongest factor that the user has, or one after the other.
    #[schemars(required, extend("enum" = ["first_factor", "second_factor", "multi_factor"]))]
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
    Path(path): Path<ById>,
    Form(form): Form<Begin>,
) -> Result<Reply<SessionVerification>, Failure> {
    let (session, user) = sessions::find(&browser, path.id)?;
    let step_up = step_up::begin(&browser.context(), &session, &user, form.level()?)
        .await
        .map_err(|error| error.at(browser.now))?;
    let asks_for = Some(step_up.stage);
    let resource = resource(&browser, &session, &user, step_up.level, asks_for);
    browser.changed(resource, None).await
}

async fn attempt_first_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<FirstFactorAttempt>,
) -> Result<Reply<SessionVerification>, Failure> {
    let (session, user) = sessions::find(&browser, path.id)?;
    let password = form.password()?;
    browser.may_attempt_factor_of(&user.id)?;
    let context = browser.context();
    let passed = step_up::attempt_first_factor(&context, &session, &user, password).await;
    let passed = browser.counted(Strategy::Password, passed)?;
    let session = SessionRecord {
        first_factor_at: Some(browser.now),
        ..session
    };
    went_on(browser, session, user, passed).await
}

async fn attempt_second_factor(
    browser: Browser,
    Path(path): Path<ById>,
    Form(form): Form<SecondFactorAttempt>,
) -> Result<Reply<SessionVerification>, Failure> {
    let (session, user) = sessions::find(&browser, path.id)?;
    let code = form.code()?;
    browser.may_attempt_factor_of(&user.id)?;
    let strategy = code.strategy();
    let passed = step_up::attempt_second_factor(&browser.context(), &session, &user, code).await;
    let passed = browser.counted(strategy, passed)?;
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
) -> Result<Reply<SessionVerification>, Failure> {
    let resource = resource(&browser, &session, &user, passed.level, passed.asks_for);
    browser.changed(resource, Some(passed.token.into())).await
}

fn resource(
    browser: &Browser,
    session: &SessionRecord,
    user: &UserRecord,
    level: VerificationLevel,
    asks_for: Option<StepUpStage>,
) -> SessionVerification {
    session_verification_resource(session, user, level, asks_for, &browser.context())
}
