//! A form body gives its fields as another reader reads them, or a well-formed error.

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header},
};
use twofold::http::fuzzing;

use super::urlencoded::{Fields, compare, is_error};

/// See the module's words. The first byte chooses the content type.
pub fn holds(input: &[u8]) {
    let Some((kind, body)) = input.split_first() else {
        return;
    };
    let content_type = match kind {
        b'j' => "application/json",
        b'c' => "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
        _ => "application/x-www-form-urlencoded",
    };
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body.to_vec()))
        .expect("a request");
    let read = super::wait(fuzzing::form::<Fields>(request));
    if *kind == b'j' && !body.is_empty() {
        let reply = read.err().expect("no form is read from JSON");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        is_error(reply, status, "unsupported_content_type");
    } else {
        compare(body, read);
    }
}
