//! The URL of a PostgreSQL database, read so that nothing else has a say in it.
//!
//! sqlx fills in what a URL leaves out from variables of libpq and from `~/.pgpass`. Here it leaves
//! nothing out; the four variables that a URL cannot take back stop the start (`config.rs`).

use std::{fs::File, str::FromStr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::OpenError;

/// Where PostgreSQL listens where nobody says otherwise.
const PORT: u16 = 5432;

/// What may stand behind the `?`. A misspelt `sslmode` must not be silently none.
const PARAMETERS: [&str; 10] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
];

/// How the database of this URL is reached.
pub(super) fn connect_options(text: &str) -> Result<PgConnectOptions, OpenError> {
    let malformed = |reason: String| OpenError::Malformed { reason };
    let url = Url::parse(text).map_err(|error| malformed(error.to_string()))?;
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let has = |name: &str| parameters.iter().any(|(known, _)| known == name);
    for (name, value) in &parameters {
        if name != "user" && !PARAMETERS.contains(&name.as_str()) {
            return Err(malformed(format!(
                "it has the parameter `{name}`; there are {}, user",
                PARAMETERS.join(", ")
            )));
        }
        if matches!(name.as_str(), "sslrootcert" | "sslcert" | "sslkey")
            && !value.contains("-----BEGIN")
        {
            File::open(value).map_err(|error| malformed(format!("{name}: {value}: {error}")))?;
        }
    }
    if url.host_str().unwrap_or_default().is_empty() && !has("host") && !has("hostaddr") {
        return Err(malformed("it names no host".to_owned()));
    }
    if url.username().is_empty() && !has("user") {
        return Err(malformed("it names no user".to_owned()));
    }
    let mut options =
        PgConnectOptions::from_str(text).map_err(|error| malformed(error.to_string()))?;
    if url.port().is_none() && !has("port") {
        options = options.port(PORT);
    }
    if url.path().trim_start_matches('/').is_empty() && !has("dbname") {
        let user = options.get_username().to_owned();
        options = options.database(&user);
    }
    if url.password().is_none() && !has("password") {
        options = options.password("");
    }
    if !has("sslmode") {
        options = options.ssl_mode(PgSslMode::Prefer);
    }
    Ok(options)
}
