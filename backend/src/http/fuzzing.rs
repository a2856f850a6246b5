//! Doors for `fuzz/` to what reads requests before any handler does. Nothing of the server goes
//! through here.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

use super::{client_ip::ClientIp, error::Failure, form::Form, form::Query};
use crate::config::TrustedProxies;

/// The fields of a form body, or the reply of a handler that takes one.
pub async fn form<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    let read = Form::from_request(request, &()).await;
    read.map(|Form(fields)| fields).map_err(reply)
}

/// The parameters of the query, or the reply of a handler that takes some.
pub async fn query<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    let (mut parts, _) = request.into_parts();
    let read = Query::from_request_parts(&mut parts, &()).await;
    read.map(|Query(parameters)| parameters).map_err(reply)
}

/// The failure with its body, which `trace.rs` writes.
fn reply(failure: Failure) -> Response {
    let mut response = failure.into_response();
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure.render(response, "trace"),
        None => response,
    }
}

/// The request as routing sees it.
pub fn rewritten(request: Request) -> Request {
    super::rewrite::rewrite(request)
}

/// Where a request of these headers comes from, whose connection `peer` opened.
pub fn client_address(
    headers: HeaderMap,
    peer: SocketAddr,
    trusted: &TrustedProxies,
) -> Option<IpAddr> {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.headers = headers;
    parts.extensions.insert(ConnectInfo(peer));
    ClientIp::of(&parts, trusted).address()
}
