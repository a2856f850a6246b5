//! A database for each test, and people in it.

use std::{future::Future, sync::Arc, time::Duration};

use shared::{
    Timestamp,
    resources::{SessionStatus, Strategy, VerificationLevel},
    totp::Step,
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use twofold::{
    ids::{
        BackupCodeSetId, ClientId, EmailAddressId, EventId, SessionId, SignInId, TotpId, UserId,
    },
    random::{OperatingSystem, Random, bytes},
    store::{
        Actor, Announcement, BackupCodeKind, Device, LockoutRule, NewBackupCodes, NewSession,
        NewTotp, NewUser, Occasion, Presented, Proof, SignInCompletion, SignInRecord, SignInStage,
        StepUp, StepUpRecord, StepUpStage, Store, TokenHash, TotpVerification, UserRecord, open,
    },
};

pub(crate) use crate::postgres::PostgresDatabase;

pub(crate) const RANDOM: &dyn Random = &OperatingSystem;
/// When every test begins.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// The step that [`Person::enable_totp`] uses up.
pub(crate) const FIRST_STEP: Step = Step(1_000);
pub(crate) const RULE: LockoutRule = LockoutRule {
    attempts: 10,
    duration: Duration::from_hours(1),
};

/// So much later than [`NOW`].
pub(crate) fn after(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

/// What a change happens on at that time; each call is another event.
pub(crate) fn on(now: Timestamp) -> Occasion {
    Occasion {
        now,
        event: EventId::generate(RANDOM),
        actor: Actor::User,
        device: Device {
            ip_address: Some("192.0.2.1".to_owned()),
            user_agent: Some("Browser/1.0".to_owned()),
        },
        device_token: None,
        trace_id: Some("trace".to_owned()),
        announcement: Announcement::default(),
    }
}

/// A database of its own, and two servers at it.
#[derive(Clone)]
pub(crate) struct TestDatabase {
    pub(crate) store: Arc<dyn Store>,
    /// Another pool at the same database, as another server has it.
    other: Arc<dyn Store>,
    kept_in: KeptIn,
}

#[derive(Clone)]
enum KeptIn {
    Folder(Arc<TempDir>),
    Server(PostgresDatabase),
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("twofold.db").display());
        Self::at(&url, KeptIn::Folder(Arc::new(folder))).await
    }

    pub(crate) async fn postgres() -> Self {
        let database = PostgresDatabase::create().await;
        Self::at(&database.url(), KeptIn::Server(database.clone())).await
    }

    async fn at(url: &str, kept_in: KeptIn) -> Self {
        Self {
            store: open(url).await.unwrap(),
            other: open(url).await.unwrap(),
            kept_in,
        }
    }

    /// One of the two servers, in turn.
    pub(crate) fn server(&self, turn: usize) -> Arc<dyn Store> {
        if turn.is_multiple_of(2) {
            self.store.clone()
        } else {
            self.other.clone()
        }
    }

    /// The one number that a query answers with.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        match &self.kept_in {
            KeptIn::Folder(folder) => {
                let url = format!("sqlite:{}", folder.path().join("twofold.db").display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let number = sqlx::query_scalar(query).fetch_one(&mut connection);
                number.await.unwrap()
            }
            KeptIn::Server(database) => {
                let mut connection = PgConnection::connect(&database.url()).await.unwrap();
                let number = sqlx::query_scalar(query).fetch_one(&mut connection);
                number.await.unwrap()
            }
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        match &self.kept_in {
            KeptIn::Folder(folder) => {
                format!("sqlite:{}", folder.path().join("twofold.db").display())
            }
            KeptIn::Server(database) => database.url(),
        }
    }

    async fn remove(self) {
        let Self {
            store,
            other,
            kept_in,
        } = self;
        drop((store, other));
        match kept_in {
            KeptIn::Folder(folder) => drop(folder),
            KeptIn::Server(database) => database.remove().await,
        }
    }
}

