//! A sealed secret opens in its own row, whole and unchanged, and nothing else ever opens.

use std::sync::{Arc, LazyLock};

use shared::{Timestamp, totp};
use twofold::{
    ids::{TotpId, UserId},
    random::Random,
    store::TotpRecord,
    vault::{Keyring, Vault},
};

/// Random bytes that are the same in every run.
struct Constant;

impl Random for Constant {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

static VAULT: LazyLock<Vault> = LazyLock::new(|| {
    let keyring = Keyring::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    Vault::new(keyring.expect("a key"), Arc::new(Constant))
});

/// See the module's words. The secret comes first, then how it is changed, then what is no envelope.
pub fn holds(input: &[u8]) {
    let Some((secret, rest)) = input.split_first_chunk::<{ totp::SECRET_BYTES }>() else {
        return;
    };
    let Some((&[position, change], other)) = rest.split_first_chunk() else {
        return;
    };
    let secret = totp::Secret::new(*secret);
    let (user, id) = ("user_1", "totp_1");
    let envelope = VAULT.seal_totp_secret(&secret, &user.to_owned().into(), &id.to_owned().into());
    assert_eq!(opened(user, id, &envelope), Some(secret));

    let position = usize::from(position) % envelope.len();
    let mut changed = envelope.clone();
    changed[position] ^= change.max(1);
    assert_eq!(opened(user, id, &changed), None, "byte {position}");
    assert_eq!(
        opened(user, id, &envelope[..position]),
        None,
        "cut to {position}"
    );

    assert_eq!(opened("user_2", id, &envelope), None);
    assert_eq!(opened(user, "totp_2", &envelope), None);
    // The same letters, divided in another way.
    assert_eq!(opened("user_1t", "otp_1", &envelope), None);

    // With the tag of a real one before it, too.
    for foreign in [other.to_vec(), [&envelope[..position], other].concat()] {
        if foreign != envelope {
            assert_eq!(opened(user, id, &foreign), None);
        }
    }
}

/// What the envelope opens to in that row. What does not open is never sealed anew, and what does is
/// the same afterwards.
fn opened(user: &str, id: &str, envelope: &[u8]) -> Option<totp::Secret> {
    let mut record = row(user, id, envelope);
    let opened = VAULT.open_totp_secret(&record).ok();
    match VAULT.reseal_totp_secret(&record) {
        Ok(resealed) => {
            record.sealed_secret = resealed;
            assert_eq!(VAULT.open_totp_secret(&record).ok(), opened);
        }
        Err(_) => assert_eq!(opened, None),
    }
    opened
}

fn row(user: &str, id: &str, envelope: &[u8]) -> TotpRecord {
    let at = Timestamp::from_seconds(0);
    TotpRecord {
        id: TotpId::from(id.to_owned()),
        user_id: UserId::from(user.to_owned()),
        sealed_secret: envelope.to_vec(),
        verified_at: None,
        last_step: None,
        last_used_at: None,
        created_at: at,
        updated_at: at,
    }
}
