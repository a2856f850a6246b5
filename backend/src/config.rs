//! The configuration: environment variables, or the same names in `twofold.toml`.
//!
//! Nothing else reads the environment. Whatever is unknown or malformed stops the start with a
//! message that names it: a misspelt safety setting must not be silently the default.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use email_address::EmailAddress;
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use lettre::{Address, message::Mailbox};
use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer},
};
use url::Url;

use crate::store::{DatabaseSettings, LockoutRule, Pooler};

mod proxies;
mod secret_keys;

pub use crate::spans::Endpoint;

pub use proxies::TrustedProxies;
pub use secret_keys::SecretKeys;

/// What every variable begins with.
const PREFIX: &str = "TWOFOLD_";
/// Variables of libpq that reach the database's driver, whatever its URL says.
const OTHERS: [&str; 4] = ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT"];
/// The file that may hold the same names.
const FILE: &str = "twofold.toml";
/// Fewest attempts that may lock an account: fewer would lock people out for typing errors.
const FEWEST_ATTEMPTS: u32 = 5;
/// Shortest time that events may be kept for.
const SHORTEST_RETENTION: Duration = Duration::from_hours(7 * 24);
/// Longest issuer that authenticator apps still show whole.
const LONGEST_ISSUER: usize = 64;

/// Everything that an operator can set. The README has the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address of the server.
    #[serde(deserialize_with = "parsed")]
    pub listen: SocketAddr,
    /// Address of the metrics; none are given without it.
    #[serde(deserialize_with = "some_parsed")]
    pub metrics_listen: Option<SocketAddr>,
    /// How long the server goes on as before when it is asked to stop, and only says that it is not
    /// ready for more.
    #[serde(deserialize_with = "duration_or_none")]
    pub stop_delay: Duration,
    /// What browsers see: origin check, cookies.
    #[serde(deserialize_with = "parsed")]
    pub public_url: PublicUrl,
    /// Where the SQLite file and the key file are.
    #[serde(deserialize_with = "parsed")]
    pub data_dir: PathBuf,
    /// `sqlite:` and a path, or `postgres://…`; by default a SQLite file in the data directory.
    #[serde(deserialize_with = "secret")]
    pub database_url: Option<SecretString>,
    /// Most connections of this server to PostgreSQL.
    #[serde(deserialize_with = "parsed")]
    pub database_connections: DatabaseConnections,
    /// How long a statement may take in PostgreSQL.
    #[serde(deserialize_with = "duration")]
    pub database_timeout: Duration,
    /// What stands before PostgreSQL.
    #[serde(deserialize_with = "parsed")]
    pub database_pooler: Pooler,
    /// Encryption keys, newest first, separated by commas.
    #[serde(deserialize_with = "secret")]
    pub keys: Option<SecretString>,
    /// File with the encryption keys, newest first, one a line; by default `keys` in the data
    /// directory, made at the first start.
    #[serde(deserialize_with = "some_parsed")]
    pub keys_file: Option<PathBuf>,
    /// Name in authenticator apps and in the page title.
    #[serde(deserialize_with = "parsed")]
    pub issuer: Issuer,
    /// Further origins that may call the API, separated by commas.
    #[serde(deserialize_with = "listed")]
    pub allowed_origins: BTreeSet<Origin>,
    /// E-mail addresses of those who may decide for everyone, separated by commas.
    #[serde(deserialize_with = "listed")]
    pub administrators: BTreeSet<Administrator>,
    /// The mail server, `smtp://…` or `smtps://…`; without one mails are files in the data directory.
    #[serde(deserialize_with = "secret")]
    pub smtp_url: Option<SecretString>,
    /// The sender of mails; by default the issuer, as `no-reply` at the host of the public URL.
    #[serde(deserialize_with = "some_parsed")]
    pub mail_from: Option<Mailbox>,
    /// Whether the e-mail address of a sign-up is verified; by default where there is a mail server.
    #[serde(deserialize_with = "some_parsed")]
    pub verify_email: Option<VerifyEmail>,
    /// Networks of the proxies before the server, separated by commas.
    #[serde(deserialize_with = "parsed")]
    pub trusted_proxies: TrustedProxies,
    /// Whether attempts are slowed down.
    #[serde(deserialize_with = "parsed")]
    pub rate_limits: RateLimiting,
    /// Attempts in a row without a success that lock an account.
    #[serde(deserialize_with = "parsed")]
    pub lockout_attempts: LockoutAttempts,
    /// For how long.
    #[serde(deserialize_with = "duration")]
    pub lockout_duration: Duration,
    /// How fresh the last check must be for a change of factors.
    #[serde(deserialize_with = "duration")]
    pub reverification_age: Duration,
    /// For how long whoever has an account already may put a second factor off, from when everyone
    /// needs one.
    #[serde(deserialize_with = "duration_or_none")]
    pub mfa_grace_period: Duration,
    /// The keys of the back-end API, separated by commas or lines; it is off without one.
    #[serde(deserialize_with = "some_parsed")]
    pub secret_key: Option<SecretKeys>,
    /// How long a session lasts at most.
    #[serde(deserialize_with = "duration")]
    pub session_lifetime: Duration,
    /// How long a session lasts without being used.
    #[serde(deserialize_with = "duration")]
    pub session_idle: Duration,
    /// How long events stay; for ever where it is not set.
    #[serde(deserialize_with = "some_parsed")]
    pub events_retention: Option<EventsRetention>,
    /// The collector that is sent the spans of requests; only a program built with the feature `otlp`
    /// can have one.
    #[serde(deserialize_with = "some_parsed")]
    pub otlp_endpoint: Option<Endpoint>,
    /// Filter of the log.
    #[serde(deserialize_with = "parsed")]
    pub log: String,
    /// Form of the log.
    #[serde(deserialize_with = "parsed")]
    pub log_format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            metrics_listen: None,
            stop_delay: Duration::ZERO,
            public_url: PublicUrl::default(),
            data_dir: PathBuf::from("./data"),
            database_url: None,
            database_connections: DatabaseConnections(DatabaseSettings::default().connections),
            database_timeout: DatabaseSettings::default().timeout,
            database_pooler: Pooler::None,
            keys: None,
            keys_file: None,
            issuer: Issuer("Twofold".to_owned()),
            allowed_origins: BTreeSet::new(),
            administrators: BTreeSet::new(),
            smtp_url: None,
            mail_from: None,
            verify_email: None,
            trusted_proxies: TrustedProxies::default(),
            rate_limits: RateLimiting::On,
            lockout_attempts: LockoutAttempts(10),
            lockout_duration: Duration::from_hours(1),
            reverification_age: Duration::from_mins(10),
            mfa_grace_period: Duration::ZERO,
            secret_key: None,
            session_lifetime: Duration::from_hours(168),
            session_idle: Duration::from_hours(24),
            events_retention: None,
            otlp_endpoint: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Reads `twofold.toml` of the working directory, if there is one, and the environment, which
    /// wins.
    pub fn load() -> Result<Self, ConfigError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment"
        )]
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            (name.starts_with(PREFIX) || OTHERS.contains(&name.as_str()))
                .then(|| (name, value.to_string_lossy().into_owned()))
        });
        Self::from_sources(Path::new(FILE), variables)
    }

    /// Reads `file`, if it exists, and `variables`, which win.
    pub fn from_sources(
        file: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let (others, variables): (Vec<_>, Vec<_>) = variables
            .into_iter()
            .partition(|(name, _)| OTHERS.contains(&name.as_str()));
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        let config: Self = Figment::new()
            .merge(SameNames {
                source: Metadata::named(FILE),
                dict: file_values(file)?,
            })
            .merge(SameNames {
                source: Metadata::named("the environment"),
                dict: variables,
            })
            .extract()
            .map_err(|error| ConfigError::from(&error))?;
        if config.verify_email() && config.smtp_url.is_none() {
            return Err(ConfigError(format!(
                "{PREFIX}VERIFY_EMAIL is true, and no mail server could send the codes: set \
                 {PREFIX}SMTP_URL, or {PREFIX}VERIFY_EMAIL to false"
            )));
        }
        match others.first() {
            Some((name, _)) if config.uses_postgres() => Err(ConfigError(format!(
                "{name} in the environment would change how PostgreSQL is reached: unset it, and say \
                 it in {PREFIX}DATABASE_URL"
            ))),
            _ => Ok(config),
        }
    }

    fn uses_postgres(&self) -> bool {
        let url = self.database_url.as_ref().map(ExposeSecret::expose_secret);
        url.is_some_and(|url| url.starts_with("postgres"))
    }

    /// The database that the server uses.
    pub fn database_url(&self) -> SecretString {
        self.database_url.clone().unwrap_or_else(|| {
            format!("sqlite:{}", self.data_dir.join("twofold.sqlite").display()).into()
        })
    }

    /// How a PostgreSQL database is used.
    pub fn database_settings(&self) -> DatabaseSettings {
        DatabaseSettings {
            connections: self.database_connections.0,
            timeout: self.database_timeout,
            pooler: self.database_pooler,
        }
    }

    /// The file that the keys are in, unless they are in the configuration itself.
    pub fn keys_file(&self) -> PathBuf {
        self.keys_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// The sender of mails.
    pub fn mail_from(&self) -> Mailbox {
        self.mail_from.clone().unwrap_or_else(|| {
            let address = Address::new_dangerous("no-reply", self.public_url.mail_domain());
            Mailbox::new(Some(self.issuer.as_str().to_owned()), address)
        })
    }

    /// Whether a sign-up needs a code that is sent to its e-mail address.
    pub fn verify_email(&self) -> bool {
        self.verify_email
            .map_or(self.smtp_url.is_some(), |verify| verify.0)
    }

    /// The folder of the mails where there is no mail server.
    pub fn mails_dir(&self) -> PathBuf {
        self.data_dir.join("mails")
    }

    /// How long events stay; `None` for ever.
    pub fn events_retention(&self) -> Option<Duration> {
        self.events_retention.map(|retention| retention.0)
    }

    /// The rule for locking an account.
    pub fn lockout_rule(&self) -> LockoutRule {
        LockoutRule {
            attempts: self.lockout_attempts.0,
            duration: self.lockout_duration,
        }
    }
}