/// Runs the rule, and takes its database away whatever comes of it.
pub(crate) async fn run<F>(database: TestDatabase, rule: fn(TestDatabase) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let outcome = tokio::spawn(rule(database.clone())).await;
    database.remove().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

/// Runs all of them at once, each on its own task, and gives their outcomes.
pub(crate) async fn at_once<F>(calls: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let calls: Vec<F> = calls.into_iter().collect();
    let start = Arc::new(tokio::sync::Barrier::new(calls.len()));
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// How many of the outcomes are `wanted`.
pub(crate) fn count<T: PartialEq>(outcomes: &[T], wanted: &T) -> usize {
    outcomes.iter().filter(|outcome| *outcome == wanted).count()
}

pub(crate) fn token() -> TokenHash {
    bytes(RANDOM)
}

pub(crate) fn new_user(email: &str, username: Option<&str>) -> NewUser {
    NewUser {
        id: UserId::generate(RANDOM),
        email_id: EmailAddressId::generate(RANDOM),
        email: email.to_owned(),
        username: username.map(str::to_owned),
        first_name: Some("Ann".to_owned()),
        last_name: None,
        password_hash: "$argon2id$first".to_owned(),
    }
}

/// A session on a client that is new, unless one is given, for a week and a day idle.
pub(crate) fn new_session(user: &UserId, client: Option<&ClientId>, now: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::generate(RANDOM),
        client_id: client
            .cloned()
            .unwrap_or_else(|| ClientId::generate(RANDOM)),
        token_hash: token(),
        device_token_hash: token(),
        user_id: user.clone(),
        status: SessionStatus::Active,
        expire_at: now.after(Duration::from_hours(7 * 24)),
        abandon_at: now.after(Duration::from_hours(24)),
        first_factor_at: Some(now),
        second_factor_at: None,
        device: Device {
            ip_address: Some("192.0.2.1".to_owned()),
            user_agent: Some("Firefox".to_owned()),
        },
    }
}

pub(crate) fn new_codes() -> NewBackupCodes {
    NewBackupCodes {
        id: BackupCodeSetId::generate(RANDOM),
        kind: BackupCodeKind::Own,
        salt: bytes::<16>(RANDOM).to_vec(),
        hashes: (0..10).map(|_| bytes::<32>(RANDOM).to_vec()).collect(),
    }
}

/// Somebody with an account, signed in on one client.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) id: UserId,
    pub(crate) client: ClientId,
    pub(crate) session: SessionId,
    pub(crate) token: TokenHash,
}

/// Somebody's second factors.
#[derive(Clone)]
pub(crate) struct Factors {
    pub(crate) totp: TotpId,
    pub(crate) codes: NewBackupCodes,
}

impl Factors {
    pub(crate) fn step(&self, step: u64) -> Proof {
        Proof::Totp {
            totp_id: self.totp.clone(),
            step: Step(step),
        }
    }

    pub(crate) fn code(&self, index: usize) -> Proof {
        Proof::BackupCode {
            set_id: self.codes.id.clone(),
            hash: self.codes.hashes[index].clone(),
        }
    }
}

impl Person {
    pub(crate) async fn sign_up(store: &Arc<dyn Store>, email: &str) -> Self {
        let user = new_user(email, None);
        let session = new_session(&user.id, None, NOW);
        let person = Self {
            store: store.clone(),
            id: user.id.clone(),
            client: session.client_id.clone(),
            session: session.id.clone(),
            token: session.token_hash,
        };
        assert_eq!(
            store.sign_up(user, session, &on(NOW)).await.unwrap(),
            Ok(())
        );
        person
    }

    pub(crate) async fn record(&self) -> UserRecord {
        self.store.user(&self.id).await.unwrap().unwrap()
    }

    /// Sets an authenticator app up, unverified.
    pub(crate) async fn create_totp(&self) -> TotpId {
        self.create_totp_on(NOW).await
    }

    async fn create_totp_on(&self, now: Timestamp) -> TotpId {
        let id = TotpId::generate(RANDOM);
        let totp = NewTotp {
            id: id.clone(),
            user_id: self.id.clone(),
            sealed_secret: b"sealed".to_vec(),
        };
        assert!(self.store.create_totp(totp, &on(now)).await.unwrap());
        id
    }

    pub(crate) fn verification(&self, totp: &TotpId, codes: &NewBackupCodes) -> TotpVerification {
        TotpVerification {
            id: totp.clone(),
            user_id: self.id.clone(),
            step: FIRST_STEP,
            made_after: Timestamp::from_millis(NOW.millis() - 600_000),
            session_id: self.session.clone(),
            backup_codes: Some(codes.clone()),
        }
    }

    /// Sets an authenticator app up and verifies it, with backup codes.
    pub(crate) async fn enable_totp(&self) -> Factors {
        self.enable_totp_on(NOW, NOW).await
    }

