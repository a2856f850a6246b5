//! `twofold user`: help for people who lost their phone, locked themselves out, or are to go, when
//! nothing else works.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Failed, Outcome, existing::Existing, existing::now, output::Output, secret};
use crate::{
    domain::{
        Context, Policy,
        accounts::{self, Account, Password},
        session_token::SessionTokens,
        sign_up,
    },
    http::user_resource,
    ids::EventId,
    store::{
        Actor, Announcement, Device, Removed, SessionQuery, SessionsOf, Settings, Taken,
        UserFilter, UserOrder, UserQuery, UserRecord,
    },
};

mod confirmation;
mod text;

use confirmation::Confirmation;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Lists accounts, newest first.
    List(ListArguments),
    /// Shows an account: its factors, its locks, and in how many browsers its user is signed in.
    Show(UserArgument),
    /// Makes an account. Its password is asked for, or read from standard input.
    Create(CreateArguments),
    /// Removes the authenticator app and the backup codes of somebody who lost them, and ends their
    /// sessions. From then on the password alone signs them in.
    ResetMfa(Confirmed),
    /// Lifts the locks of an account before their time.
    Unlock(UserArgument),
    /// Deletes an account with its factors, sessions and events.
    Delete(Confirmed),
}

#[derive(Args)]
pub(super) struct ListArguments {
    /// Only those whose id, e-mail address or one of whose names has this in it.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// So many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Not the first so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    offset: u32,
}

#[derive(Args)]
pub(super) struct UserArgument {
    /// E-mail address, user name or id.
    user: String,
}

