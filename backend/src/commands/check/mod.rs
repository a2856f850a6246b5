//! `twofold check`: whether a server could run here, and what to do where it could not.

use std::{
    fmt::{self, Display},
    process::ExitCode,
    time::Duration,
};

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use shared::Timestamp;

use super::{Outcome, existing::now, output::Output};
use crate::{
    config::{Config, TrustedProxies},
    notify::Delivery,
    store::{self, Examination, Migrations},
};

mod keys;
mod permissions;

/// How far clocks may be apart before anybody notices: less than a step of 30 seconds, of which the
/// server accepts one to either side.
const CLOCK_WARNING: Duration = Duration::from_secs(5);
const CLOCK_FAILURE: Duration = Duration::from_secs(30);

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
    findings.push(keys::look(&config, &examined).await);
    findings.push(clock(&examined, now()));
    findings.push(permissions::look(&config));
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
    if url.is_https() && config.trusted_proxies == TrustedProxies::default() {
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
