//! What the rules cost that server and app share, one call each.

use std::hint::black_box;

use criterion::Criterion;
use twofold_shared::{
    BackupCode, OtpCode, Timestamp, UserAgent,
    totp::{Secret, matched_step, otpauth_uri},
};

/// RFC 6238 appendix B: the last six digits of this secret's code at 59 s.
const SECRET: Secret = Secret::new(*b"12345678901234567890");
const RIGHT: &str = "287082";
const WRONG: &str = "287083";
const NOW: Timestamp = Timestamp::from_seconds(59);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

fn totp(criterion: &mut Criterion) {
    for (name, digits) in [("right code", RIGHT), ("wrong code", WRONG)] {
        let Ok(code) = digits.parse::<OtpCode>() else {
            continue;
        };
        criterion.bench_function(&format!("matched_step, {name}"), |bencher| {
            bencher.iter(|| matched_step(&SECRET, black_box(&code), NOW));
        });
    }
    criterion.bench_function("otpauth_uri", |bencher| {
        bencher.iter(|| otpauth_uri("Twofold", black_box("ann.example@example.com"), &SECRET));
    });
}

fn codes(criterion: &mut Criterion) {
    for (name, typed) in [("plain", RIGHT), ("as people type it", " ２８７ – 082")] {
        criterion.bench_function(&format!("OtpCode::from_str, {name}"), |bencher| {
            bencher.iter(|| black_box(typed).parse::<OtpCode>());
        });
    }
    for (name, typed) in [
        ("as it is shown", "abcde-fgh23"),
        ("as people type it", " ABCDE fgh２3"),
    ] {
        criterion.bench_function(&format!("BackupCode::from_str, {name}"), |bencher| {
            bencher.iter(|| black_box(typed).parse::<BackupCode>());
        });
    }
    criterion.bench_function("BackupCode::generate", |bencher| {
        let mut next = 0_u8;
        bencher.iter(|| {
            BackupCode::generate(|bytes| {
                for byte in bytes {
                    next = next.wrapping_mul(77).wrapping_add(41);
                    *byte = next;
                }
            })
        });
    });
}

fn user_agents(criterion: &mut Criterion) {
    criterion.bench_function("UserAgent::of", |bencher| {
        bencher.iter(|| UserAgent::of(black_box(FIREFOX)));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    totp(&mut criterion);
    codes(&mut criterion);
    user_agents(&mut criterion);
    criterion.final_summary();
}
