//! Adding an authenticator app, in four steps on one page.

mod add;
mod backup_codes;
mod success;
mod verify;

use add::Add;
use backup_codes::SaveCodes;
use leptos::prelude::*;
use success::Success;
use verify::Verify;

use crate::{
    api::{self, Failure},
    components::{Notice, PageHeading, Stepper, Tone},
    focus,
    form::{Problem, Submission},
    history,
    piece::{IntoPiece, Piece, dynamic},
    resources::Totp,
    session::{self, Session},
    words::{self, errors::Task},
};

/// A secret that waits for its first code.
#[derive(Clone, PartialEq, Eq)]
struct Enrolment {
    /// In base32.
    secret: String,
    /// The same as an otpauth URI.
    uri: String,
}

impl Enrolment {
    /// The enrolment that a created TOTP begins.
    fn of(totp: Totp) -> Option<Self> {
        let (secret, uri) = (totp.secret?, totp.uri?);
        Some(Self { secret, uri })
    }
}

/// Where adding an authenticator app stands.
#[derive(Clone)]
enum Step {
    /// The secret is shown, as soon as it is there.
    Add(Option<Enrolment>),
    /// A first code is wanted.
    Verify(Enrolment),
    /// It was right, and these are the backup codes.
    BackupCodes(Vec<String>),
    /// All is done.
    Success,
}

/// The name of a step, in the browser's history too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Add,
    Verify,
    BackupCodes,
    Success,
}

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Verify => "verify",
            Self::BackupCodes => "backup-codes",
            Self::Success => "success",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Add, Self::Verify, Self::BackupCodes, Self::Success]
            .into_iter()
            .find(|step| step.as_str() == name)
    }

    /// The step of the browser's history entry that is shown.
    fn shown() -> Option<Self> {
        Self::of(&history::step(session::ADD_TOTP)?)
    }
}

impl Step {
    const fn name(&self) -> Name {
        match self {
            Self::Add(_) => Name::Add,
            Self::Verify(_) => Name::Verify,
            Self::BackupCodes(_) => Name::BackupCodes,
            Self::Success => Name::Success,
        }
    }

    /// The secret, as long as it is of use.
    fn enrolment(&self) -> Option<&Enrolment> {
        match self {
            Self::Add(enrolment) => enrolment.as_ref(),
            Self::Verify(enrolment) => Some(enrolment),
            Self::BackupCodes(_) | Self::Success => None,
        }
    }

    /// This step after the browser went to the entry of `wanted`. Codes and success are left only
    /// for another page.
    fn moved_to(self, wanted: Option<Name>) -> Self {
        match (self, wanted) {
            (Self::Add(Some(enrolment)) | Self::Verify(enrolment), Some(Name::Verify)) => {
                Self::Verify(enrolment)
            }
            (Self::Verify(enrolment), _) => Self::Add(Some(enrolment)),
            (step, _) => step,
        }
    }
}

/// The page that adds an authenticator app, for those who have none.
#[component]
pub(crate) fn AddTotp() -> Piece {
    let session = Session::known();
    let shown = Name::shown();
    let is_enabled = untrack(|| session.user()).is_some_and(|user| user.totp_enabled);
    let instead = match (is_enabled, shown) {
        // An entry that was here before: an earlier secret may be in somebody's app already.
        (false, shown) => return view! { <Steps is_return=shown.is_some() /> }.piece(),
        // A reload: the codes are gone, and the other page offers new ones.
        (true, Some(Name::BackupCodes)) => Some(history::CODES_GONE),
        (true, Some(Name::Success)) => None,
        (true, _) => return view! { <AlreadyAdded /> }.piece(),
    };
    session.redirect(session::MANAGE_MFA.to_owned(), instead);
    Piece::empty()
}

#[component]
fn AlreadyAdded() -> Piece {
    focus::arrive(words::ADD_TOTP, Session::known().product());
    view! {
        <PageHeading text=words::ADD_TOTP id=focus::HEADING />
        <Notice tone=Tone::Warning message=words::ALREADY_ADDED />
        <p>{words::ALREADY_ADDED_TEXT}</p>
        <p>
            <a href=session::MANAGE_MFA>{words::MANAGE_MFA_LINK}</a>
        </p>
    }
    .piece()
}

