//! What other systems have made of passwords and backup codes.
//!
//! Whatever is taken in is bounded in what it costs to check: its owner decides nothing about our
//! processors.

use argon2::{Params, password_hash::phc::PasswordHash};
use bcrypt::HashParts;
use secrecy::{ExposeSecret, SecretString};
use shared::ImportedBackupCode;

/// Most backup codes of a set that is taken in.
pub(super) const MOST_CODES: usize = 20;
/// Dearest bcrypt of a password: 2¹³ rounds are half a second.
const PASSWORD_COSTS: std::ops::RangeInclusive<u32> = 4..=13;
/// Dearest bcrypt of a backup code. An attempt may have to look at all of a set.
const CODE_COSTS: std::ops::RangeInclusive<u32> = 4..=11;
/// Most memory that the Argon2id of a password may take, in KiB, and most passes and lanes.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 8;
const MOST_LANES: u32 = 16;

/// What made a password's hash elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordHasher {
    /// `$2a$`, `$2b$` or `$2y$`.
    Bcrypt,
    /// A PHC string.
    Argon2id,
}

/// Why a hash is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRefused {
    /// It is not of that kind.
    #[error("that is no hash of this kind")]
    Malformed,
    /// It costs too much to check.
    #[error("that hash costs too much time or memory to check")]
    TooCostly,
}

/// Why a list of backup codes is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodesRefused {
    /// There are none or too many, or one stands there twice.
    #[error("a set has 1 to 20 different backup codes")]
    Number,
    /// Some are hashed and some are not.
    #[error("backup codes are either all plain or all hashed")]
    Mixed,
    /// A plain one does not have the form of a code.
    #[error("a backup code has 6 to 32 letters and digits")]
    Malformed,
    /// A hashed one is not taken in.
    #[error(transparent)]
    Hash(#[from] HashRefused),
}

/// Whether a text is meant as the work of bcrypt.
pub(super) fn looks_like_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|version| hash.starts_with(version))
}

fn check_bcrypt(hash: &str, costs: &std::ops::RangeInclusive<u32>) -> Result<(), HashRefused> {
    if !looks_like_bcrypt(hash) {
        return Err(HashRefused::Malformed);
    }
    let parts: HashParts = hash.parse().map_err(|_| HashRefused::Malformed)?;
    if costs.contains(&parts.get_cost()) {
        Ok(())
    } else {
        Err(HashRefused::TooCostly)
    }
}

/// Whether a password's hash can be taken in as it is.
pub(super) fn check_password_hash(hasher: PasswordHasher, hash: &str) -> Result<(), HashRefused> {
    match hasher {
        PasswordHasher::Bcrypt => check_bcrypt(hash, &PASSWORD_COSTS),
        PasswordHasher::Argon2id => {
            let parsed = PasswordHash::new(hash).map_err(|_| HashRefused::Malformed)?;
            let is_whole = parsed.algorithm.as_str() == "argon2id"
                && parsed.salt.is_some()
                && parsed.hash.is_some();
            let params = Params::try_from(&parsed).map_err(|_| HashRefused::Malformed)?;
            if !is_whole {
                return Err(HashRefused::Malformed);
            }
            let is_cheap = params.m_cost() <= MOST_MEMORY_KIB
                && params.t_cost() <= MOST_PASSES
                && params.p_cost() <= MOST_LANES;
            if is_cheap {
                Ok(())
            } else {
                Err(HashRefused::TooCostly)
            }
        }
    }
}

/// Backup codes of another system that can be taken in.
pub(super) enum ImportedCodes {
    /// As people type them.
    Plain(Vec<ImportedBackupCode>),
    /// As bcrypt hashed them.
    Hashed(Vec<Vec<u8>>),
}

/// Reads the backup codes of another system.
pub(super) fn read_codes(codes: &[SecretString]) -> Result<ImportedCodes, CodesRefused> {
    if are_hashed(codes)? {
        let hashes = codes.iter().map(|code| code.expose_secret().into());
        return Ok(ImportedCodes::Hashed(hashes.collect()));
    }
    let mut plain = Vec::with_capacity(codes.len());
    for code in codes {
        match code.expose_secret().parse::<ImportedBackupCode>() {
            Ok(code) if plain.contains(&code) => return Err(CodesRefused::Number),
            Ok(code) => plain.push(code),
            Err(_) => return Err(CodesRefused::Malformed),
        }
    }
    Ok(ImportedCodes::Plain(plain))
}

