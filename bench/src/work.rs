//! What is asked of a server, over and over.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::Value;
use twofold::clock::{Clock, System};

use crate::{
    Outcome,
    client::PASSWORD,
    http::{Connection, get, post},
    population::{Person, Role, code_of_base32},
};

/// So many wrong codes an account takes, one less than the most that can be configured.
const WRONG_CODES: u64 = 99;
/// So many browsers read again and again. Each notes that it is used once a minute.
const READERS: u64 = 1_000;

/// One thing that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `GET /v1/me` of somebody who is signed in.
    Me,
    /// `GET /v1/client` of the same.
    Client,
    /// A wrong code of the authenticator app, at sign-in.
    WrongCode,
    /// The right one, which completes the sign-in.
    RightCode,
    /// A sign-in from the beginning, in a browser that the account knows: password, then code.
    SignIn,
    /// An authenticator app: its secret made, its first code verified, ten backup codes made.
    Enrolment,
    /// The bare reply of [`ceilings`](crate::ceilings).
    BareReply,
    /// The bare row of [`ceilings`](crate::ceilings).
    BareRow,
}

/// A task on a server, and how far it has come.
pub struct Work {
    task: Task,
    address: SocketAddr,
    users: u64,
    next: AtomicU64,
}

impl Work {
    /// That task, on a server with so many users of [`populate`](crate::population::populate).
    pub const fn new(task: Task, address: SocketAddr, users: u64) -> Self {
        Self {
            task,
            address,
            users,
            next: AtomicU64::new(0),
        }
    }

    /// A connection to the server.
    pub async fn connect(&self) -> Outcome<Connection> {
        Connection::open(self.address).await
    }

    /// Does it once, for the user whose turn it is.
    pub async fn once(&self, connection: &mut Connection) -> Outcome<()> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        match self.task {
            Task::Me => self.read(connection, "/v1/me", n).await,
            Task::Client => self.read(connection, "/v1/client", n).await,
            Task::WrongCode => self.wrong_code(connection, n).await,
            Task::RightCode => self.right_code(connection, n).await,
            Task::SignIn => sign_in(connection, self.of_role(Role::SignsIn, n)).await,
            Task::Enrolment => self.enrolment(connection, n).await,
            Task::BareReply => {
                connection.call(&get("/reply", "")).await?.expect(200)?;
                Ok(())
            }
            Task::BareRow => {
                let request = post("/row", "", &format!("n={n}"));
                connection.call(&request).await?.expect(200)?;
                Ok(())
            }
        }
    }

    fn of_role(&self, role: Role, n: u64) -> Person {
        Person::of_role(role, n, self.users)
    }

    /// The `n`th user of a role, each no more than so often.
    fn fresh(&self, role: Role, n: u64, times: u64) -> Outcome<Person> {
        if n < Person::count(role, self.users) * times {
            Ok(self.of_role(role, n))
        } else {
            Err(format!("{:?} has used all users up", self.task).into())
        }
    }

    async fn read(&self, connection: &mut Connection, path: &str, n: u64) -> Outcome<()> {
        let person = Person::new(n % self.users.min(READERS));
        let request = get(path, &person.cookie());
        connection.call(&request).await?.expect(200)?;
        Ok(())
    }

    async fn wrong_code(&self, connection: &mut Connection, n: u64) -> Outcome<()> {
        let person = self.fresh(Role::Guessed, n, WRONG_CODES)?;
        let code = person.wrong_code(System.now())?;
        attempt(connection, person, code).await?.expect(422)?;
        Ok(())
    }

    async fn right_code(&self, connection: &mut Connection, n: u64) -> Outcome<()> {
        let person = self.fresh(Role::Waiting, n, 1)?;
        let code = person.right_code(System.now());
        attempt(connection, person, &code).await?.expect(200)?;
        Ok(())
    }

    async fn enrolment(&self, connection: &mut Connection, n: u64) -> Outcome<()> {
        let cookie = self.fresh(Role::Enrols, n, 1)?.cookie();
        let request = post("/v1/me/totp", &cookie, "");
        let created = response(&connection.call(&request).await?.expect(200)?.body)?;
        let secret = created["secret"].as_str().ok_or("no secret")?;
        let form = format!("code={}", code_of_base32(secret, System.now())?);
        let request = post("/v1/me/totp/attempt_verification", &cookie, &form);
        let verified = response(&connection.call(&request).await?.expect(200)?.body)?;
        match verified["backup_codes"].as_array() {
            Some(codes) if codes.len() == 10 => Ok(()),
            _ => Err("no backup codes".into()),
        }
    }
}

async fn attempt(
    connection: &mut Connection,
    person: Person,
    code: &str,
) -> Outcome<crate::http::Reply> {
    let path = format!(
        "/v1/client/sign_ins/{}/attempt_second_factor",
        person.sign_in()
    );
    let form = format!("strategy=totp&code={code}");
    connection
        .call(&post(&path, &person.waiting_cookies(), &form))
        .await
}

async fn sign_in(connection: &mut Connection, person: Person) -> Outcome<()> {
    let form = format!(
        "strategy=password&identifier={}&password={PASSWORD}",
        person.email()
    );
    let device = person.device_cookie();
    let request = post("/v1/client/sign_ins", &device, &form);
    let begun = connection.call(&request).await?.expect(200)?;
    let sign_in = response(&begun.body)?;
    let id = sign_in["id"].as_str().ok_or("no sign-in")?;
    let cookies = format!("{}; {device}", begun.cookie.ok_or("no cookie")?);
    let path = format!("/v1/client/sign_ins/{id}/attempt_second_factor");
    let form = format!("strategy=totp&code={}", person.right_code(System.now()));
    let completed = connection.call(&post(&path, &cookies, &form)).await?;
    match response(&completed.expect(200)?.body)?["status"].as_str() {
        Some("complete") => Ok(()),
        _ => Err("the sign-in is not complete".into()),
    }
}

fn response(body: &[u8]) -> Outcome<Value> {
    let mut body: Value = serde_json::from_slice(body)?;
    Ok(body["response"].take())
}
