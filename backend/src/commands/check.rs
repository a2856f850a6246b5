//! `twofold check`: whether a server could run here, and what to do where it could not.

use std::{
    fmt::{self, Display},
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use shared::Timestamp;

use super::{Outcome, existing::now, opening::open_store, output::Output};
use crate::{
    config::Config,
    notify::Delivery,
    random::OperatingSystem,
    store::{self, Examination, Migrations},
    vault::{KeyError, Keyring, OpenError, Vault},
};

/// How far clocks may be apart before anybody notices: less than a step of 30 seconds, of which the
/// server accepts one to either side.
const CLOCK_WARNING: Duration = Duration::from_secs(5);
const CLOCK_FAILURE: Duration = Duration::from_secs(30);
/// How many accounts are read at once.
const PAGE: u32 = 500;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Failed,
}

/// What came of looking at one thing.
#[derive(Serialize)]
struct Finding {
    name: &'static str,
    status: Status,
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, detail: impl Display) -> Self {
        Self {
            name,
            status: Status::Ok,
            detail: detail.to_string(),
            advice: None,
        }
    }

    fn warning(name: &'static str, detail: impl Display, advice: impl Display) -> Self {
        Self {
            status: Status::Warning,
            advice: Some(advice.to_string()),
            ..Self::ok(name, detail)
        }
    }

    fn failed(name: &'static str, detail: impl Display, advice: impl Display) -> Self {
        Self {
            status: Status::Failed,
            ..Self::warning(name, detail, advice)
        }
    }
}

/// All of them, for people.
struct Report<'a>(&'a [Finding]);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.0 {
            let status = match finding.status {
                Status::Ok => "ok     ",
                Status::Warning => "WARNING",
                Status::Failed => "FAILED ",
            };
            writeln!(f, "{status} {:<13} {}", finding.name, finding.detail)?;
            if let Some(advice) = &finding.advice {
                writeln!(f, "{:21} {advice}", "")?;
            }
        }
        let failed = count(self.0, Status::Failed);
        let warnings = count(self.0, Status::Warning);
        match (failed, warnings) {
            (0, 0) => write!(f, "All is well."),
            (0, _) => write!(f, "Works, with {warnings} to look at."),
            _ => write!(f, "{failed} failed, {warnings} to look at."),
        }
    }
}

fn count(findings: &[Finding], status: Status) -> usize {
    findings
        .iter()
        .filter(|finding| finding.status == status)
        .count()
}

pub(super) async fn run(output: &Output) -> Outcome {
    let findings = findings().await;
    let is_well = count(&findings, Status::Failed) == 0;
    output.result(
        &Report(&findings),
        &json!({ "ok": is_well, "checks": findings }),
    )?;
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn findings() -> Vec<Finding> {
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => {
            let advice = "Correct it in the environment or in twofold.toml of this folder; the README has the table. Nothing else can be looked at before.";
            return vec![Finding::failed("configuration", error, advice)];
        }
    };
    let mut findings = vec![configuration(&config)];
    let examined = store::examine(config.database_url().expose_secret()).await;
    findings.push(database(&examined));
    let keyring = keyring(&config);
    findings.push(keys(&config, keyring, &examined).await);
    findings.push(clock(&examined, now()));
    findings.push(permissions(&config));
    findings.push(mail(&config).await);
    findings
}

fn configuration(config: &Config) -> Finding {
    let name = "configuration";
    let url = &config.public_url;
    if !url.is_https() && !url.is_localhost() {
        return Finding::warning(
            name,
            format_args!("TWOFOLD_PUBLIC_URL is {url}: everyone on the way can read passwords"),
            "Put a reverse proxy with TLS before it, and set TWOFOLD_PUBLIC_URL to its https address.",
        );
    }
    if url.is_https() && config.trusted_proxies == Default::default() {
        return Finding::warning(
            name,
            format_args!("{url} comes by a reverse proxy, and TWOFOLD_TRUSTED_PROXIES names none"),
            "Set it to the proxy's address: else all visitors share the attempts of one.",
        );
    }
    Finding::ok(name, format_args!("{url}, listening on {}", config.listen))
}