#[component]
fn Steps(is_return: bool) -> Piece {
    let session = Session::known();
    let step = RwSignal::new(Step::Add(None));
    // Whether a secret was made that another one is dead for.
    let is_new = RwSignal::new(false);
    let creation = Submission::new(&[], move || {
        let has_secret = step.read_untracked().enrolment().is_some();
        let takes_place = is_return || has_secret;
        is_new.set(false);
        async move {
            let created = created(session).await;
            if !has_secret && matches!(created, Err(Failure::Cancelled)) {
                leave(session);
            }
            let enrolment = created.map_err(|failure| Problem::of(failure, Task::Change))?;
            step.set(Step::Add(Some(enrolment)));
            is_new.set(takes_place);
            history::replace(session::ADD_TOTP, Name::Add.as_str());
            Ok(())
        }
    });
    // The page is there before its secret is asked for, where it is the first one to see.
    if focus::is_first_view() {
        creation.send_once_painted();
    } else {
        creation.send();
    }

    // Whether a new secret is to be made once the first step is back: going there ends what was
    // begun before.
    let is_reset = StoredValue::new(false);
    history::on_move(session::ADD_TOTP, move || {
        match step.get_untracked() {
            // Asks first, by itself.
            Step::BackupCodes(_) => {}
            Step::Success => session.go_instead(session::MANAGE_MFA, None),
            current => step.set(current.moved_to(Name::shown())),
        }
        if is_reset.try_update_value(std::mem::take) == Some(true) {
            creation.send();
        }
    });

    let on_verify = Callback::new(move |()| {
        let current = step.get_untracked();
        if current.enrolment().is_some() {
            history::push(Name::Verify.as_str());
            step.set(current.moved_to(Some(Name::Verify)));
        }
    });
    let on_reset = Callback::new(move |()| {
        is_reset.set_value(true);
        history::back();
    });
    let on_verified = Callback::new(move |codes: Option<Vec<String>>| {
        let next = codes.map_or(Step::Success, Step::BackupCodes);
        // Not one after the other: a secret that is in use cannot be verified again.
        history::replace(session::ADD_TOTP, next.name().as_str());
        step.set(next);
    });
    let on_finish = Callback::new(move |()| {
        history::replace(session::ADD_TOTP, Name::Success.as_str());
        step.set(Step::Success);
    });

    // As text: the router has memos of that kind, and each kind is code of its own.
    let name = Memo::new(move |_| step.read().name().as_str().to_owned());
    dynamic(move || {
        // A memo that nobody reads notices nothing.
        name.with(|_| ());
        let current = step.get_untracked();
        let stepper = stepper(current.name());
        let view = match current {
            Step::BackupCodes(codes) => {
                view! { <SaveCodes codes=codes on_finish=on_finish /> }.piece()
            }
            Step::Success => view! { <Success /> }.piece(),
            Step::Verify(_) => {
                view! { <Verify on_verified=on_verified on_reset=on_reset /> }.piece()
            }
            Step::Add(_) => {
                let part = move |of: fn(&Enrolment) -> &String| {
                    Signal::derive(move || step.read().enrolment().map(of).cloned())
                };
                let (secret, uri) = (part(|made| &made.secret), part(|made| &made.uri));
                view! {
                    <Add secret=secret uri=uri creation=creation is_new=is_new on_verify=on_verify />
                }
                .piece()
            }
        };
        view! { {stepper} {view} }.piece()
    })
    .piece()
}

/// Without a secret there is nothing to do on this page, unless it was left already: by Back, or
/// because the session is over.
fn leave(session: Session) {
    if history::is_shown(session::ADD_TOTP) && untrack(|| session.is_signed_in()) {
        session.go_instead(session::MANAGE_MFA, None);
    }
}

/// Makes a secret; an earlier one that was never verified is dead from then on.
async fn created(session: Session) -> Result<Enrolment, Failure> {
    let totp = session.call(api::create_totp()).await?;
    Enrolment::of(totp).ok_or(Failure::Unreachable)
}

fn stepper(name: Name) -> Piece {
    let at = name as usize;
    let place =
        Signal::derive(move || Some(words::step_of(at as u64 + 1, words::STEPS.len() as u64)));
    view! {
        <Stepper
            label=words::PROGRESS
            steps=&words::STEPS
            current=at
            place=place
        />
    }
    .piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolment() -> Enrolment {
        Enrolment {
            secret: "GEZDGNBV".to_owned(),
            uri: "otpauth://totp/x".to_owned(),
        }
    }

    #[test]
    fn back_and_forward_keep_the_secret() {
        let back = Step::Verify(enrolment()).moved_to(Some(Name::Add));
        assert!(matches!(&back, Step::Add(Some(kept)) if *kept == enrolment()));
        let forward = back.moved_to(Some(Name::Verify));
        assert!(matches!(&forward, Step::Verify(kept) if *kept == enrolment()));
    }

    #[test]
    fn no_way_leads_to_a_code_for_a_secret_that_is_not_there() {
        for wanted in [Name::Verify, Name::BackupCodes, Name::Success] {
            let step = Step::Add(None).moved_to(Some(wanted));
            assert!(matches!(step, Step::Add(None)));
        }
    }

    #[test]
    fn the_secret_is_gone_once_it_is_verified() {
        assert!(Step::BackupCodes(Vec::new()).enrolment().is_none());
        assert!(Step::Success.enrolment().is_none());
    }

    #[test]
    fn a_step_is_found_by_its_name() {
        for name in [Name::Add, Name::Verify, Name::BackupCodes, Name::Success] {
            assert!(Name::of(name.as_str()) == Some(name));
        }
        assert!(Name::of(history::CODES_GONE).is_none());
    }
}
