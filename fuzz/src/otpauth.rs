//! The key URI says to two other readers what it was made of: issuer, account and secret.

use shared::totp;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use url::Url;

/// See the module's words. The secret comes first; the next line is the issuer, the rest the account.
pub fn holds(input: &[u8]) {
    let Some((secret, names)) = input.split_first_chunk::<{ totp::SECRET_BYTES }>() else {
        return;
    };
    let names = String::from_utf8_lossy(names);
    let (issuer, account) = names.split_once('\n').unwrap_or((&names, ""));
    let uri = totp::otpauth_uri(issuer, account, &totp::Secret::new(*secret));
    assert!(uri.is_ascii());
    // The format keeps colons for itself.
    let (issuer, account) = (issuer.replace(':', ""), account.replace(':', ""));

    let read = Totp::from_url(&uri).expect("a key URI");
    let meant = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::new_stack(*secret))
        .with_issuer(Some(&*issuer))
        .with_account_name(&*account);
    assert_eq!(read, meant.build().expect("what the URI was made of"));

    let url: Url = uri.parse().expect("a URI");
    assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
    assert_eq!(url.fragment(), None);
    let parameters: Vec<_> = url.query_pairs().into_owned().collect();
    let base32 = Secret::new_stack(*secret).to_base32();
    let expected = [
        ("algorithm", "SHA1"),
        ("digits", "6"),
        ("issuer", &issuer),
        ("period", "30"),
        ("secret", &base32),
    ];
    assert_eq!(
        parameters,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}