/// Whether the backup codes are hashed, all of them, and can be taken in as they are.
fn are_hashed(codes: &[SecretString]) -> Result<bool, CodesRefused> {
    let distinct: std::collections::HashSet<&str> =
        codes.iter().map(ExposeSecret::expose_secret).collect();
    if !(1..=MOST_CODES).contains(&codes.len()) || distinct.len() < codes.len() {
        return Err(CodesRefused::Number);
    }
    let hashed = codes
        .iter()
        .filter(|code| code.expose_secret().starts_with('$'))
        .count();
    if hashed == 0 {
        return Ok(false);
    }
    if hashed < codes.len() {
        return Err(CodesRefused::Mixed);
    }
    for code in codes {
        check_bcrypt(code.expose_secret(), &CODE_COSTS)?;
    }
    Ok(true)
}

/// Whether a secret is what bcrypt made `hash` of.
pub(super) fn bcrypt_is_right(secret: &str, hash: &str) -> bool {
    bcrypt::verify(secret, hash).unwrap_or(false)
}

/// The hash of the set that one of the spellings is of. All are looked at, whichever it is.
pub(super) fn matching_hash(spellings: &[SecretString], hashes: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let mut found = None;
    for hash in hashes {
        let Ok(text) = std::str::from_utf8(&hash) else {
            continue;
        };
        let is_right = spellings.iter().fold(false, |right, spelling| {
            right | bcrypt_is_right(spelling.expose_secret(), text)
        });
        if is_right {
            found = Some(hash);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "password" at a cost of 4, from the test vectors of OpenBSD's own implementation's kind.
    fn hashed(secret: &str, cost: u32) -> String {
        bcrypt::hash_with_salt(secret, cost, [7; 16])
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_hash_is_taken_in_if_it_is_whole_and_cheap_enough_to_check() {
        let bcrypt = |cost| hashed("password", cost);
        for (hasher, hash, outcome) in [
            (PasswordHasher::Bcrypt, bcrypt(4), Ok(())),
            (
                PasswordHasher::Bcrypt,
                bcrypt(4).replace("$04$", "$14$"),
                Err(HashRefused::TooCostly),
            ),
            (
                PasswordHasher::Bcrypt,
                bcrypt(4)[..50].to_owned(),
                Err(HashRefused::Malformed),
            ),
            (
                PasswordHasher::Bcrypt,
                "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
                Err(HashRefused::Malformed),
            ),
            (
                PasswordHasher::Argon2id,
                "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU"
                    .to_owned(),
                Ok(()),
            ),
            (
                PasswordHasher::Argon2id,
                "$argon2id$v=19$m=4194304,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU"
                    .to_owned(),
                Err(HashRefused::TooCostly),
            ),
            (
                PasswordHasher::Argon2id,
                "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo".to_owned(),
                Err(HashRefused::Malformed),
            ),
            (PasswordHasher::Argon2id, bcrypt(4), Err(HashRefused::Malformed)),
        ] {
            assert_eq!(check_password_hash(hasher, &hash), outcome, "{hash}");
        }
    }

    #[test]
    fn a_list_of_codes_is_plain_or_hashed_as_a_whole() {
        let list = |codes: &[&str]| {
            let codes: Vec<SecretString> = codes.iter().map(|code| (*code).into()).collect();
            are_hashed(&codes)
        };
        let (one, two) = (hashed("code1", 4), hashed("code2", 4));
        assert_eq!(list(&["abc123", "def456"]), Ok(false));
        assert_eq!(list(&[&one, &two]), Ok(true));
        assert_eq!(list(&[&one, "def456"]), Err(CodesRefused::Mixed));
        assert_eq!(list(&[]), Err(CodesRefused::Number));
        assert_eq!(list(&["abc123", "abc123"]), Err(CodesRefused::Number));
        let dear = one.replace("$04$", "$12$");
        assert_eq!(
            list(&[&dear]),
            Err(CodesRefused::Hash(HashRefused::TooCostly))
        );
    }

    #[test]
    fn of_the_hashes_the_one_that_a_spelling_is_of_is_found() {
        let hashes: Vec<Vec<u8>> = ["ABCD-1234", "efgh5678"]
            .map(|code| hashed(code, 4).into_bytes())
            .into();
        let find = |spellings: &[&str]| {
            let spellings: Vec<SecretString> =
                spellings.iter().map(|text| (*text).into()).collect();
            matching_hash(&spellings, hashes.clone())
        };
        assert_eq!(find(&["ABCD-1234", "abcd1234"]), Some(hashes[0].clone()));
        assert_eq!(find(&["EFGH-5678", "efgh5678"]), Some(hashes[1].clone()));
        assert_eq!(find(&["abcd1234"]), None);
        assert_eq!(find(&[]), None);
    }
}