/// The values of `file`; none where it does not exist.
fn file_values(file: &Path) -> Result<Dict, ConfigError> {
    let failed = |reason: String| {
        let reason: Vec<&str> = reason.split_whitespace().collect();
        ConfigError(format!("{}: {}", file.display(), reason.join(" ")))
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Dict::new()),
        Err(error) => return Err(failed(error.to_string())),
    };
    let profiles = Toml::string(&text)
        .data()
        .map_err(|error| failed(error.kind.to_string()))?;
    Ok(profiles.into_values().next().unwrap_or_default())
}

/// Values under their full names, as the fields of [`Config`].
struct SameNames {
    source: Metadata,
    dict: Dict,
}

impl Provider for SameNames {
    fn metadata(&self) -> Metadata {
        self.source.clone()
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let dict = self
            .dict
            .iter()
            .map(|(name, value)| {
                let field = name.strip_prefix(PREFIX).map(str::to_ascii_lowercase);
                (field.unwrap_or_else(|| name.clone()), value.clone())
            })
            .collect();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// One line that names what is wrong in the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl From<&figment::Error> for ConfigError {
    fn from(error: &figment::Error) -> Self {
        use figment::error::Kind;

        let source = error
            .metadata
            .as_ref()
            .map_or("the configuration", |source| &source.name);
        let name = |field: &str| format!("{PREFIX}{}", field.to_ascii_uppercase());
        Self(match &error.kind {
            Kind::UnknownField(field, known) => {
                let known: Vec<String> = known.iter().map(|field| name(field)).collect();
                format!(
                    "{} in {source} is no setting of Twofold; there are {}",
                    name(field),
                    known.join(", "),
                )
            }
            kind => format!("{} in {source}: {kind}", name(&error.path.join("."))),
        })
    }
}

/// Text, number or boolean, whichever the source has, as text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match <Value as Deserialize>::deserialize(deserializer)? {
        Value::String(_, text) => Ok(text),
        Value::Num(_, number) => Ok(number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .unwrap_or_default()),
        Value::Bool(_, value) => Ok(value.to_string()),
        _ => Err(de::Error::custom("must be a text")),
    }
}

fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    let text = text(deserializer)?;
    text.trim()
        .parse()
        .map_err(|error| de::Error::custom(format!("“{text}”: {error}")))
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    text(deserializer).map(|text| Some(text.into()))
}

fn some_parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    parsed(deserializer).map(Some)
}

fn listed<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display> + Ord,
{
    text(deserializer)?
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            item.parse()
                .map_err(|error| de::Error::custom(format!("“{item}”: {error}")))
        })
        .collect()
}

/// Like [`duration`], where none at all is one as well.
fn duration_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = text(deserializer)?;
    humantime::parse_duration(&text).map_err(|error| {
        de::Error::custom(format!(
            "“{text}”: {error}; a duration is like 90s, 10m, 1h, 7d"
        ))
    })
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = text(deserializer)?;
    let duration = duration_or_none(text.as_str().into_deserializer())?;
    if duration < Duration::from_secs(1) {
        return Err(de::Error::custom(format!("“{text}” is less than a second")));
    }
    Ok(duration)
}

/// Scheme, host and port that browsers see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// The origin as browsers write it in `Origin`.
    pub fn origin(&self) -> Origin {
        Origin(self.0.origin().ascii_serialization())
    }

    /// Whether browsers come by https.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine, the only one for which http is safe.
    pub fn is_localhost(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(domain)) => {
                domain == "localhost" || domain.ends_with(".localhost")
            }
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The host, an IPv6 address in brackets.
    pub fn host(&self) -> String {
        self.0.host_str().unwrap_or_default().to_owned()
    }

    /// The host as the domain of a mail address (RFC 5321 §4.1.3).
    fn mail_domain(&self) -> String {
        match self.0.host() {
            Some(url::Host::Ipv4(address)) => format!("[{address}]"),
            Some(url::Host::Ipv6(address)) => format!("[IPv6:{address}]"),
            _ => self.host(),
        }
    }

    /// The address of `path` (which begins with `/`).
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