fn database(examined: &Result<Examination, store::OpenError>) -> Finding {
    let name = "database";
    let examination = match examined {
        Ok(examination) => examination,
        Err(error) => {
            let advice = "See that it runs and that TWOFOLD_DATABASE_URL or TWOFOLD_DATA_DIR names it; /readyz of the server answers 200 once it does.";
            return Finding::failed(name, error, advice);
        }
    };
    let database = &examination.database;
    if let Some(damage) = &examination.damage {
        return Finding::failed(
            name,
            format_args!("{database} is damaged: {damage}"),
            "Stop the server and put the last backup in its place (docs/disaster-recovery.md).",
        );
    }
    match examination.migrations {
        Migrations::Current => Finding::ok(name, format_args!("{database}, up to date")),
        Migrations::None => Finding::warning(
            name,
            format_args!("{database} is empty"),
            "The server fills it at its first start.",
        ),
        Migrations::Pending(count) => Finding::warning(
            name,
            format_args!("{database} was last used by an older version ({count} changes to come)"),
            "Make a backup (`twofold backup FILE`); the next start of the server changes it.",
        ),
        Migrations::Newer(version) => Finding::failed(
            name,
            format_args!("a newer version of Twofold has changed {database} (change {version})"),
            "Run that version or a later one, or restore the backup from before it.",
        ),
        Migrations::Different(version) => Finding::failed(
            name,
            format_args!(
                "a different build of Twofold has made {database} (change {version} differs)"
            ),
            "Run that build.",
        ),
    }
}

/// The keys, or the name of the place where there are none.
fn keyring(config: &Config) -> Result<Option<Keyring>, KeyError> {
    match &config.keys {
        Some(keys) => Keyring::from_setting(keys).map(Some),
        None => Keyring::read(&config.keys_file()),
    }
}

async fn keys(
    config: &Config,
    keyring: Result<Option<Keyring>, KeyError>,
    examined: &Result<Examination, store::OpenError>,
) -> Finding {
    let name = "keys";
    let place = match config.keys {
        Some(_) => "TWOFOLD_KEYS".to_owned(),
        None => config.keys_file().display().to_string(),
    };
    let is_current = examined
        .as_ref()
        .is_ok_and(|examination| examination.migrations == Migrations::Current);
    let keyring = match keyring {
        Ok(Some(keyring)) => keyring,
        Ok(None) if is_current => {
            return Finding::failed(
                name,
                format_args!("{place} does not exist, and the database is in use"),
                "Put the copy of the key file back; without it no stored secret opens (docs/disaster-recovery.md).",
            );
        }
        Ok(None) => {
            return Finding::ok(
                name,
                format_args!("{place} will be made by the first start of the server"),
            );
        }
        Err(error) => {
            return Finding::failed(
                name,
                error,
                "The server does not start with these; correct the file or put its copy back.",
            );
        }
    };
    if !is_current {
        return Finding::ok(
            name,
            format_args!("{place}; what they open is seen once the database is up to date"),
        );
    }
    match sealed(config, &Vault::new(keyring, Arc::new(OperatingSystem))).await {
        Ok(Sealed { opened, bad }) if bad.is_empty() => Finding::ok(
            name,
            format_args!("{place} opens all {opened} stored secrets"),
        ),
        Ok(Sealed { opened, bad }) => Finding::failed(
            name,
            format_args!(
                "{place} does not open {} of {} stored secrets: {}{}",
                bad.len(),
                u64::try_from(bad.len()).unwrap_or(u64::MAX) + opened,
                bad.iter().take(5).cloned().collect::<Vec<_>>().join(", "),
                if bad.len() > 5 { " …" } else { "" },
            ),
            "Where it says another key: put that key back, as a further line. Where it says damaged: restore a backup, or reset the second factor of these users.",
        ),
        Err(error) => Finding::failed(name, error, "See the database."),
    }
}

/// What the keys open, and whose secrets they do not, each with why.
struct Sealed {
    opened: u64,
    bad: Vec<String>,
}

async fn sealed(config: &Config, vault: &Vault) -> Result<Sealed, super::Failed> {
    let store = open_store(config).await?;
    let mut sealed = Sealed {
        opened: 0,
        bad: Vec::new(),
    };
    let mut count = |id: &str, opens: Result<(), OpenError>| match opens {
        Ok(()) => sealed.opened += 1,
        Err(OpenError::UnknownKey) => sealed.bad.push(format!("{id} (another key)")),
        Err(OpenError::Broken) => sealed.bad.push(format!("{id} (damaged)")),
    };
    for key in store.signing_keys().await? {
        count(key.id.as_str(), vault.open_signing_key(&key).map(drop));
    }
    let mut after = None;
    loop {
        let page = store.accounts_after(after.as_ref(), PAGE).await?;
        for account in &page {
            if let Some(totp) = &account.totp {
                count(totp.id.as_str(), vault.open_totp_secret(totp).map(drop));
            }
            if let Some(codes) = &account.backup_codes {
                count(codes.set.id.as_str(), vault.pepper(&codes.set).map(drop));
            }
        }
        let Some(last) = page.last() else { break };
        after = Some(last.place());
    }
    store.close().await;
    Ok(sealed)
}

