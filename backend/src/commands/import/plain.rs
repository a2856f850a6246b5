//! An account of a list from another system. Nothing that is said of a bad one quotes a value of it
//! that may be secret.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;
use shared::{BackupCode, ImportedBackupCode, totp::Secret};

use crate::{
    domain::{accounts, sign_up},
    vault::PasswordHasher,
};

/// The names of all fields.
pub(super) const FIELDS: &[&str] = &[
    "email_address",
    "username",
    "first_name",
    "last_name",
    "external_id",
    "password",
    "password_hash",
    "totp_secret",
    "backup_codes",
];

/// What a line has, by name.
pub(super) type Fields = BTreeMap<String, Field>;

/// The value of a field.
pub(super) enum Field {
    /// One.
    Text(String),
    /// Several.
    List(Vec<String>),
}

/// An account whose fields are well-formed.
pub(super) struct Account {
    pub(super) email: String,
    pub(super) username: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) password: Password,
    pub(super) totp_secret: Option<Secret>,
    pub(super) backup_codes: Codes,
}

/// What is known of the password.
pub(super) enum Password {
    Plain(SecretString),
    Hash(PasswordHasher, String),
    None,
}

/// The backup codes.
pub(super) enum Codes {
    None,
    /// All have the form of ours, so they are kept and read like ours.
    Own(Vec<BackupCode>),
    /// Of another form, or hashed by bcrypt.
    Imported(Vec<SecretString>),
}

