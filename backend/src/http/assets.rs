//! The apps: the files that Trunk built, embedded and precompressed.

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use shared::{ErrorCode, paths};

use super::error::Failure;

/// In a release the files are in the program; else they are read from the folder.
#[derive(RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

/// The page of the app that everybody uses, and that of the dashboard.
const SHELL: &str = "index.html";
const DASHBOARD: &str = "dashboard.html";
/// Compressed twins that the build leaves beside a file, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];
/// Trunk puts 16 hexadecimal digits of a file's hash into its name.
const HASH_DIGITS: usize = 16;

/// A file of an app; an app's shell for its pages; and the shell with 404 for everything else, where
/// the app says that there is no such page.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Failure::from(ErrorCode::MethodNotAllowed).into_response();
    }
    let path = uri.path();
    let name = path.trim_start_matches('/');
    let is_twin = ENCODINGS.iter().any(|(_, suffix)| name.ends_with(suffix));
    if ![SHELL, DASHBOARD].contains(&name)
        && !is_twin
        && let Some(file) = Dist::get(name)
    {
        return respond(StatusCode::OK, name, file, &headers);
    }
    let status = if paths::APP_ROUTES.contains(&path) {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let shell = if paths::is_of_dashboard(path) {
        DASHBOARD
    } else {
        SHELL
    };
    match Dist::get(shell) {
        Some(file) => respond(status, shell, file, &headers),
        None => (
            StatusCode::NOT_FOUND,
            "The app is not in this build of the server. `make build` puts it there.\n",
        )
            .into_response(),
    }
}

fn respond(status: StatusCode, name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = etag(&file);
    let cache_control = if is_hashed(name) {
        HeaderValue::from_static("public, max-age=31536000, immutable")
    } else {
        HeaderValue::from_static("no-cache")
    };
    let unchanged = status == StatusCode::OK
        && headers
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| *known == etag);
    let mime = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let (encoding, data) = if unchanged {
        (None, Cow::Borrowed(&[][..]))
    } else {
        encoded(name, file, headers)
    };
    let mut response = Response::new(match data {
        Cow::Borrowed(data) => Body::from(data),
        Cow::Owned(data) => Body::from(data),
    });
    *response.status_mut() = if unchanged {
        StatusCode::NOT_MODIFIED
    } else {
        status
    };
    let reply = response.headers_mut();
    reply.insert(header::CACHE_CONTROL, cache_control);
    reply.insert(header::ETAG, etag);
    reply.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !unchanged {
        reply.insert(header::CONTENT_TYPE, mime);
    }
    if let Some(encoding) = encoding {
        reply.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The best twin that the browser takes, or the file itself.
fn encoded(
    name: &str,
    file: EmbeddedFile,
    headers: &HeaderMap,
) -> (Option<&'static str>, Cow<'static, [u8]>) {
    ENCODINGS
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, suffix)| {
            Dist::get(&format!("{name}{suffix}")).map(|twin| (Some(encoding), twin.data))
        })
        .unwrap_or((None, file.data))
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let (name, weight) = offer.split_once(';').unwrap_or((offer, "q=1"));
            let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
}

/// A weak tag, since the compressed twins share it.
fn etag(file: &EmbeddedFile) -> HeaderValue {
    use std::fmt::Write;

    let mut tag = String::from("W/\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Whether the name changes with the content.
fn is_hashed(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem.split(['-', '_'])
        .any(|part| part.len() == HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_change_with_the_content_are_kept_for_ever() {
        for name in ["app-0123456789abcdef.js", "app-0123456789abcdef_bg.wasm"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in [
            "index.html",
            "favicon.svg",
            "app-0123456789abcde.js",
            "init.js",
        ] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn an_encoding_is_used_only_where_the_browser_takes_it() {
        let accepting = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&accepting("gzip, deflate, br, zstd"), "br"));
        assert!(accepts(&accepting("br;q=0.5"), "br"));
        assert!(!accepts(&accepting("gzip, br;q=0"), "br"));
        assert!(!accepts(&accepting("gzip, brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
