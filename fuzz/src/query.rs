//! A query gives its parameters as another reader reads them, or a well-formed error.

use axum::{body::Body, extract::Request};
use twofold::http::fuzzing;

use super::urlencoded::{Fields, compare};

/// See the module's words. What is no URI never gets so far.
pub fn holds(input: &[u8]) {
    let uri = [b"/v1/client?", input].concat();
    let Ok(request) = Request::get(uri.as_slice()).body(Body::empty()) else {
        return;
    };
    let query = request
        .uri()
        .query()
        .unwrap_or_default()
        .as_bytes()
        .to_vec();
    compare(&query, super::wait(fuzzing::query::<Fields>(request)));
}
