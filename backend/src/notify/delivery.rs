//! The ways out: a mail server, or a folder where there is none.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::extension::ClientId,
};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// How long the mail server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Where mails go.
pub enum Delivery {
    /// To a mail server.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    /// Into this folder, one file a mail.
    Folder(PathBuf),
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The mail server did not take it.
    #[error("the mail server did not take it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// It could not be written.
    #[error("cannot write to {folder}: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: io::Error,
    },
}

/// Why there is no mail server of that URL. The password in it is not told.
#[derive(Debug, thiserror::Error)]
pub enum SmtpUrlError {
    /// It does not say what we need to know.
    #[error(
        "must be like smtp://user:password@host:port?tls=required, or smtps://… for a server that \
         begins with TLS{0}"
    )]
    Malformed(&'static str),
    /// TLS cannot be used.
    #[error("{0}")]
    Tls(lettre::transport::smtp::Error),
}

impl Delivery {
    /// By the mail server of this URL, which sees `host` as whoever calls it.
    pub fn smtp(url: &SecretString, host: &str) -> Result<Self, SmtpUrlError> {
        let parsed: Url = url
            .expose_secret()
            .parse()
            .map_err(|_| SmtpUrlError::Malformed(""))?;
        let parameters: Vec<_> = parsed.query_pairs().collect();
        let wrong = match parsed.scheme() {
            "smtp" | "smtps" if parsed.host_str().is_none_or(str::is_empty) => ": it names no host",
            "smtp" | "smtps" if !matches!(parsed.path(), "" | "/") => ": nothing follows the port",
            "smtp" | "smtps" if parsed.username().is_empty() != parsed.password().is_none() => {
                ": user and password come together"
            }
            // Whoever misspells the parameter would send passwords in the clear.
            "smtp" => match parameters.as_slice() {
                [] => "",
                [(name, value)]
                    if name == "tls" && (value == "required" || value == "opportunistic") =>
                {
                    ""
                }
                _ => ": the only parameter is tls=required or tls=opportunistic",
            },
            "smtps" if parameters.is_empty() => "",
            "smtps" => ": it takes no parameter",
            _ => ": the scheme is another",
        };
        if !wrong.is_empty() {
            return Err(SmtpUrlError::Malformed(wrong));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(SmtpUrlError::Tls)?
            .timeout(Some(CONNECT))
            .hello_name(hello_name(host));
        Ok(Self::Smtp(Box::new(transport.build())))
    }

    /// Whether what is sent to the server of this URL can be read on the way.
    pub fn is_in_the_clear(url: &SecretString) -> bool {
        url.expose_secret().parse().is_ok_and(|url: Url| {
            let is_near = match url.host() {
                Some(Host::Domain(domain)) => {
                    domain == "localhost"
                        || domain
                            .parse()
                            .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
                }
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            };
            url.scheme() == "smtp" && url.query() != Some("tls=required") && !is_near
        })
    }

    /// Whether the mail server answers and admits us. A folder always does.
    pub async fn is_reachable(&self) -> Result<bool, DeliveryError> {
        match self {
            Self::Smtp(server) => Ok(server.test_connection().await?),
            Self::Folder(_) => Ok(true),
        }
    }

    pub(super) async fn deliver(&self, name: &str, message: &Message) -> Result<(), DeliveryError> {
        match self {
            Self::Smtp(server) => {
                server.send(message.clone()).await?;
                Ok(())
            }
            Self::Folder(folder) => {
                let name = format!("{name}.eml");
                write(folder, &name, &message.formatted()).map_err(|source| DeliveryError::Folder {
                    folder: folder.display().to_string(),
                    source,
                })
            }
        }
    }
}

/// As whom the server greets. Some mail servers want an address in brackets.
fn hello_name(host: &str) -> ClientId {
    match host.trim_matches(['[', ']']).parse() {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

/// Writes the file whole or not at all, readable to its owner only.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let unfinished = folder.join(format!("{name}.part"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(name))
}
