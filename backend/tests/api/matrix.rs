//! Who may do what: every route of the server asked by everybody, as one table.
//!
//! The routes are those that the server describes, and the few that it does not: a route without a
//! row fails a test, and so does a row without a route. What services with a key may do is a table of
//! its own (`matrix/back_end.rs`).

use std::{collections::BTreeSet, fs, path::Path};

use axum::http::{Method, header};

use crate::{
    harness::{TestApp, on_both_databases},
    openapi,
};

mod back_end;
mod scene;

use scene::{Call, Scene, Who};

/// What a cell of the table says: the status, and the code of the error.
type Cell = (u16, &'static str);

const DONE: Cell = (200, "");
/// No session, and no client of ours either.
const NOBODY: Cell = (401, "authentication_invalid");
/// No session. This is all that the first factor alone is worth.
const NO_SESSION: Cell = (401, "signed_out");
/// A second factor has to be set up first.
const PENDING: Cell = (403, "session_pending");
/// The last check is too long ago for a change of factors.
const STALE: Cell = (403, "session_reverification_required");
const NOT_FOUND: Cell = (404, "resource_not_found");
/// A sign-in or sign-up in a browser that is signed in.
const SIGNED_IN: Cell = (400, "session_exists");
/// Admitted, and there is nothing left to set up.
const ENABLED: Cell = (400, "totp_already_enabled");
/// Admitted, and a code is not asked of somebody who has no second factor.
const NOT_ASKED: Cell = (400, "session_reverification_missing");

/// A row: what each of [`Who`] gets, where the call is as right as the owner could make it.
/// The owner is an administrator and has a second factor, unless it is the one still to be set up.
#[rustfmt::skip]
const TABLE: &[(&str, [Cell; 6])] = &[
    //                                                                 nobody      halfway     pending     stale       fresh       other
    ("GET /.well-known/jwks.json",                                    [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("GET /healthz",                                                  [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("GET /readyz",                                                   [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("GET /v1/openapi.json",                                          [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("GET /v1/environment",                                           [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("PATCH /v1/environment",                                         [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    // The calling browser: its own state, which may be that there is none.
    ("GET /v1/client",                                                [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("DELETE /v1/client",                                             [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("DELETE /v1/client/sessions",                                    [DONE,       DONE,       DONE,       DONE,       DONE,       DONE]),
    ("POST /v1/client/sign_ups",                                      [DONE,       DONE,       SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("GET /v1/client/sign_ups/{id}",                                  [NOT_FOUND,  DONE,       NOT_FOUND,  NOT_FOUND,  NOT_FOUND,  NOT_FOUND]),
    ("POST /v1/client/sign_ups/{id}/prepare_verification",            [NOT_FOUND,  DONE,       SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sign_ups/{id}/attempt_verification",            [NOT_FOUND,  DONE,       SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sign_ins",                                      [DONE,       DONE,       SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("GET /v1/client/sign_ins/{id}",                                  [NOT_FOUND,  DONE,       NOT_FOUND,  NOT_FOUND,  NOT_FOUND,  NOT_FOUND]),
    ("POST /v1/client/sign_ins/{id}/prepare_first_factor",            [NOT_FOUND,  NOT_FOUND,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sign_ins/{id}/reset_password",                  [NOT_FOUND,  NOT_FOUND,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sign_ins/{id}/attempt_first_factor",            [NOT_FOUND,  NOT_FOUND,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sign_ins/{id}/attempt_second_factor",           [NOT_FOUND,  DONE,       SIGNED_IN,  SIGNED_IN,  SIGNED_IN,  SIGNED_IN]),
    ("POST /v1/client/sessions/{id}/touch",                           [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/tokens",                          [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/remove",                          [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/end",                             [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/verify",                          [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/verify/attempt_first_factor",     [NOBODY,     NO_SESSION, DONE,       DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/client/sessions/{id}/verify/attempt_second_factor",    [NOBODY,     NO_SESSION, NOT_ASKED,  DONE,       DONE,       NOT_FOUND]),
    // The account.
    ("GET /v1/me",                                                    [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       DONE]),
    ("GET /v1/me/activity",                                           [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       DONE]),
    ("GET /v1/me/sessions/active",                                    [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       DONE]),
    ("POST /v1/me/sessions/{id}/revoke",                              [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       NOT_FOUND]),
    ("GET /v1/forward_auth",                                          [NOBODY,     NOBODY,     NOBODY,     DONE,       DONE,       DONE]),
    // Its factors.
    ("POST /v1/me/totp",                                              [NOBODY,     NO_SESSION, DONE,       STALE,      ENABLED,    ENABLED]),
    ("POST /v1/me/totp/attempt_verification",                         [NOBODY,     NO_SESSION, DONE,       STALE,      ENABLED,    ENABLED]),
    ("DELETE /v1/me/totp",                                            [NOBODY,     NO_SESSION, DONE,       STALE,      DONE,       DONE]),
    ("POST /v1/me/backup_codes",                                      [NOBODY,     NO_SESSION, PENDING,    STALE,      DONE,       DONE]),
    ("POST /v1/me/change_password",                                   [NOBODY,     NO_SESSION, PENDING,    STALE,      DONE,       DONE]),
    // Everyone's.
    ("GET /v1/instance/multi_factor",                                 [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       NOT_FOUND]),
    ("PATCH /v1/instance/multi_factor",                               [NOBODY,     NO_SESSION, PENDING,    STALE,      DONE,       NOT_FOUND]),
    // Of other accounts.
    ("GET /v1/instance/users",                                        [NOBODY,     NO_SESSION, PENDING,    DONE,       DONE,       NOT_FOUND]),
    ("POST /v1/instance/users/{id}/reset_mfa",                        [NOBODY,     NO_SESSION, PENDING,    STALE,      DONE,       NOT_FOUND]),
    ("POST /v1/instance/users/{id}/unlock",                           [NOBODY,     NO_SESSION, PENDING,    STALE,      DONE,       NOT_FOUND]),
];

/// Routes that the server has and does not describe, as the sources add them, and as they are
/// reached.
const UNDESCRIBED: [(&str, &str); 3] = [
    ("/healthz", "GET /healthz"),
    ("/openapi.json", "GET /v1/openapi.json"),
    ("/readyz", "GET /readyz"),
];

/// The paths of [`TABLE`], and the methods that each has.
fn paths() -> BTreeSet<&'static str> {
    TABLE
        .iter()
        .map(|(call, _)| call.split_once(' ').unwrap().1)
        .collect()
}

/// On an address of its own, which has nothing else: numbers, for whoever may reach it.
const OF_COLLECTORS: &str = "/metrics";

fn has(method: &str, path: &str) -> bool {
    let call = format!("{method} {path}");
    TABLE.iter().any(|(row, _)| *row == call)
}

/// What follows `.route(` and its like, over all sources of the server: each adds a route without
/// describing it.
fn added_without_description(folder: &Path, found: &mut Vec<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            added_without_description(&path, found);
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        for method in [".route(", ".route_service(", ".nest_service("] {
            let calls = source.split(method).skip(1);
            found.extend(calls.map(|call| {
                let path = call.split('"').nth(1).unwrap_or_default();
                path.to_owned()
            }));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_has_a_row_and_every_row_a_route() {
    let of_services = back_end::TABLE.iter().map(|(call, _)| *call);
    let all = TABLE.iter().map(|(call, _)| *call).chain(of_services);
    let rows: BTreeSet<_> = all.map(str::to_owned).collect();
    let number = TABLE.len() + back_end::TABLE.len();
    assert_eq!(rows.len(), number, "a row stands twice");
    let description = openapi::description().await;
    let described = openapi::operations(&description).map(|(name, _)| name);
    let undescribed = UNDESCRIBED.map(|(_, call)| call.to_owned());
    let routes: BTreeSet<_> = described.chain(undescribed).collect();
    assert_eq!(rows, routes);

    let mut added = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    added_without_description(&sources, &mut added);
    added.sort_unstable();
    let mut known = UNDESCRIBED.map(|(path, _)| path).to_vec();
    known.push(OF_COLLECTORS);
    known.sort_unstable();
    assert_eq!(added, known);
}

/// Makes every call of a column, the way it is written and the way of clients that only POST, and
/// tells what is not as the table says.
async fn must_be_as_in_the_table(app: TestApp, who: Who) {
    let app = scene::administered(app, who).await;
    let mut scene = Scene::of(&app, who).await;
    let mut wrong = Vec::new();
    for (row, cells) in TABLE {
        let call = Call::of(row);
        for call in [Some(call), call.as_post()].into_iter().flatten() {
            if scene.is_over() {
                scene = Scene::of(&app, who).await;
            }
            let expected = cells[who as usize];
            let reply = scene.make(call).await;
            let got = (
                reply.status.as_u16(),
                reply.error_code().unwrap_or_default(),
            );
            if got != (expected.0, expected.1.to_owned()) {
                wrong.push(format!("{call}: {got:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{who:?}:\n{}", wrong.join("\n"));
}

/// What methods there are, besides those that somebody makes up.
const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::TRACE,
    Method::CONNECT,
];

on_both_databases! {
    async fn nobody(app: TestApp) {
        must_be_as_in_the_table(app, Who::Nobody).await;
    }

    async fn the_first_factor_alone(app: TestApp) {
        must_be_as_in_the_table(app, Who::Halfway).await;
    }

    async fn a_pending_session(app: TestApp) {
        must_be_as_in_the_table(app, Who::Pending).await;
    }

    async fn a_stale_session(app: TestApp) {
        must_be_as_in_the_table(app, Who::Stale).await;
    }

    async fn a_fresh_session(app: TestApp) {
        must_be_as_in_the_table(app, Who::Fresh).await;
    }

    async fn another_user(app: TestApp) {
        must_be_as_in_the_table(app, Who::Other).await;
    }

    async fn a_method_that_a_route_does_not_have_is_refused_and_does_nothing(app: TestApp) {
        let app = scene::administered(app, Who::Fresh).await;
        let scene = Scene::of(&app, Who::Fresh).await;
        let before = scene.owners_account().await;
        for path in paths() {
            for method in METHODS {
                let asked = if method == Method::HEAD { "GET" } else { method.as_str() };
                if has(asked, path) {
                    continue;
                }
                let reply = scene.send(method.clone(), path, true).await;
                assert_eq!(reply.status.as_u16(), 405, "{method} {path}");
                if path.starts_with("/v1/") && method != Method::HEAD {
                    reply.must_be(405, "method_not_allowed");
                }
            }
        }
        assert_eq!(scene.owners_account().await, before);
    }

    async fn head_answers_as_get_does_and_shows_nothing(app: TestApp) {
        let app = scene::administered(app, Who::Nobody).await;
        for who in [Who::Nobody, Who::Fresh] {
            let scene = Scene::of(&app, who).await;
            for path in paths().into_iter().filter(|path| has("GET", path)) {
                let got = scene.send(Method::GET, path, true).await;
                let head = scene.send(Method::HEAD, path, true).await;
                assert_eq!(head.status, got.status, "{who:?} {path}");
                assert!(head.json.is_null(), "{who:?} {path}");
            }
        }
    }

    async fn options_tell_a_page_elsewhere_nothing_and_do_nothing(app: TestApp) {
        let app = scene::administered(app, Who::Fresh).await;
        let scene = Scene::of(&app, Who::Fresh).await;
        let before = scene.owners_account().await;
        for path in paths() {
            let reply = scene.send(Method::OPTIONS, path, true).await;
            assert!(reply.json["response"].is_null(), "{path}: {:#}", reply.json);
            assert!(reply.headers.get(header::SET_COOKIE).is_none(), "{path}");
            let allowed = reply.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert!(allowed.is_none(), "{path}");
        }
        assert_eq!(scene.owners_account().await, before);
    }

    async fn no_route_changes_anything_for_a_page_that_does_not_tell_its_origin(app: TestApp) {
        let app = scene::administered(app, Who::Fresh).await;
        let scene = Scene::of(&app, Who::Fresh).await;
        let before = scene.owners_account().await;
        for (row, _) in TABLE.iter().filter(|(row, _)| !row.starts_with("GET ")) {
            let call = Call::of(row);
            for call in [Some(call), call.as_post()].into_iter().flatten() {
                let reply = scene.send(call.method(), call.path, false).await;
                reply.must_be(403, "origin_invalid");
            }
        }
        assert_eq!(scene.owners_account().await, before);
    }

    /// Nor does one that stands for another method: only a POST may.
    async fn no_get_gives_a_secret_away_or_changes_anything(app: TestApp) {
        let app = scene::administered(app, Who::Fresh).await;
        let scene = Scene::of(&app, Who::Fresh).await;
        let before = scene.owners_account().await;
        for path in paths() {
            for query in ["", "?_method=DELETE", "?_method=PATCH", "?_method=POST"] {
                let reply = scene.send(Method::GET, &format!("{path}{query}"), true).await;
                if !has("GET", path) {
                    assert_eq!(reply.status.as_u16(), 405, "{path}{query}");
                }
                scene.must_not_show_secrets(&reply);
                assert!(reply.headers.get(header::SET_COOKIE).is_none(), "{path}{query}");
            }
        }
        assert_eq!(scene.owners_account().await, before);
    }
}