#[derive(Args)]
pub(super) struct Confirmed {
    #[command(flatten)]
    who: UserArgument,
    /// Does not ask first. Where nobody can be asked, it is needed.
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(super) struct CreateArguments {
    /// E-mail address.
    email_address: String,
    /// Name to sign in with, beside the address.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// First name.
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// Last name.
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// Name of the account in another system.
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
}

/// Why a command of this kind did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum UserError {
    #[error("there is no account “{0}”: `twofold user list --search TEXT` looks for one")]
    NoSuchUser(String),
    #[error("“{0}” is no e-mail address")]
    Email(String),
    #[error("“{0}” is no user name: it has 3 to 64 letters, digits, _, - and .")]
    Username(String),
    #[error("{0} is too long: a name has at most 100 characters")]
    NameTooLong(&'static str),
    #[error("there is an account with that {0} already")]
    Taken(&'static str),
    #[error(transparent)]
    Other(accounts::Error),
}

/// Server's data, and whatever else a rule works with, for one change.
struct Operator {
    opened: Existing,
    policy: Policy,
    tokens: SessionTokens,
    settings: Settings,
    device: Device,
    event: EventId,
    announcement: Announcement,
}

impl Operator {
    async fn at_work() -> Result<Self, Failed> {
        let opened = Existing::existing().await?;
        Ok(Self {
            policy: (&opened.config).into(),
            tokens: SessionTokens::new(opened.config.public_url.origin().to_string()),
            settings: opened.store.settings().await?,
            device: Device::default(),
            event: EventId::generate(opened.vault.random()),
            announcement: Announcement::default(),
            opened,
        })
    }

    fn context(&self) -> Context<'_> {
        Context {
            store: &*self.opened.store,
            vault: &self.opened.vault,
            tokens: &self.tokens,
            policy: &self.policy,
            settings: self.settings,
            now: now(),
            actor: &Actor::CommandLine,
            device: &self.device,
            device_token: None,
            event: &self.event,
            trace_id: None,
            announcement: &self.announcement,
        }
    }

    async fn find(&self, UserArgument { user }: &UserArgument) -> Result<UserRecord, Failed> {
        let found = accounts::find_by_name(&self.context(), user).await;
        Ok(found.map_err(|error| named(error, user))?)
    }
}

/// The error in the words of the command line, where `name` is what was typed.
fn named(error: accounts::Error, name: &str) -> UserError {
    use sign_up::Error::{EmailMalformed, NameTooLong, UsernameMalformed};

    match error {
        accounts::Error::NotFound => UserError::NoSuchUser(name.to_owned()),
        accounts::Error::Person(EmailMalformed) => UserError::Email(name.to_owned()),
        accounts::Error::Person(UsernameMalformed) => UserError::Username(name.to_owned()),
        accounts::Error::Person(NameTooLong { field }) => UserError::NameTooLong(match field {
            "first_name" => "the first name",
            _ => "the last name",
        }),
        accounts::Error::Person(sign_up::Error::Taken(taken)) => UserError::Taken(match taken {
            Taken::Email => "e-mail address",
            Taken::Username => "user name",
            Taken::ExternalId => "external id",
        }),
        other => UserError::Other(other),
    }
}

pub(super) async fn run(command: Command, output: &Output) -> Outcome {
    let operator = Operator::at_work().await?;
    let done = operator.run(command, output).await;
    // Else SQLite might leave its side files behind.
    operator.opened.store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

impl Operator {
    async fn run(&self, command: Command, output: &Output) -> Result<(), Failed> {
        match command {
            Command::List(arguments) => self.list(arguments, output).await,
            Command::Show(who) => {
                let user = self.find(&who).await?;
                self.tell(&user.id, output).await
            }
            Command::Create(arguments) => self.create(arguments, output).await,
            Command::ResetMfa(arguments) => self.reset_mfa(&arguments, output).await,
            Command::Unlock(who) => {
                let user = self.find(&who).await?;
                let unlocked = accounts::unlock(&self.context(), &user).await;
                unlocked.map_err(|error| named(error, &who.user))?;
                output.note(&format_args!("{} is not locked.", user.email));
                self.tell(&user.id, output).await
            }
            Command::Delete(arguments) => self.delete(&arguments, output).await,
        }
    }

    async fn list(&self, arguments: ListArguments, output: &Output) -> Result<(), Failed> {
        let text = arguments.search.map(|text| text.trim().to_owned());
        let query = UserQuery {
            filter: UserFilter {
                text,
                ..UserFilter::default()
            },
            order: UserOrder::CreatedAt,
            descending: true,
            limit: arguments.limit,
            offset: arguments.offset,
        };
        let store = &self.opened.store;
        let users = store.users(&query).await?;
        let total = store.count_users(&query.filter).await?;
        let context = self.context();
        let data: Vec<_> = users
            .iter()
            .map(|user| user_resource(user, &context))
            .collect();
        output.result(
            &text::List {
                users: &users,
                total,
                now: context.now,
            },
            &json!({ "data": data, "total_count": total }),
        )?;
        Ok(())
    }

    /// The account as it is now.
    async fn tell(&self, id: &crate::ids::UserId, output: &Output) -> Result<(), Failed> {
        let context = self.context();
        let user = accounts::find(&context, id).await;
        let user = user.map_err(|error| named(error, id.as_str()))?;
        let active = SessionQuery {
            of: SessionsOf::User(user.id.clone(), None),
            status: Some(shared::resources::SessionStatus::Active),
            limit: 0,
            offset: 0,
        };
        let sessions = context.store.count_sessions(&active, context.now).await?;
        let resource = user_resource(&user, &context);
        output.result(
            &text::Shown {
                user: &user,
                is_administrator: resource.administrator,
                sessions,
                now: context.now,
            },
            &json!({ "user": resource, "active_sessions": sessions }),
        )?;
        Ok(())
    }

    async fn create(&self, arguments: CreateArguments, output: &Output) -> Result<(), Failed> {
        let CreateArguments {
            email_address: email,
            username,
            first_name,
            last_name,
            external_id,
        } = arguments;
        // Nobody types a password twice for an address that is none.
        sign_up::email_address(&email).map_err(|error| named(error.into(), &email))?;
        let name = username.clone().unwrap_or_default();
        let account = Account {
            email,
            username,
            first_name,
            last_name,
            external_id,
            password: Password::Plain {
                password: secret::new("Password")?,
                unchecked: false,
            },
            ..Account::default()
        };
        let created = accounts::create(&self.context(), account).await;
        let user = created.map_err(|error| named(error, &name))?;
        self.tell(&user.id, output).await
    }

    async fn reset_mfa(&self, arguments: &Confirmed, output: &Output) -> Result<(), Failed> {
        let user = self.find(&arguments.who).await?;
        Confirmation::of(arguments.yes).ask(&format!(
            "Remove the authenticator app and the backup codes of {} ({}), and end all sessions?",
            user.email, user.id
        ))?;
        let removed = accounts::remove_factors(&self.context(), &user, Removed::All).await;
        removed.map_err(|error| named(error, &arguments.who.user))?;
        self.tell(&user.id, output).await
    }

    async fn delete(&self, arguments: &Confirmed, output: &Output) -> Result<(), Failed> {
        let user = self.find(&arguments.who).await?;
        Confirmation::of(arguments.yes).ask(&format!(
            "Delete {} ({}) with all factors, sessions and events, for good?",
            user.email, user.id
        ))?;
        let deleted = accounts::delete(&self.context(), &user).await;
        deleted.map_err(|error| named(error, &arguments.who.user))?;
        let value: Value = json!({ "id": user.id.as_str(), "deleted": true });
        output.result(&format_args!("{} is deleted.", user.email), &value)?;
        Ok(())
    }
}
