//! What some clients do to method and path, undone before routing.

use axum::http::{Method, Request, Uri, uri::PathAndQuery};
use shared::paths;
use url::form_urlencoded;

/// Honours `_method` on POST, for clients that only send GET and POST, and drops one trailing
/// slash below `/v1`.
pub(super) fn rewrite<B>(mut request: Request<B>) -> Request<B> {
    if request.method() == Method::POST
        && let Some(method) = method_override(request.uri())
    {
        *request.method_mut() = method;
    }
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn method_override(uri: &Uri) -> Option<Method> {
    let (_, method) =
        form_urlencoded::parse(uri.query()?.as_bytes()).find(|(name, _)| name == "_method")?;
    match method.to_ascii_uppercase().as_str() {
        "DELETE" => Some(Method::DELETE),
        "PATCH" => Some(Method::PATCH),
        _ => None,
    }
}

fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/')?;
    let below_base = path.strip_prefix(paths::BASE)?;
    if !below_base.is_empty() && !below_base.starts_with('/') {
        return None;
    }
    let path_and_query: PathAndQuery = match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok()?,
        None => path.parse().ok()?,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(method: Method, uri: &str) -> (Method, String) {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let request = rewrite(request);
        (request.method().clone(), request.uri().to_string())
    }

    #[test]
    fn a_post_may_stand_for_another_method() {
        for (uri, method) in [
            ("/v1/me/totp?_method=DELETE", Method::DELETE),
            ("/v1/me/totp?a=b&_method=patch", Method::PATCH),
            ("/v1/me/totp?_method=GET", Method::POST),
            ("/v1/me/totp", Method::POST),
        ] {
            assert_eq!(rewritten(Method::POST, uri), (method, uri.to_owned()));
        }
        let uri = "/v1/me/totp?_method=DELETE";
        assert_eq!(
            rewritten(Method::GET, uri).0,
            Method::GET,
            "a GET changes nothing"
        );
    }

    #[test]
    fn one_trailing_slash_of_the_api_is_dropped() {
        for (uri, expected) in [
            ("/v1/me/backup_codes/", "/v1/me/backup_codes"),
            ("/v1/me/backup_codes/?a=b", "/v1/me/backup_codes?a=b"),
            ("/v1/me//", "/v1/me/"),
            ("/v1/", "/v1"),
            ("/v10/", "/v10/"),
            ("/sign-in/", "/sign-in/"),
            ("/", "/"),
        ] {
            assert_eq!(rewritten(Method::POST, uri).1, expected);
        }
    }
}
