//! The paths of the HTTP API that the app calls and the server routes.

/// Everything of the API lies below this.
pub const BASE: &str = "/v1";
/// GET: the instance's settings as clients may know them.
pub const ENVIRONMENT: &str = "/v1/environment";
/// GET: the calling client with its sessions; DELETE: signs all of them out.
pub const CLIENT: &str = "/v1/client";
/// DELETE: signs all sessions of the client out.
pub const CLIENT_SESSIONS: &str = "/v1/client/sessions";
/// POST: creates an account and signs it in.
pub const SIGN_UPS: &str = "/v1/client/sign_ups";
/// POST: starts a sign-in.
pub const SIGN_INS: &str = "/v1/client/sign_ins";
/// POST: creates a TOTP secret; DELETE: removes the authenticator app.
pub const TOTP: &str = "/v1/me/totp";
/// POST: verifies the first code of a created TOTP secret.
pub const TOTP_VERIFICATION: &str = "/v1/me/totp/attempt_verification";
/// POST: replaces the backup codes by a new set.
pub const BACKUP_CODES: &str = "/v1/me/backup_codes";
/// POST: replaces the password.
pub const CHANGE_PASSWORD: &str = "/v1/me/change_password";
/// GET: what happened to the account.
pub const ACTIVITY: &str = "/v1/me/activity";
/// Where the sessions of the user are ended, wherever they are.
pub const SESSIONS: &str = "/v1/me/sessions";
/// GET: where the user is signed in.
pub const ACTIVE_SESSIONS: &str = "/v1/me/sessions/active";
/// GET, PATCH: what administrators switch on and off.
pub const MULTI_FACTOR_SETTINGS: &str = "/v1/instance/multi_factor";
/// GET: the accounts, for administrators. Below it they are helped.
pub const MANAGED_USERS: &str = "/v1/instance/users";

/// The pages of the app. The server answers these with the app's shell, and all else that it does
/// not know with 404.
pub const APP_ROUTES: &[&str] = &[
    "/",
    "/sign-up",
    "/sign-in",
    "/account/manage-mfa",
    "/account/manage-mfa/add",
    "/account/activity",
    "/account/password",
    "/dashboard/multi-factor",
    "/dashboard/users",
    "/help",
];

/// Below this path is the dashboard, which is an app of its own.
pub const DASHBOARD: &str = "/dashboard";

/// Whether this is the path of a page of the dashboard, whichever there are.
pub fn is_of_dashboard(path: &str) -> bool {
    path.strip_prefix(DASHBOARD)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashboard_is_what_lies_below_its_path() {
        for path in [
            "/dashboard",
            "/dashboard/",
            "/dashboard/users",
            "/dashboard/x/y",
        ] {
            assert!(is_of_dashboard(path), "{path}");
        }
        for path in [
            "/",
            "/account/manage-mfa",
            "/dashboards",
            "/account/dashboard",
        ] {
            assert!(!is_of_dashboard(path), "{path}");
        }
        let pages = APP_ROUTES.iter().filter(|path| is_of_dashboard(path));
        assert_eq!(pages.count(), 2);
    }
}
