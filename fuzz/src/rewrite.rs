//! `_method` makes a POST a DELETE or PATCH and nothing else, and below `/v1` one trailing slash
//! goes; all else of a request stays as it is.

use axum::{
    body::Body,
    extract::Request,
    http::{Method, Uri},
};
use twofold::http::fuzzing;

use super::urlencoded::pairs;

/// See the module's words. The first byte chooses the method, the rest is the URI.
pub fn holds(input: &[u8]) {
    let Some((first, uri)) = input.split_first() else {
        return;
    };
    let method = match first {
        b'G' => Method::GET,
        b'D' => Method::DELETE,
        b'O' => Method::OPTIONS,
        _ => Method::POST,
    };
    let Ok(uri) = Uri::try_from(uri) else {
        return;
    };
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri.clone();
    let rewritten = fuzzing::rewritten(request);
    assert_eq!(*rewritten.method(), expected_method(&method, &uri), "{uri}");
    assert_eq!(rewritten.uri().path(), expected_path(uri.path()), "{uri}");
    assert_eq!(rewritten.uri().query(), uri.query());
    assert_eq!(rewritten.uri().authority(), uri.authority());
    assert_eq!(rewritten.uri().scheme(), uri.scheme());
}

fn expected_method(method: &Method, uri: &Uri) -> Method {
    let asked = pairs(uri.query().unwrap_or_default().as_bytes())
        .into_iter()
        .find(|(name, _)| name == "_method")
        .map(|(_, value)| value.to_ascii_lowercase());
    match (method, asked.as_deref()) {
        (&Method::POST, Some("delete")) => Method::DELETE,
        (&Method::POST, Some("patch")) => Method::PATCH,
        _ => method.clone(),
    }
}

fn expected_path(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', b'v', b'1', b'/'] | [b'/', b'v', b'1', b'/', .., b'/'] => &path[..path.len() - 1],
        _ => path,
    }
}
