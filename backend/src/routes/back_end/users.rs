//! `/v1/users`: the accounts, for services.

use aide::axum::{
    ApiRouter,
    routing::{delete_with, get_with, post_with},
};
use axum::{Json, extract::Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::resources::{Deleted, Strategy, User};

use super::{ById, TAG, operation, parameters};
use crate::{
    AppState,
    domain::{Context, accounts, second_factor::Code},
    http::{At, Failure, JsonBody, Service, required, user_resource},
    ids::UserId,
    store::{NamesChange, Removed, UserRecord},
};

mod create;

pub(super) fn router() -> ApiRouter<AppState> {
    let list = get_with(list, operation(TAG, "listUsers", "The accounts"));
    let one = get_with(show, operation(TAG, "getUserById", "An account"))
        .patch_with(
            rename,
            operation(TAG, "updateUser", "Change the names of an account"),
        )
        .delete_with(
            delete,
            operation(
                TAG,
                "deleteUser",
                "Delete an account with all that is its own",
            ),
        );
    ApiRouter::new()
        .api_route(
            "/users",
            list.post_with(
                create::create,
                operation(
                    TAG,
                    "createUser",
                    "Make an account, with the factors that it has elsewhere",
                ),
            ),
        )
        .api_route(
            "/users/count",
            get_with(
                count,
                operation(TAG, "countUsers", "How many accounts there are"),
            ),
        )
        .api_route("/users/{id}", one)
        .merge(factors())
        .merge(states())
}

/// What protects an account.
fn factors() -> ApiRouter<AppState> {
    let remove = |id, summary| operation(TAG, id, summary);
    ApiRouter::new()
        .api_route(
            "/users/{id}/mfa",
            delete_with(remove_all, remove("deleteMfa", "Remove all second factors")),
        )
        .api_route(
            "/users/{id}/totp",
            delete_with(
                remove_totp,
                remove(
                    "deleteTotpOfUser",
                    "Remove the authenticator app and the backup codes of an account",
                ),
            ),
        )
        .api_route(
            "/users/{id}/backup_code",
            delete_with(
                remove_backup_codes,
                remove("deleteBackupCodes", "Remove the backup codes of an account"),
            ),
        )
        .api_route(
            "/users/{id}/verify_totp",
            post_with(
                verify_code,
                operation(
                    TAG,
                    "verifyCode",
                    "Check a code of an authenticator app, or a backup code, and use it up",
                ),
            ),
        )
        .api_route(
            "/users/{id}/verify_password",
            post_with(
                verify_password,
                operation(TAG, "verifyPassword", "Check a password"),
            ),
        )
}

/// Who may sign in.
fn states() -> ApiRouter<AppState> {
    let change = |id, summary| operation(TAG, id, summary);
    ApiRouter::new()
        .api_route(
            "/users/{id}/ban",
            post_with(
                ban,
                change("banUser", "Bar an account, and end its sessions"),
            ),
        )
        .api_route(
            "/users/{id}/unban",
            post_with(unban, change("unbanUser", "Bar an account no longer")),
        )
        .api_route(
            "/users/{id}/lock",
            post_with(
                lock,
                change(
                    "lockUser",
                    "Lock an account for a time, and end its sessions",
                ),
            ),
        )
        .api_route(
            "/users/{id}/unlock",
            post_with(unlock, change("unlockUser", "Lift the locks of an account")),
        )
}

async fn list(
    service: Service,
    parameters::Users(query): parameters::Users,
) -> Result<Json<Vec<User>>, Failure> {
    let context = service.context();
    let users = context.store.users(&query).await?;
    let users = users.iter().map(|user| user_resource(user, &context));
    Ok(Json(users.collect()))
}

/// A number of things.
#[derive(Serialize, JsonSchema)]
struct TotalCount {
    /// `total_count`
    object: &'static str,
    /// So many.
    total_count: u64,
}

async fn count(
    service: Service,
    parameters::Users(query): parameters::Users,
) -> Result<Json<TotalCount>, Failure> {
    let total_count = service.context().store.count_users(&query.filter).await?;
    Ok(Json(TotalCount {
        object: "total_count",
        total_count,
    }))
}

async fn find(context: &Context<'_>, path: Path<ById>) -> Result<UserRecord, Failure> {
    Ok(accounts::find(context, &UserId::from(path.0.id)).await?)
}

async fn show(service: Service, path: Path<ById>) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    Ok(Json(user_resource(&user, &context)))
}

/// What is to be different; the rest stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Names {
    /// A name to sign in with, beside the address.
    #[serde(default)]
    username: Option<String>,
    /// First name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    #[schemars(length(max = 100))]
    last_name: Option<String>,
    /// The name of the account in another system; unique.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
}