fn clock(examined: &Result<Examination, store::OpenError>, now: Timestamp) -> Finding {
    let name = "clock";
    let apart = |one: Timestamp| one.since(now).max(now.since(one));
    let advice = "Authenticator apps go by the time: run chrony or systemd-timesyncd on both machines (`timedatectl` shows whether it does).";
    let Ok(examination) = examined else {
        return Finding::warning(name, "there is no database to compare it with", advice);
    };
    if let Some(theirs) = examination.clock {
        let apart = apart(theirs);
        let detail = format!("{} s from the database's", apart.as_secs_f64());
        if apart > CLOCK_FAILURE {
            return Finding::failed(name, detail, advice);
        } else if apart > CLOCK_WARNING {
            return Finding::warning(name, detail, advice);
        }
    }
    match examination.latest {
        Some(latest) if latest.since(now) > CLOCK_WARNING => Finding::failed(
            name,
            format_args!(
                "it is {} s before the last event in the database: it went back, or another server's is ahead",
                latest.since(now).as_secs()
            ),
            advice,
        ),
        _ if examination.clock.is_some() => Finding::ok(name, "agrees with the database's"),
        _ => Finding::ok(name, "is not before the last event in the database"),
    }
}

fn permissions(config: &Config) -> Finding {
    let name = "permissions";
    let folder = &config.data_dir;
    let about = match fs::metadata(folder) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let detail = format!("{} does not exist yet", folder.display());
            return Finding::warning(name, detail, "The server makes it at its first start.");
        }
        Err(error) => {
            let detail = format!("{}: {error}", folder.display());
            return Finding::failed(
                name,
                detail,
                "Run this as the user that the server runs as.",
            );
        }
    };
    let (mut wrong, mut fix) = (Vec::new(), Vec::new());
    let mut foreign = false;
    if !about.is_dir() {
        return Finding::failed(
            name,
            format_args!("{} is no folder", folder.display()),
            "Set TWOFOLD_DATA_DIR to a folder.",
        );
    }
    let database = store::sqlite_path(config.database_url().expose_secret());
    let keys = config.keys.is_none().then(|| config.keys_file());
    let private = [Some(folder.clone()), keys, Some(config.mails_dir())];
    for path in private.into_iter().flatten().chain(database) {
        // What is not there yet is made with the right mode.
        let Ok(it) = fs::metadata(&path) else {
            continue;
        };
        if it.mode() & 0o077 != 0 {
            wrong.push(format!(
                "{} has mode {:04o}",
                path.display(),
                it.mode() & 0o7777
            ));
            fix.push(format!("chmod go= {}", path.display()));
        }
        if it.uid() != about.uid() && is_inside(&path, folder) {
            foreign = true;
            wrong.push(format!("{} has another owner", path.display()));
            fix.push(format!(
                "chown --reference={} {}",
                folder.display(),
                path.display()
            ));
        }
    }
    let advice = format!("Run: {}", fix.join("; "));
    if foreign {
        // The server cannot use what is somebody else's.
        Finding::failed(name, wrong.join("; "), advice)
    } else if !wrong.is_empty() {
        Finding::warning(name, wrong.join("; "), advice)
    } else {
        let detail = format_args!("{} is its owner's alone", folder.display());
        Finding::ok(name, detail)
    }
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    path.parent() == Some(folder)
}

async fn mail(config: &Config) -> Finding {
    let name = "mail";
    let Some(url) = &config.smtp_url else {
        return Finding::warning(
            name,
            format_args!(
                "no mail server: mails are files in {}",
                config.mails_dir().display()
            ),
            "Set TWOFOLD_SMTP_URL where people sign in: they learn nothing from files.",
        );
    };
    let delivery = match Delivery::smtp(url, &config.public_url.host()) {
        Ok(delivery) => delivery,
        Err(error) => {
            let detail = format!("TWOFOLD_SMTP_URL: {error}");
            return Finding::failed(name, detail, "Correct it; the README has the forms.");
        }
    };
    let advice = "See that the mail server runs, and that host, port, TLS, user and password in TWOFOLD_SMTP_URL are right. Mails wait for three days.";
    match delivery.is_reachable().await {
        Ok(true) if Delivery::is_in_the_clear(url) => Finding::warning(
            name,
            "the mail server answers, and everyone on the way can read along",
            "Use smtps://, or smtp:// with ?tls=required.",
        ),
        Ok(true) => Finding::ok(name, "the mail server answers"),
        Ok(false) => Finding::failed(name, "the mail server ended the connection", advice),
        Err(error) => Finding::failed(name, super::output::one_line(&error), advice),
    }
}
