//! The rows of users, as the server would have written them.

use twofold::{
    ids::{
        BackupCodeSetId, ClientId, EmailAddressId, EventId, SessionId, SignInId, TotpId, UserId,
    },
    store::TokenHash,
};

use super::{
    Common, Person, Role,
    sink::{Table, Value},
};

/// So many events has each.
pub(super) const EVENTS_PER_USER: u32 = 5;

type Row = Vec<Value>;

const USERS: Table = Table {
    name: "users",
    columns: &[
        "id",
        "email_id",
        "email",
        "password_hash",
        "credentials_version",
        "failed_attempts",
        "mfa_enabled_at",
        "last_sign_in_at",
        "created_at",
        "updated_at",
    ],
};
const CLIENTS: Table = Table {
    name: "clients",
    columns: &[
        "id",
        "token_hash",
        "last_active_session_id",
        "created_at",
        "updated_at",
    ],
};
const SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        "id",
        "client_id",
        "user_id",
        "status",
        "expire_at",
        "abandon_at",
        "last_active_at",
        "first_factor_at",
        "second_factor_at",
        "ip_address",
        "user_agent",
        "created_at",
        "updated_at",
    ],
};
const SIGN_INS: Table = Table {
    name: "sign_ins",
    columns: &[
        "id",
        "client_id",
        "user_id",
        "identifier",
        "stage",
        "credentials_version",
        "first_factor_at",
        "abandon_at",
        "created_at",
    ],
};
const TOTPS: Table = Table {
    name: "totps",
    columns: &[
        "id",
        "user_id",
        "sealed_secret",
        "verified_at",
        "created_at",
        "updated_at",
    ],
};
const BACKUP_CODE_SETS: Table = Table {
    name: "backup_code_sets",
    columns: &["id", "user_id", "salt", "created_at"],
};
const BACKUP_CODES: Table = Table {
    name: "backup_codes",
    columns: &["set_id", "hash"],
};
const KNOWN_DEVICES: Table = Table {
    name: "known_devices",
    columns: &[
        "token_hash",
        "user_id",
        "credentials_version",
        "failed_attempts",
        "last_sign_in_at",
    ],
};
pub(super) const EVENTS: Table = Table {
    name: "events",
    columns: &[
        "id",
        "user_id",
        "kind",
        "strategy",
        "session_id",
        "ip_address",
        "user_agent",
        "trace_id",
        "created_at",
    ],
};

const ADDRESS: &str = "203.0.113.7";
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

/// The rows of these people, but for their events, in an order that keeps foreign keys right.
pub(super) fn of(people: &[Person], common: &Common) -> Vec<(&'static Table, Vec<Row>)> {
    let with_app = || people.iter().filter(|person| has_app(**person));
    let waiting = || people.iter().filter(|person| waits(**person));
    let clients = people.iter().map(|person| client(*person, common));
    vec![
        (&USERS, rows(people, |person| user(person, common))),
        (
            &CLIENTS,
            clients
                .chain(waiting().map(|person| waiting_client(*person, common)))
                .collect(),
        ),
        (&SESSIONS, rows(people, |person| session(person, common))),
        (&SIGN_INS, rows(waiting(), |person| sign_in(person, common))),
        (&TOTPS, rows(with_app(), |person| totp(person, common))),
        (
            &BACKUP_CODE_SETS,
            rows(with_app(), |person| backup_code_set(person, common)),
        ),
        (
            &BACKUP_CODES,
            with_app()
                .flat_map(|person| backup_codes(*person, common))
                .collect(),
        ),
        (
            &KNOWN_DEVICES,
            rows(people, |person| known_device(person, common)),
        ),
    ]
}

fn rows<'a>(people: impl IntoIterator<Item = &'a Person>, row: impl Fn(Person) -> Row) -> Vec<Row> {
    people.into_iter().map(|person| row(*person)).collect()
}

fn has_app(person: Person) -> bool {
    person.role() != Role::Enrols
}

fn waits(person: Person) -> bool {
    matches!(person.role(), Role::Guessed | Role::Waiting)
}

fn client_id(person: Person) -> String {
    person.id_of(ClientId::PREFIX, "client")
}

