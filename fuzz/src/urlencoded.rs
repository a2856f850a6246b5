//! `application/x-www-form-urlencoded` read anew, by the words of the URL standard (§5.1).

use axum::{body::to_bytes, http::StatusCode, response::Response};

/// The names and values of `input`, in their order.
pub fn pairs(input: &[u8]) -> Vec<(String, String)> {
    input
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = match end {
                Some(end) => (&pair[..end], &pair[end + 1..]),
                None => (pair, &[][..]),
            };
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let escaped = match text[at..] {
            [b'%', high, low, ..] => hex(high).zip(hex(low)),
            _ => None,
        };
        match (text[at], escaped) {
            (_, Some((high, low))) => {
                bytes.push(high * 16 + low);
                at += 3;
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Fields as the handlers read them.
#[derive(serde::Deserialize)]
pub struct Fields {
    identifier: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

/// Holds what was read to what `input` says: each field once, or the error for a field given twice.
pub fn compare(input: &[u8], read: Result<Fields, Response>) {
    let pairs = pairs(input);
    let given = |wanted: &str| -> Vec<&str> {
        let named = pairs.iter().filter(|(name, _)| name == wanted);
        named.map(|(_, value)| value.as_str()).collect()
    };
    let (identifiers, codes) = (given("identifier"), given("code"));
    match read {
        Ok(fields) => {
            assert_eq!(identifiers, Vec::from_iter(fields.identifier.as_deref()));
            assert_eq!(codes, Vec::from_iter(fields.code.as_deref()));
        }
        Err(reply) => {
            assert!(
                identifiers.len() > 1 || codes.len() > 1,
                "refused: {pairs:?}"
            );
            is_error(
                reply,
                StatusCode::UNPROCESSABLE_ENTITY,
                "form_param_format_invalid",
            );
        }
    }
}

/// Holds a reply to the form that every error has.
pub fn is_error(reply: Response, status: StatusCode, code: &str) {
    assert_eq!(reply.status(), status);
    let body = super::wait(to_bytes(reply.into_body(), 16 * 1024)).expect("an error is short");
    let body: serde_json::Value = serde_json::from_slice(&body).expect("an error is JSON");
    assert_eq!(body["errors"][0]["code"], code);
    assert!(body["errors"][0]["message"].is_string());
}
