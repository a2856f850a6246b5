//! Everything that follows from the number of a user.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::{
    OtpCode, Timestamp,
    totp::{PERIOD_SECONDS, Secret, Step, matched_step},
};
use totp_rs::Builder;
use twofold::{
    ids::UserId,
    store::TokenHash,
    vault::{ClientToken, DeviceToken},
};

use crate::Outcome;

/// What a user is there for: what one measurement uses up, another does not need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Has a sign-in that waits for a code, for wrong ones.
    Guessed,
    /// Has a sign-in that waits for a code, for the right one.
    Waiting,
    /// Signs in from the beginning.
    SignsIn,
    /// Is signed in and has no authenticator app yet.
    Enrols,
}

/// Half of the users wait for a code: each of them can be right once.
const ROLES: [Role; 10] = [
    Role::Waiting,
    Role::Guessed,
    Role::Waiting,
    Role::SignsIn,
    Role::Waiting,
    Role::Guessed,
    Role::Waiting,
    Role::Enrols,
    Role::Waiting,
    Role::Guessed,
];

/// A user by number.
#[derive(Clone, Copy, Debug)]
pub struct Person(u64);

impl Person {
    /// The user of that number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The `n`th user of a role, beginning anew where a population of `users` has no more of them.
    pub fn of_role(role: Role, n: u64, users: u64) -> Self {
        let places = (0..).zip(ROLES).filter(|(_, other)| *other == role);
        let places: Vec<u64> = places.map(|(place, _)| place).collect();
        let (in_ten, all) = (places.len() as u64, Self::count(role, users));
        let n = n % all.max(1);
        let place = usize::try_from(n % in_ten).ok().and_then(|n| places.get(n));
        Self(n / in_ten * ROLES.len() as u64 + place.copied().unwrap_or_default())
    }

    /// How many of a role there are among so many users, a multiple of ten.
    pub fn count(role: Role, users: u64) -> u64 {
        let in_ten = ROLES.iter().filter(|other| **other == role).count() as u64;
        users / ROLES.len() as u64 * in_ten
    }

    /// What the user is there for.
    pub fn role(self) -> Role {
        let place = usize::try_from(self.0 % ROLES.len() as u64).unwrap_or_default();
        ROLES[place]
    }

    /// The e-mail address.
    pub fn email(self) -> String {
        format!("user-{}@example.com", self.0)
    }

    /// The user's id.
    pub fn id(self) -> String {
        self.id_of(UserId::PREFIX, "user")
    }

    /// The id of `what` belongs to the user.
    pub(super) fn id_of(self, prefix: &str, what: &str) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let digest = self.digest(what);
        let chars = digest
            .iter()
            .take(26)
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        prefix.chars().chain(chars).collect()
    }

    /// The secret of the authenticator app.
    pub fn secret(self) -> Secret {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&self.digest("secret")[..20]);
        Secret::new(bytes)
    }

    /// The code that the authenticator app shows.
    pub fn right_code(self, now: Timestamp) -> String {
        code_of(&self.secret(), now)
    }

    /// A code that it shows neither now nor a step before or after.
    pub fn wrong_code(self, now: Timestamp) -> Outcome<&'static str> {
        let secret = self.secret();
        for code in ["314159", "271828", "161803", "141421"] {
            if matched_step(&secret, &code.parse::<OtpCode>()?, now).is_none() {
                return Ok(code);
            }
        }
        Err("four right codes at once".into())
    }

    /// The cookie of the browser that is signed in.
    pub fn cookie(self) -> String {
        format!("client={}", self.token("browser"))
    }

    /// The cookies of a browser that the account knows, whose sign-in waits for a code.
    pub fn waiting_cookies(self) -> String {
        format!(
            "client={}; {}",
            self.token("waiting browser"),
            self.device_cookie()
        )
    }

    /// The cookie by which the account knows a browser where nobody is signed in.
    pub fn device_cookie(self) -> String {
        format!("device={}", self.token("device"))
    }

    /// The sign-in that waits for a code.
    pub fn sign_in(self) -> String {
        self.id_of(twofold::ids::SignInId::PREFIX, "sign-in")
    }

    pub(super) fn browser_hash(self) -> Option<TokenHash> {
        Some(ClientToken::from_cookie(&self.token("browser"))?.hash())
    }

    pub(super) fn waiting_browser_hash(self) -> Option<TokenHash> {
        Some(ClientToken::from_cookie(&self.token("waiting browser"))?.hash())
    }

    pub(super) fn device_hash(self) -> Option<TokenHash> {
        Some(DeviceToken::from_cookie(&self.token("device"))?.hash())
    }

    fn token(self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.digest(what))
    }

    fn digest(self, what: &str) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.0.to_be_bytes());
        digest.update(what);
        digest.finalize().into()
    }
}

/// The code of a secret at a time.
fn code_of(secret: &Secret, now: Timestamp) -> String {
    code(totp_rs::Secret::new(secret.as_bytes().into()), now)
}

/// The code of a secret in base32 at a time.
pub fn code_of_base32(secret: &str, now: Timestamp) -> Outcome<String> {
    Ok(code(totp_rs::Secret::try_from_base32(secret)?, now))
}

fn code(secret: totp_rs::Secret, now: Timestamp) -> String {
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(Step::at(now).0 * PERIOD_SECONDS).to_string()
}
