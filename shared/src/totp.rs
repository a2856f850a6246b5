//! Time-based one-time passwords as Twofold uses them: RFC 6238 with HMAC-SHA1, six digits and
//! steps of 30 seconds, since that is what every authenticator app does.

use core::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{code::OtpCode, time::Timestamp};

/// Digits of a code.
pub const DIGITS: usize = 6;
/// Length of a time step in seconds (RFC 6238 §5.2).
pub const PERIOD_SECONDS: u64 = 30;
/// How many steps before and after the current one are accepted. One step each way is what
/// RFC 6238 §5.2 recommends; ASVS 5.0 §6.5.5 wants none.
pub const WINDOW_STEPS: u64 = 1;
/// Length of a secret in bytes: the 160 bits of RFC 4226 §4 R6.
pub const SECRET_BYTES: usize = 20;
/// Shortest secret that may come from another system: the 128 bits of RFC 4226 §4 R6.
pub const SHORTEST_SECRET: usize = 16;
/// Longest one: a block of the hash, beyond which HMAC gains nothing (RFC 2104 §3).
pub const LONGEST_SECRET: usize = 64;

/// The number of a time step: whole periods since the epoch (the `T` of RFC 6238 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Step(pub u64);

impl Step {
    /// The step that `now` lies in.
    pub const fn at(now: Timestamp) -> Self {
        Self(now.seconds() / PERIOD_SECONDS)
    }
}

/// The secret that a user's authenticator app and the server share. `Debug` shows nothing of it,
/// and its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    /// Zero behind the secret.
    bytes: [u8; LONGEST_SECRET],
    length: usize,
}

/// A text or a number of bytes that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is 16 to 64 bytes, in base32")]
pub struct NoSecret;