async fn rename(
    service: Service,
    Path(path): Path<ById>,
    JsonBody(names): JsonBody<Names>,
) -> Result<Json<User>, Failure> {
    let context = service.context();
    let change = NamesChange {
        username: names.username,
        first_name: names.first_name,
        last_name: names.last_name,
        external_id: names.external_id,
    };
    let user = accounts::rename(&context, &UserId::from(path.id), change).await?;
    Ok(Json(user_resource(&user, &context)))
}

async fn delete(service: Service, path: Path<ById>) -> Result<Json<Deleted>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::delete(&context, &user).await?;
    Ok(Json(Deleted {
        object: "user".to_owned(),
        id: Some(user.id.into()),
        deleted: true,
    }))
}

/// Whose factors were removed.
#[derive(Serialize, JsonSchema)]
struct OfUser {
    /// `user_…`
    user_id: String,
}

async fn remove(
    service: Service,
    path: Path<ById>,
    what: Removed,
) -> Result<Json<OfUser>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::remove_factors(&context, &user, what).await?;
    Ok(Json(OfUser {
        user_id: user.id.into(),
    }))
}

async fn remove_all(service: Service, path: Path<ById>) -> Result<Json<OfUser>, Failure> {
    remove(service, path, Removed::All).await
}

async fn remove_totp(service: Service, path: Path<ById>) -> Result<Json<OfUser>, Failure> {
    remove(service, path, Removed::Totp).await
}

async fn remove_backup_codes(service: Service, path: Path<ById>) -> Result<Json<OfUser>, Failure> {
    remove(service, path, Removed::BackupCodes).await
}

/// A code to be checked.
#[derive(Deserialize, JsonSchema)]
struct CodeToCheck {
    /// Six digits, or a backup code, as people type them.
    #[schemars(required, length(min = 1))]
    code: Option<String>,
}

/// A code was right.
#[derive(Serialize, JsonSchema)]
struct VerifiedCode {
    /// Always true: a code that is not right is an error.
    verified: bool,
    /// `totp` or `backup_code`
    code_type: Strategy,
}

async fn verify_code(
    service: Service,
    path: Path<ById>,
    JsonBody(body): JsonBody<CodeToCheck>,
) -> Result<Json<VerifiedCode>, Failure> {
    let code = required(body.code, "code")?;
    let context = service.context();
    let user = find(&context, path).await?;
    // Six digits are of the app, unless there is none: then they may be of another system's codes.
    let code = match code.parse() {
        Ok(totp) if user.totp_verified_at.is_some() => Code::Totp(totp),
        _ => Code::Backup(code.parse()?),
    };
    let strategy = accounts::check_code(&context, &user, code).await;
    Ok(Json(VerifiedCode {
        verified: true,
        code_type: strategy.map_err(|error| error.at(service.now))?,
    }))
}

/// A password to be checked.
#[derive(Deserialize, JsonSchema)]
struct PasswordToCheck {
    /// The password.
    #[schemars(required, length(min = 1))]
    password: Option<String>,
}

/// A password was right.
#[derive(Serialize, JsonSchema)]
struct VerifiedPassword {
    /// Always true: a password that is not right is an error.
    verified: bool,
}

async fn verify_password(
    service: Service,
    path: Path<ById>,
    JsonBody(body): JsonBody<PasswordToCheck>,
) -> Result<Json<VerifiedPassword>, Failure> {
    let password = required(body.password, "password")?;
    let context = service.context();
    let user = find(&context, path).await?;
    let checked = accounts::check_password(&context, &user, password.into()).await;
    checked.map_err(|error| error.at(service.now))?;
    Ok(Json(VerifiedPassword { verified: true }))
}

async fn ban(service: Service, path: Path<ById>) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::ban(&context, &user).await?;
    changed(&context, &user).await
}

async fn unban(service: Service, path: Path<ById>) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::unban(&context, &user).await?;
    changed(&context, &user).await
}

async fn lock(service: Service, path: Path<ById>) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::lock(&context, &user).await?;
    changed(&context, &user).await
}

async fn unlock(service: Service, path: Path<ById>) -> Result<Json<User>, Failure> {
    let context = service.context();
    let user = find(&context, path).await?;
    accounts::unlock(&context, &user).await?;
    changed(&context, &user).await
}

async fn changed(context: &Context<'_>, user: &UserRecord) -> Result<Json<User>, Failure> {
    let user = accounts::find(context, &user.id).await?;
    Ok(Json(user_resource(&user, context)))
}