fn waiting_client_id(person: Person) -> String {
    person.id_of(ClientId::PREFIX, "waiting client")
}

fn session_id(person: Person) -> String {
    person.id_of(SessionId::PREFIX, "session")
}

fn set_id(person: Person) -> String {
    person.id_of(BackupCodeSetId::PREFIX, "set")
}

fn hash(hash: Option<TokenHash>) -> Value {
    hash.map_or(Value::Nothing, |hash| Value::Bytes(hash.to_vec()))
}

fn user(person: Person, common: &Common) -> Row {
    let enabled_at = if has_app(person) {
        common.signed_up.into()
    } else {
        Value::Nothing
    };
    vec![
        person.id().into(),
        person.id_of(EmailAddressId::PREFIX, "address").into(),
        person.email().into(),
        common.password_hash.clone().into(),
        Value::Number(1),
        Value::Number(0),
        enabled_at,
        common.now.into(),
        common.signed_up.into(),
        common.now.into(),
    ]
}

fn client(person: Person, common: &Common) -> Row {
    vec![
        client_id(person).into(),
        hash(person.browser_hash()),
        session_id(person).into(),
        common.signed_up.into(),
        common.now.into(),
    ]
}

fn waiting_client(person: Person, common: &Common) -> Row {
    vec![
        waiting_client_id(person).into(),
        hash(person.waiting_browser_hash()),
        Value::Nothing,
        common.now.into(),
        common.now.into(),
    ]
}

fn session(person: Person, common: &Common) -> Row {
    let second_factor_at = if has_app(person) {
        common.now.into()
    } else {
        Value::Nothing
    };
    vec![
        session_id(person).into(),
        client_id(person).into(),
        person.id().into(),
        "active".to_owned().into(),
        common.until.into(),
        common.until.into(),
        common.now.into(),
        common.now.into(),
        second_factor_at,
        ADDRESS.to_owned().into(),
        USER_AGENT.to_owned().into(),
        common.now.into(),
        common.now.into(),
    ]
}

fn sign_in(person: Person, common: &Common) -> Row {
    vec![
        person.id_of(SignInId::PREFIX, "sign-in").into(),
        waiting_client_id(person).into(),
        person.id().into(),
        person.email().into(),
        "needs_second_factor".to_owned().into(),
        Value::Number(1),
        common.now.into(),
        common.until.into(),
        common.now.into(),
    ]
}

fn totp(person: Person, common: &Common) -> Row {
    let id = person.id_of(TotpId::PREFIX, "totp");
    let sealed = common.vault.seal_totp_secret(
        &person.secret(),
        &UserId::from(person.id()),
        &TotpId::from(id.clone()),
    );
    vec![
        id.into(),
        person.id().into(),
        Value::Bytes(sealed),
        common.signed_up.into(),
        common.signed_up.into(),
        common.signed_up.into(),
    ]
}

fn backup_code_set(person: Person, common: &Common) -> Row {
    vec![
        set_id(person).into(),
        person.id().into(),
        Value::Bytes(common.backup_codes.salt.clone()),
        common.signed_up.into(),
    ]
}

fn backup_codes(person: Person, common: &Common) -> impl Iterator<Item = Row> {
    common
        .backup_codes
        .hashes
        .iter()
        .map(move |hash| vec![set_id(person).into(), Value::Bytes(hash.clone())])
}

fn known_device(person: Person, common: &Common) -> Row {
    vec![
        hash(person.device_hash()),
        person.id().into(),
        Value::Number(1),
        Value::Number(0),
        common.now.into(),
    ]
}

/// The `n`th event of a user.
pub(super) fn event(person: Person, n: u32, common: &Common) -> Row {
    let trace_id = person.id_of("", &format!("trace {n}"));
    vec![
        person.id_of(EventId::PREFIX, &format!("event {n}")).into(),
        person.id().into(),
        "sign_in".to_owned().into(),
        "totp".to_owned().into(),
        session_id(person).into(),
        ADDRESS.to_owned().into(),
        USER_AGENT.to_owned().into(),
        trace_id.into(),
        Value::Number(common.signed_up.millis() + i64::from(n)),
    ]
}