    pub(crate) async fn enable_totp_on(&self, created: Timestamp, verified: Timestamp) -> Factors {
        let factors = Factors {
            totp: self.create_totp_on(created).await,
            codes: new_codes(),
        };
        let verification = self.verification(&factors.totp, &factors.codes);
        assert_eq!(
            self.store
                .verify_totp(verification, &on(verified))
                .await
                .unwrap(),
            (Presented::Accepted, true),
        );
        factors
    }

    /// Begins a sign-in on a new client.
    pub(crate) async fn start_sign_in(&self) -> SignInRecord {
        let client = ClientId::generate(RANDOM);
        self.store
            .create_client(&client, &token(), NOW)
            .await
            .unwrap();
        self.start_sign_in_on(&client).await
    }

    pub(crate) async fn start_sign_in_on(&self, client: &ClientId) -> SignInRecord {
        let sign_in = SignInRecord {
            id: SignInId::generate(RANDOM),
            client_id: client.clone(),
            user_id: Some(self.id.clone()),
            identifier: "Ann@Example.com".to_owned(),
            stage: SignInStage::NeedsFirstFactor,
            credentials_version: self.record().await.credentials_version,
            first_factor_at: None,
            code_expire_at: None,
            new_password_hash: None,
            created_session_id: None,
            abandon_at: after(600),
            created_at: NOW,
        };
        self.store
            .start_sign_in(sign_in.clone(), NOW)
            .await
            .unwrap();
        sign_in
    }

    /// Begins a sign-in on a new client, of which only the second factor is missing.
    pub(crate) async fn pass_first_factor(&self) -> SignInRecord {
        let sign_in = self.start_sign_in().await;
        self.advance(sign_in).await
    }

    pub(crate) async fn advance(&self, sign_in: SignInRecord) -> SignInRecord {
        assert!(
            self.store
                .advance_sign_in(&sign_in, &self.id, None, RULE, &on(NOW))
                .await
                .unwrap()
        );
        SignInRecord {
            stage: SignInStage::NeedsSecondFactor,
            first_factor_at: Some(NOW),
            ..sign_in
        }
    }

    pub(crate) fn completion(&self, sign_in: &SignInRecord, proof: Proof) -> SignInCompletion {
        SignInCompletion {
            id: sign_in.id.clone(),
            stage: sign_in.stage,
            credentials_version: sign_in.credentials_version,
            proof,
            rehashed_password: None,
            new_password: None,
            session: new_session(&self.id, Some(&sign_in.client_id), NOW),
        }
    }

    /// Signs in on a new client by a proof.
    pub(crate) async fn sign_in_by(&self, proof: Proof) -> Presented {
        let sign_in = if proof == Proof::Password {
            self.start_sign_in().await
        } else {
            self.pass_first_factor().await
        };
        let completion = self.completion(&sign_in, proof);
        self.store
            .complete_sign_in(completion, &on(NOW))
            .await
            .unwrap()
    }

    /// Begins a step-up that asks for this proof; the proof, to be presented.
    pub(crate) async fn step_up(&self, proof: Proof) -> StepUp {
        let stage = match proof {
            Proof::Password => StepUpStage::NeedsFirstFactor,
            _ => StepUpStage::NeedsSecondFactor,
        };
        let begun = StepUpRecord {
            session_id: self.session.clone(),
            level: VerificationLevel::SecondFactor,
            stage,
            credentials_version: self.record().await.credentials_version,
            abandon_at: after(600),
        };
        // Where the session is over, so is the step-up: the proof is presented in vain.
        self.store.start_step_up(begun, NOW).await.unwrap();
        StepUp {
            session_id: self.session.clone(),
            stage,
            goes_on: false,
            client_id: self.client.clone(),
            token_hash: token(),
            user_id: self.id.clone(),
            proof,
            credentials_version: self.record().await.credentials_version,
        }
    }

    pub(crate) async fn live_sessions(&self) -> Vec<SessionId> {
        let sessions = self.store.live_sessions(&self.id, NOW).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect()
    }

    /// Wrong guesses, made in the session: it outlives the lock that they may end in.
    pub(crate) async fn spend(&self, attempts: u32) {
        for _ in 0..attempts {
            self.store
                .spend_attempt(
                    &self.id,
                    Some(&self.session),
                    Strategy::Password,
                    RULE,
                    &on(NOW),
                )
                .await
                .unwrap();
        }
    }
}
