//! The pages. Each reads what it needs from the session and sends what people do through `api`;
//! none knows of another.

pub(crate) mod activity;
pub(crate) mod add_totp;
pub(crate) mod dashboard;
pub(crate) mod help;
pub(crate) mod manage_mfa;
pub(crate) mod must_sign_in;
pub(crate) mod not_found;
pub(crate) mod password;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod unavailable;