impl Default for PublicUrl {
    fn default() -> Self {
        #[expect(clippy::unwrap_used, reason = "a constant, parsed by every test")]
        "http://localhost:8787".parse().unwrap()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin().fmt(f)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text
            .parse()
            .map_err(|error: url::ParseError| error.to_string())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must begin with http:// or https:// and name a host".to_owned());
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(
                "must be scheme, host and port only: the app needs a host of its own".to_owned(),
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password".to_owned());
        }
        Ok(Self(url))
    }
}

/// Scheme, host and port of a page, as in the `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        PublicUrl::from_str(text).map(|url| url.origin())
    }
}

/// The name in authenticator apps: not empty, without colon (the key URI keeps it for itself).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Issuer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().count() > LONGEST_ISSUER {
            Err(format!("must have 1 to {LONGEST_ISSUER} characters"))
        } else if text.contains(':') || text.chars().any(char::is_control) {
            Err("must not hold a colon or a control character".to_owned())
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// The e-mail address of an administrator, in lower case as accounts have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Administrator(String);

impl Administrator {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Administrator {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = EmailAddress::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self(address.as_str().to_lowercase()))
    }
}

/// Attempts in a row that lock an account: at least five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutAttempts(u32);

impl FromStr for LockoutAttempts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(attempts) if (FEWEST_ATTEMPTS..=100).contains(&attempts) => Ok(Self(attempts)),
            _ => Err(format!("must be a number from {FEWEST_ATTEMPTS} to 100")),
        }
    }
}