/// Reads a line of NDJSON.
pub(super) fn from_json(line: &[u8]) -> Result<Account, String> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(line).map_err(|error| {
        // Its own words may quote the value.
        format!("it is no object of JSON (column {})", error.column())
    })?;
    let mut fields = Fields::new();
    for (name, value) in object {
        let field = match value {
            Value::Null => continue,
            Value::String(text) => Field::Text(text),
            Value::Array(items) => Field::List(
                items
                    .into_iter()
                    .map(|item| match item {
                        Value::String(text) => Ok(text),
                        _ => Err(format!("{name} must be a list of texts")),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            _ => return Err(format!("{name} must be a text")),
        };
        fields.insert(name, field);
    }
    from_fields(fields)
}

/// Reads the fields of an account.
pub(super) fn from_fields(mut fields: Fields) -> Result<Account, String> {
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let known = FIELDS.join(", ");
        return Err(format!("“{unknown}” is no field; there are {known}"));
    }
    let codes = fields.remove("backup_codes");
    let mut text = |name: &str| match fields.remove(name) {
        None => Ok(None),
        Some(Field::Text(text)) => Ok(Some(text)),
        Some(Field::List(_)) => Err(format!("{name} must be a text")),
    };
    let email = text("email_address")?.ok_or("it has no email_address")?;
    let email = sign_up::email_address(&email)
        .map_err(|_| format!("email_address: “{email}” is no e-mail address"))?;
    let username = text("username")?
        .map(|name| {
            sign_up::username(&name).map_err(|_| {
                format!("username: “{name}” is none; it has 3 to 64 letters, digits, _, - and .")
            })
        })
        .transpose()?;
    let (first_name, last_name) = (text("first_name")?, text("last_name")?);
    sign_up::short_names(first_name.as_deref(), last_name.as_deref())
        .map_err(|_| "first_name or last_name is too long")?;
    let external_id = text("external_id")?;
    if let Some(id) = &external_id {
        accounts::check_external_id(id).map_err(|error| format!("external_id: {error}"))?;
    }
    let password = match (text("password")?, text("password_hash")?) {
        (Some(_), Some(_)) => return Err("it has a password and a password_hash".to_owned()),
        (Some(password), None) => Password::Plain(password.into()),
        (None, Some(hash)) => Password::Hash(hasher(&hash)?, hash),
        (None, None) => Password::None,
    };
    let totp_secret = text("totp_secret")?
        .map(|secret| Secret::from_base32(&secret).map_err(|error| format!("totp_secret: {error}")))
        .transpose()?;
    let backup_codes = backup_codes(codes)?;
    if totp_secret.is_none() && !matches!(backup_codes, Codes::None) {
        return Err("it has backup_codes and no totp_secret that they could stand in for".into());
    }
    Ok(Account {
        email,
        username,
        first_name,
        last_name,
        external_id,
        password,
        totp_secret,
        backup_codes,
    })
}

/// What made the hash; the vault says whether it can be kept.
fn hasher(hash: &str) -> Result<PasswordHasher, String> {
    if hash.starts_with("$argon2id$") {
        Ok(PasswordHasher::Argon2id)
    } else if hash.starts_with("$2") {
        Ok(PasswordHasher::Bcrypt)
    } else {
        Err(
            "password_hash is neither of Argon2id, $argon2id$v=19$m=…,t=…,p=…$salt$hash, nor of \
             bcrypt, $2b$…"
                .to_owned(),
        )
    }
}

/// Hashed ones are left to the vault, which looks at all of a set together.
fn backup_codes(field: Option<Field>) -> Result<Codes, String> {
    let texts = match field {
        None => Vec::new(),
        Some(Field::List(codes)) => codes,
        Some(Field::Text(codes)) => codes
            .split([' ', ',', ';', '|'])
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let is_hashed = texts.iter().any(|text| text.starts_with('$'));
    if !is_hashed {
        name_bad_code(&texts)?;
    }
    let own: Option<Vec<BackupCode>> = texts.iter().map(|text| text.parse().ok()).collect();
    Ok(match own {
        Some(codes) if codes.is_empty() => Codes::None,
        Some(codes) => Codes::Own(codes),
        None => Codes::Imported(texts.into_iter().map(Into::into).collect()),
    })
}

/// Says which of the plain codes is none, or is there a second time.
fn name_bad_code(texts: &[String]) -> Result<(), String> {
    let mut codes: Vec<ImportedBackupCode> = Vec::with_capacity(texts.len());
    for (number, text) in (1..).zip(texts) {
        let code: ImportedBackupCode = text.parse().map_err(|_| {
            format!("backup_codes: number {number} does not have 6 to 32 letters and digits")
        })?;
        if codes.contains(&code) {
            return Err(format!("backup_codes: number {number} is there twice"));
        }
        codes.push(code);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn refused(line: &str) -> String {
        from_json(line.as_bytes()).err().unwrap()
    }

    #[test]
    fn a_line_is_read_as_people_write_it() {
        let line = format!(
            r#"{{"email_address":" Ann@Example.com ","username":"Ann","first_name":"Ann","last_name":null,
            "password":"tulip-anchor-92","totp_secret":"{SECRET}","backup_codes":["23456-789AB","abcde-fghjk"]}}"#
        );
        let account = from_json(line.replace('\n', " ").as_bytes()).unwrap();
        assert_eq!(account.email, "ann@example.com");
        assert_eq!(account.username.as_deref(), Some("ann"));
        assert_eq!(account.last_name, None);
        assert!(matches!(account.backup_codes, Codes::Own(codes) if codes.len() == 2));
        assert!(account.totp_secret.is_some());
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_quoted() {
        for (line, named) in [
            ("nonsense", "JSON"),
            ("[]", "JSON"),
            (r#"{"username":"ann"}"#, "email_address"),
            (r#"{"email_address":"ann"}"#, "“ann”"),
            (r#"{"email_address":7}"#, "must be a text"),
            (r#"{"email_address":"a@example.com","mail":"x"}"#, "“mail”"),
            (
                r#"{"email_address":"a@example.com","username":"a b"}"#,
                "“a b”",
            ),
            (
                r#"{"email_address":"a@example.com","totp_secret":"hush-hush"}"#,
                "totp_secret",
            ),
            (
                r#"{"email_address":"a@example.com","totp_secret":["hush-hush"]}"#,
                "totp_secret",
            ),
            (
                r#"{"email_address":"a@example.com","password_hash":"hush-hush"}"#,
                "neither of Argon2id",
            ),
            (
                r#"{"email_address":"a@example.com","password_hash":"$argon2i$hush-hush"}"#,
                "neither of Argon2id",
            ),
            (
                "{\"email_address\":\"a@example.com\",\"external_id\":\"\"}",
                "external_id",
            ),
            (
                r#"{"email_address":"a@example.com","password":"hush-hush","password_hash":"hush-hush"}"#,
                "and a password_hash",
            ),
            (
                r#"{"email_address":"a@example.com","backup_codes":["23456-789ab"]}"#,
                "no totp_secret",
            ),
            (
                r#"{"email_address":"a@example.com","password":{"hush-hush":1}}"#,
                "password",
            ),
        ] {
            let problem = refused(line);
            assert!(problem.contains(named), "{line}: {problem}");
            assert!(!problem.contains("hush-hush"), "{problem}");
        }
        let codes = format!(
            r#"{{"email_address":"a@example.com","totp_secret":"{SECRET}","backup_codes":["23456-789ab","hush!hush"]}}"#
        );
        let problem = refused(&codes);
        assert!(
            problem.contains("number 2") && !problem.contains("hush"),
            "{problem}"
        );
        let twice = codes.replace("hush!hush", "23456789AB");
        assert!(refused(&twice).contains("twice"));
    }
    #[test]
    fn codes_of_another_form_are_kept_as_those_of_another_system() {
        let imported = |codes: &str| {
            let line = format!(
                r#"{{"email_address":"a@example.com","totp_secret":"{SECRET}","backup_codes":{codes}}}"#
            );
            match from_json(line.as_bytes()).unwrap().backup_codes {
                Codes::Imported(codes) => codes.len(),
                Codes::Own(_) | Codes::None => 0,
            }
        };
        assert_eq!(imported(r#"["23456-789ab","1234 5678"]"#), 2);
        assert_eq!(imported(r#"["$2b$04$abc"]"#), 1);
        assert_eq!(imported(r#"["23456-789ab","abcde-fghjk"]"#), 0);
        assert_eq!(imported("[]"), 0);
    }

    #[test]
    fn a_secret_has_16_to_64_bytes() {
        for (digits, is_one) in [
            (24, false),
            (26, true),
            (52, true),
            (103, true),
            (105, false),
        ] {
            let secret = "A".repeat(digits);
            let line = format!(r#"{{"email_address":"a@example.com","totp_secret":"{secret}"}}"#);
            assert_eq!(from_json(line.as_bytes()).is_ok(), is_one, "{digits}");
        }
    }
}
