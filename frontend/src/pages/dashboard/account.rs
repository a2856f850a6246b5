//! A row of the list of accounts, and what can be done for its user.

use leptos::prelude::*;
use shared::BACKUP_CODES_PER_SET;

use crate::{
    api,
    components::{Button, ConfirmDialog, Notice, Question, Tone, close_dialog, show_dialog},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    resources::{ManagedUser, User},
    session::Session,
    words::{self, Word, dashboard, errors::Task, word},
};

/// What can be done for somebody.
pub(super) struct Help {
    /// What the API calls it.
    name: &'static str,
    question: Question,
    /// What has happened then, to the account with an address.
    done: fn(&str) -> String,
}

pub(super) const RESET: Help = Help {
    name: "reset_mfa",
    question: Question {
        id: "reset-question",
        heading: dashboard::RESET_QUESTION,
        text: dashboard::RESET_TEXT,
        confirm: dashboard::RESET_CONFIRM,
        busy: dashboard::RESETTING,
        cancel: words::CANCEL,
    },
    done: dashboard::was_reset,
};

pub(super) const UNLOCK: Help = Help {
    name: "unlock",
    question: Question {
        id: "unlock-question",
        heading: dashboard::UNLOCK_QUESTION,
        text: dashboard::UNLOCK_TEXT,
        confirm: dashboard::UNLOCK,
        busy: dashboard::UNLOCKING,
        cancel: words::CANCEL,
    },
    done: dashboard::was_unlocked,
};

/// An account, and what was done for its user since it was found.
#[derive(Clone)]
pub(super) struct Entry {
    account: ManagedUser,
    helped: Option<&'static Help>,
}

/// It outlives the list that it is shown in, which is drawn anew with each further part.
pub(super) type Row = ArcRwSignal<Entry>;

/// A row of an account as it was found.
pub(super) fn row(account: ManagedUser) -> Row {
    ArcRwSignal::new(Entry {
        account,
        helped: None,
    })
}

/// The id of the row's user.
pub(super) fn id(row: &Row) -> String {
    row.read_untracked().account.user.id.clone()
}

/// A row, which can take the focus by the user's id.
pub(super) fn listed(session: Session, row: &Row, asked: RwSignal<Option<String>>) -> Piece {
    let (told, drawn) = (row.clone(), row.clone());
    let message = Signal::derive(move || {
        let Entry { account, helped } = &*told.read();
        helped.map(|help| (help.done)(account.user.email_address()))
    });
    view! {
        <li id=id(row) tabindex="-1">
            {dynamic(move || account(session, &drawn, asked))}
            <Notice tone=Tone::Success message=message />
        </li>
    }
    .piece()
}

fn account(session: Session, row: &Row, asked: RwSignal<Option<String>>) -> Piece {
    let Entry { account, .. } = &*row.read();
    let user = &account.user;
    let has_app = user.totp_enabled;
    let app = word(move || if has_app { words::ON } else { words::OFF });
    let left = u64::from(user.backup_codes_remaining);
    let codes = has_app.then(|| {
        let left = move || Some(words::codes_left(left, BACKUP_CODES_PER_SET as u64));
        fact(words::BACKUP_CODES, Signal::derive(left))
    });
    let browsers = account.active_sessions;
    let browsers = Signal::derive(move || Some(dashboard::signed_in_browsers(browsers)));
    let id = user.id.clone();
    view! {
        <p class="record card-head">
            <bdi>{user.email_address().to_owned()}</bdi>
            {state(dashboard::ADMINISTRATOR, user.administrator)}
            {state(dashboard::LOCKED_STATE, user.locked)}
            {state(dashboard::BARRED_STATE, user.banned)}
        </p>
        <dl class="facts">
            {name(user.names())}
            {fact(dashboard::ID, Signal::derive(move || Some(id.clone())))}
            {fact(words::AUTHENTICATOR_APP, app)}
            {codes}
            {fact(dashboard::SIGNED_IN_FACT, browsers)}
        </dl>
        {help(session, user, row, asked)}
    }
    .piece()
}

/// What can be done for the user, who must be somebody else.
fn help(session: Session, user: &User, row: &Row, asked: RwSignal<Option<String>>) -> Piece {
    if untrack(|| session.user()).is_some_and(|own| own.id == user.id) {
        return view! { <p class="aside">{words::NOT_ONESELF}</p> }.piece();
    }
    let ask = |help, label| ask(help, label, user.email_address(), row, asked);
    let reset = user
        .two_factor_enabled
        .then(|| ask(&RESET, dashboard::RESET_MFA));
    view! {
        <div class="actions">
            {reset} {ask(&UNLOCK, dashboard::UNLOCK)}
        </div>
    }
    .piece()
}

fn state(said: Word, is_so: bool) -> Piece {
    if is_so {
        view! { <span class="state">{said}</span> }.piece()
    } else {
        Piece::empty()
    }
}

fn name(name: String) -> Piece {
    if name.is_empty() {
        return Piece::empty();
    }
    fact(
        dashboard::PERSON_NAME,
        Signal::derive(move || Some(name.clone())),
    )
}

fn fact(label: Word, value: Signal<Option<String>>) -> Piece {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>
                <bdi>{value}</bdi>
            </dd>
        </div>
    }
    .piece()
}

/// The button that asks whether somebody is to be helped.
fn ask(
    help: &'static Help,
    label: Word,
    address: &str,
    row: &Row,
    asked: RwSignal<Option<String>>,
) -> Piece {
    let id = id(row);
    let ask = move || {
        asked.set(Some(id.clone()));
        show_dialog(help.question.id);
    };
    view! { <Button label=label about=address.to_owned() on_press=ask /> }.piece()
}

/// The question before somebody is helped: whoever was `asked` about last, whose `row` there is.
pub(super) fn dialog(
    help: &'static Help,
    asked: RwSignal<Option<String>>,
    row: Callback<(), Option<Row>>,
) -> Piece {
    let session = Session::known();
    let about = Signal::derive(move || {
        let row = row.run(())?;
        let Entry { account, .. } = &*row.read();
        Some(account.user.email_address().to_owned())
    });
    let sending = Submission::new(&[], move || async move {
        let Some(row) = untrack(|| row.run(())) else {
            return Ok(());
        };
        let id = id(&row);
        let account = session
            .call(api::help(&id, help.name))
            .await
            .map_err(|failure| Problem::of(failure, Task::Change))?;
        // Only then can anything outside of the dialog take the focus.
        close_dialog(help.question.id);
        // The button may be gone with what it was for.
        focus::on(&id);
        row.set(Entry {
            account,
            helped: Some(help),
        });
        Ok(())
    });
    // What went wrong with one account says nothing about the next.
    Effect::new(move || {
        asked.track();
        sending.clear();
    });
    view! {
        <ConfirmDialog
            question=help.question
            about=about
            activity=sending.activity()
            error=sending.error()
            on_confirm=move || sending.send()
        />
    }
    .piece()
}