/// Connections to the database: at least two, since one may be waiting for a lock of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseConnections(u32);

impl FromStr for DatabaseConnections {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(connections @ 2..=1000) => Ok(Self(connections)),
            _ => Err("must be a number from 2 to 1000"),
        }
    }
}

impl FromStr for Pooler {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "transaction" => Ok(Self::Transaction),
            _ => Err("must be none or transaction"),
        }
    }
}

/// How long events stay: at least a week, since mails about them are tried for three days, and people
/// are to see what happened while they were away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventsRetention(Duration);

impl FromStr for EventsRetention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(duration) if duration >= SHORTEST_RETENTION => Ok(Self(duration)),
            Ok(_) => Err("must be 7d at least".to_owned()),
            Err(error) => Err(format!("{error}; a duration is like 90d, 1y")),
        }
    }
}

/// Whether the e-mail address of a sign-up is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyEmail(bool);

impl FromStr for VerifyEmail {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be true or false")
    }
}

/// Whether attempts that follow each other too fast are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimiting {
    /// They are.
    On,
    /// They are not: for measurements only.
    Off,
}

impl FromStr for RateLimiting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("must be on or off"),
        }
    }
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_sources(
            Path::new("/nonexistent/twofold.toml"),
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn without_anything_the_defaults_hold() {
        let config = with(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(config.public_url.to_string(), "http://localhost:8787");
        assert_eq!(config.lockout_rule().attempts, 10);
        assert_eq!(config.rate_limits, RateLimiting::On);
        assert_eq!(config.trusted_proxies, TrustedProxies::default());
        assert_eq!(config.session_lifetime, Duration::from_hours(7 * 24));
    }

    #[test]
    fn a_variable_wins_over_the_file_and_numbers_may_be_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("twofold.toml");
        std::fs::write(
            &file,
            "TWOFOLD_ISSUER = \"File\"\nTWOFOLD_LOCKOUT_ATTEMPTS = 7\n",
        )
        .unwrap();
        let variables = [("TWOFOLD_ISSUER".to_owned(), "12345".to_owned())];
        let config = Config::from_sources(&file, variables).unwrap();
        assert_eq!(config.issuer.as_str(), "12345");
        assert_eq!(config.lockout_rule().attempts, 7);
    }

    #[test]
    fn whatever_is_unknown_or_malformed_is_named() {
        for (name, value, reason) in [
            ("TWOFOLD_LISTNE", "127.0.0.1:1", "no setting"),
            ("TWOFOLD_LISTEN", "nonsense", "nonsense"),
            ("TWOFOLD_PUBLIC_URL", "ftp://example.com", "http"),
            (
                "TWOFOLD_PUBLIC_URL",
                "https://example.com/app",
                "scheme, host and port",
            ),
            ("TWOFOLD_LOCKOUT_ATTEMPTS", "4", "5 to 100"),
            ("TWOFOLD_LOCKOUT_DURATION", "soon", "1h"),
            ("TWOFOLD_SESSION_IDLE", "0s", "less than a second"),
            ("TWOFOLD_ISSUER", "A:B", "colon"),
            ("TWOFOLD_METRICS_LISTEN", "9090", "“9090”"),
            ("TWOFOLD_DATABASE_CONNECTIONS", "1", "2 to 1000"),
            ("TWOFOLD_DATABASE_TIMEOUT", "0s", "less than a second"),
            ("TWOFOLD_DATABASE_POOLER", "session", "none or transaction"),
            ("TWOFOLD_STOP_DELAY", "10", "90s"),
            ("TWOFOLD_EVENTS_RETENTION", "6d", "7d at least"),
            ("TWOFOLD_EVENTS_RETENTION", "long", "90d"),
            ("TWOFOLD_ALLOWED_ORIGINS", "https://a.example, b", "“b”"),
            ("TWOFOLD_ADMINISTRATORS", "ann@example.com, bob", "“bob”"),
            ("TWOFOLD_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "“proxy”"),
            ("TWOFOLD_RATE_LIMITS", "no", "on or off"),
            ("TWOFOLD_MFA_GRACE_PERIOD", "soon", "7d"),
            ("TWOFOLD_SECRET_KEY", "short", "32 characters"),
            ("TWOFOLD_MAIL_FROM", "nobody", "“nobody”"),
            ("TWOFOLD_VERIFY_EMAIL", "yes", "true or false"),
            ("TWOFOLD_VERIFY_EMAIL", "true", "set TWOFOLD_SMTP_URL"),
            ("TWOFOLD_LOG_FORMAT", "xml", "text or json"),
        ] {
            let error = with(&[(name, value)]).unwrap_err();
            assert!(
                error.contains(name) && error.contains(reason),
                "{name}={value}: {error}"
            );
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn a_variable_of_libpq_that_the_url_cannot_take_back_stops_the_start_with_postgres_alone() {
        let url = ("TWOFOLD_DATABASE_URL", "postgres://ann@db.example/twofold");
        for name in OTHERS {
            let error = with(&[url, (name, "x")]).unwrap_err();
            assert!(
                error.starts_with(name) && error.contains("unset it"),
                "{error}"
            );
            with(&[(name, "x")]).unwrap();
        }
    }

    #[test]
    fn mails_come_from_the_issuer_at_the_public_host() {
        for (variables, from) in [
            (&[][..], "Twofold <no-reply@localhost>"),
            (
                &[
                    ("TWOFOLD_PUBLIC_URL", "https://mfa.example.com:8443"),
                    ("TWOFOLD_ISSUER", "Acme"),
                ],
                "Acme <no-reply@mfa.example.com>",
            ),
            (
                &[("TWOFOLD_PUBLIC_URL", "http://[::1]:8787")],
                "Twofold <no-reply@[IPv6:::1]>",
            ),
            (
                &[("TWOFOLD_MAIL_FROM", "security@example.com")],
                "security@example.com",
            ),
        ] {
            assert_eq!(with(variables).unwrap().mail_from().to_string(), from);
        }
    }

    #[test]
    fn addresses_are_verified_where_a_mail_server_is_set_unless_it_is_said() {
        let smtp = ("TWOFOLD_SMTP_URL", "smtp://localhost");
        let verify = |value| ("TWOFOLD_VERIFY_EMAIL", value);
        for (variables, verified) in [
            (&[][..], false),
            (&[smtp], true),
            (&[smtp, verify("true")], true),
            (&[smtp, verify("false")], false),
            (&[verify("false")], false),
        ] {
            assert_eq!(with(variables).unwrap().verify_email(), verified);
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("twofold.toml");
        std::fs::write(
            &file,
            "TWOFOLD_SMTP_URL = \"smtp://localhost\"\nTWOFOLD_VERIFY_EMAIL = false\n",
        )
        .unwrap();
        assert!(!Config::from_sources(&file, []).unwrap().verify_email());
    }

    #[test]
    fn a_broken_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("twofold.toml");
        for (text, named) in [("= 1", "twofold.toml"), ("listen = \"x\"", "listen")] {
            std::fs::write(&file, text).unwrap();
            let error = Config::from_sources(&file, []).unwrap_err().to_string();
            assert!(error.to_lowercase().contains(named), "{error}");
        }
    }

    #[test]
    fn secrets_in_the_configuration_are_not_shown() {
        let config = with(&[
            ("TWOFOLD_KEYS", "topsecret"),
            ("TWOFOLD_DATABASE_URL", "topsecret"),
            ("TWOFOLD_SMTP_URL", "topsecret"),
            ("TWOFOLD_SECRET_KEY", "sk_live_topsecrettopsecrettopsecret"),
        ]);
        assert!(!format!("{:?}", config.unwrap()).contains("topsecret"));
    }
}