impl Secret {
    /// A secret of these bytes, which must be uniformly random.
    pub const fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        let mut secret = Self {
            bytes: [0; LONGEST_SECRET],
            length: SECRET_BYTES,
        };
        let (kept, _) = secret.bytes.split_at_mut(SECRET_BYTES);
        kept.copy_from_slice(&bytes);
        secret
    }

    /// A secret that another system made, of [`SHORTEST_SECRET`] to [`LONGEST_SECRET`] bytes.
    pub fn imported(bytes: &[u8]) -> Result<Self, NoSecret> {
        let length = bytes.len();
        if !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&length) {
            return Err(NoSecret);
        }
        let mut secret = Self {
            bytes: [0; LONGEST_SECRET],
            length,
        };
        secret.bytes[..length].copy_from_slice(bytes);
        Ok(secret)
    }

    /// The same in base32 (RFC 4648 §6) as people write it: in lower case too, in groups, with
    /// padding or without.
    pub fn from_base32(text: &str) -> Result<Self, NoSecret> {
        let text: zeroize::Zeroizing<String> = text
            .trim_end_matches('=')
            .chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .map(|character| character.to_ascii_uppercase())
            .collect::<String>()
            .into();
        let secret = totp_rs::Secret::try_from_base32(text.as_str()).map_err(|_| NoSecret)?;
        Self::imported(secret.as_bytes())
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The secret as people type it into an app: base32 (RFC 4648 §6) without padding.
    pub fn to_base32(&self) -> String {
        totp_rs::Secret::new(self.as_bytes().into()).to_base32()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The step whose code `code` is, if it is the current one or at most [`WINDOW_STEPS`] away from
/// it; the newest where several steps happen to share that code.
///
/// Whether that step may still be used is another question, which the caller has to ask: a step is
/// accepted once (RFC 6238 §5.2). Codes are compared in constant time.
pub fn matched_step(secret: &Secret, code: &OtpCode, now: Timestamp) -> Option<Step> {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(PERIOD_SECONDS)
        .with_skew(0)
        .with_secret(totp_rs::Secret::new(secret.as_bytes().into()))
        .build_noncompliant();
    let Step(current) = Step::at(now);
    let window = current.saturating_sub(WINDOW_STEPS)..=current + WINDOW_STEPS;
    window
        .rev()
        .find(|step| totp.check(code.as_str(), step * PERIOD_SECONDS).is_some())
        .map(Step)
}

/// The key URI that authenticator apps read from a QR code or a link (the "Key URI Format").
///
/// Issuer and account are percent-encoded, a space as `%20`; colons, which the format keeps for
/// itself, are left out. The issuer stands in the label and as a parameter.
pub fn otpauth_uri(issuer: &str, account: &str, secret: &Secret) -> String {
    let issuer = uri_part(issuer);
    let account = uri_part(account);
    let secret = secret.to_base32();
    format!(
        "otpauth://totp/{issuer}:{account}?algorithm=SHA1&digits={DIGITS}&issuer={issuer}\
         &period={PERIOD_SECONDS}&secret={secret}"
    )
}

/// The unreserved characters of RFC 3986 §2.3 stay as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn uri_part(text: &str) -> String {
    utf8_percent_encode(&text.replace(':', ""), RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The secret of the test vectors of RFC 4226 appendix D and RFC 6238 appendix B.
    const RFC_SECRET: Secret = Secret::new(*b"12345678901234567890");

    #[test]
    fn a_secret_of_another_system_is_read_as_people_write_it() {
        let written = [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ",
        ];
        for text in written {
            assert_eq!(Secret::from_base32(text), Ok(RFC_SECRET), "{text}");
        }
        let padded = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY======").unwrap();
        assert_eq!(padded.as_bytes(), b"1234567890123456");
        assert_eq!(padded.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY");
    }

    #[test]
    fn what_is_too_short_or_too_long_or_no_base32_is_no_secret() {
        for text in [
            "",
            "GEZDGNBVGY3TQOJQ",
            "GEZDGNBVGY3TQOJQGEZDGNBV0Y3TQOJQ",
            "geheim!",
        ] {
            assert_eq!(Secret::from_base32(text), Err(NoSecret), "{text}");
        }
        for (length, is_one) in [(15, false), (16, true), (32, true), (64, true), (65, false)] {
            assert_eq!(
                Secret::imported(&vec![7; length]).is_ok(),
                is_one,
                "{length}"
            );
        }
    }

    fn code(digits: &str) -> OtpCode {
        digits.parse().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(i64::try_from(seconds).unwrap())
    }

    /// The code of a step, computed without the code under test.
    fn code_of(secret: &Secret, step: u64) -> OtpCode {
        let token = Builder::new()
            .with_secret(totp_rs::Secret::new(secret.as_bytes().into()))
            .build_noncompliant()
            .generate(step * PERIOD_SECONDS);
        code(&token.to_string())
    }

    #[test]
    fn rfc_4226_appendix_d_vectors_pass() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, digits) in (0u64..).zip(codes) {
            assert_eq!(
                matched_step(&RFC_SECRET, &code(digits), at(step * PERIOD_SECONDS)),
                Some(Step(step)),
            );
        }
    }

    #[test]
    fn rfc_6238_appendix_b_vectors_pass() {
        // The appendix prints eight digits; six are the last six of them (RFC 4226 §5.3).
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(
                matched_step(&RFC_SECRET, &code(digits), at(seconds)),
                Some(Step(seconds / 30)),
                "{digits} at {seconds}",
            );
        }
    }

    #[test]
    fn of_two_steps_with_one_code_the_newest_is_matched() {
        // Steps 153567 and 153569 of this secret happen to share a code, both in the window of
        // 153568: the newest uses up the older with it, so that the code is not accepted twice.
        assert_eq!(
            matched_step(&RFC_SECRET, &code("468457"), at(153_568 * PERIOD_SECONDS)),
            Some(Step(153_569)),
        );
    }

    #[test]
    fn the_uri_names_issuer_twice_and_every_parameter() {
        assert_eq!(
            otpauth_uri("Ex: ample & Söhne", "ann+a@example.com", &RFC_SECRET),
            "otpauth://totp/Ex%20ample%20%26%20S%C3%B6hne:ann%2Ba%40example.com?algorithm=SHA1\
             &digits=6&issuer=Ex%20ample%20%26%20S%C3%B6hne&period=30\
             &secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        );
    }

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        assert_eq!(format!("{RFC_SECRET:?}"), "Secret(…)");
    }

    proptest! {
        #[test]
        fn the_window_is_one_step_each_way_and_no_more(
            bytes in any::<[u8; SECRET_BYTES]>(),
            step in 2u64..10_000_000_000,
            offset in 0u64..PERIOD_SECONDS,
            distance in -3i64..=3,
        ) {
            let secret = Secret::new(bytes);
            let now = at(step * PERIOD_SECONDS + offset);
            let other = step.checked_add_signed(distance).unwrap();
            let wanted = code_of(&secret, other);
            let twin_in_window =
                (step - 1..=step + 1).rev().find(|near| code_of(&secret, *near) == wanted);
            prop_assert_eq!(
                matched_step(&secret, &wanted, now).map(|Step(found)| found),
                twin_in_window,
            );
            if distance.abs() <= 1 {
                prop_assert!(twin_in_window.is_some());
            }
        }

        #[test]
        fn a_uri_has_no_colon_but_its_own_and_no_raw_space(issuer in "\\PC{0,20}", account in "\\PC{0,20}") {
            let uri = otpauth_uri(&issuer, &account, &RFC_SECRET);
            let label = uri.strip_prefix("otpauth://totp/").unwrap().split('?').next().unwrap();
            prop_assert_eq!(label.matches(':').count(), 1);
            prop_assert!(uri.is_ascii() && !uri.contains(' ') && !uri.contains('+'));
        }
    }
}
