//! The three cookies: the client's token, the device's, and the note for scripts whether somebody is
//! signed in.

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use shared::Timestamp;

use crate::{
    config::Config,
    vault::{ClientToken, DeviceToken},
};

/// How long a browser remembers its token without a new sign-in.
const CLIENT_MAX_AGE: time::Duration = time::Duration::days(365);
/// Unix seconds of the last sign-in or sign-out; scripts read it. 0 when signed out.
const CLIENT_UAT: &str = "__client_uat";

/// The name of the client cookie. `__Host-` makes browsers insist on Secure, `Path=/` and no
/// `Domain`; over http, for developing on localhost, not every browser would keep such a cookie.
pub(crate) fn client_cookie_name(config: &Config) -> &'static str {
    if config.public_url.is_https() {
        "__Host-client"
    } else {
        "client"
    }
}

/// The name of the cookie by which an account knows a browser again, also after a sign-out.
fn device_cookie_name(config: &Config) -> &'static str {
    if config.public_url.is_https() {
        "__Host-device"
    } else {
        "device"
    }
}

/// The token that the browser shows, if it has the form of one.
pub(super) fn client_token(config: &Config, jar: &CookieJar) -> Option<ClientToken> {
    ClientToken::from_cookie(jar.get(client_cookie_name(config))?.value())
}

/// The device's token that the browser shows, if it has the form of one.
pub(super) fn device_token(config: &Config, jar: &CookieJar) -> Option<DeviceToken> {
    DeviceToken::from_cookie(jar.get(device_cookie_name(config))?.value())
}

/// Whether the headers have the client's cookie exactly once: browsers never send it twice.
pub(crate) fn has_one_client_cookie(config: &Config, headers: &HeaderMap) -> bool {
    let name = client_cookie_name(config);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter(|pair| pair.as_ref().is_ok_and(|pair| pair.name() == name))
        .count()
        == 1
}

/// Hands the browser its new token as a client.
pub(super) fn with_client_token(config: &Config, jar: CookieJar, token: &ClientToken) -> CookieJar {
    let mut cookie = cookie(
        config,
        client_cookie_name(config),
        token.as_str().to_owned(),
    );
    cookie.set_http_only(true);
    jar.add(cookie)
}

/// Hands the browser its new token as a device.
pub(super) fn with_device_token(config: &Config, jar: CookieJar, token: &DeviceToken) -> CookieJar {
    let mut cookie = cookie(
        config,
        device_cookie_name(config),
        token.as_str().to_owned(),
    );
    cookie.set_http_only(true);
    jar.add(cookie)
}

/// Tells scripts since when somebody is signed in, or that nobody is.
pub(super) fn with_signed_in_at(
    config: &Config,
    jar: CookieJar,
    at: Option<Timestamp>,
) -> CookieJar {
    let seconds = at.map_or(0, Timestamp::seconds);
    jar.add(cookie(config, CLIENT_UAT, seconds.to_string()))
}

fn cookie(config: &Config, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(config.public_url.is_https())
        .max_age(CLIENT_MAX_AGE)
        .build()
}
