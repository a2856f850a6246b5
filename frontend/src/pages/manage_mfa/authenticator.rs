use leptos::prelude::*;
use shared::Timestamp;

use crate::{
    api,
    components::{Button, ConfirmDialog, Question, Section, close_dialog, show_dialog},
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    resources::User,
    session::{self, Session},
    words::{self, Word, errors::Task, time::Moment, word},
};

const REMOVE: Question = Question {
    id: "remove-question",
    heading: words::REMOVE_QUESTION,
    text: words::REMOVE_TEXT,
    confirm: words::REMOVE,
    busy: words::REMOVING,
    cancel: words::CANCEL,
};

/// Whether an authenticator app is set up, and the way to change that.
#[component]
pub(super) fn AuthenticatorApp(on_removed: Callback<()>) -> Piece {
    let session = Session::known();
    let is_on = Memo::new(move |_| session.user().is_some_and(|user| user.totp_enabled));
    let state = word(move || if is_on.get() { words::ON } else { words::OFF });
    let on = Signal::derive(move || is_on.get().then(|| "on".to_owned()));
    let removal = Submission::new(&[], move || async move {
        session
            .call(api::remove_totp())
            .await
            .map_err(|failure| Problem::of(failure, Task::Change))?;
        // Only then can anything outside of the dialog take the focus.
        close_dialog(REMOVE.id);
        // People may have left by now.
        on_removed.try_run(());
        Ok(())
    });
    let ask = move || {
        removal.clear();
        show_dialog(REMOVE.id);
    };
    let beside = view! {
        <span class="state" data-state=on data-testid="totp-state">
            {state}
        </span>
    };
    let content = view! {
        {dynamic(move || dates(session.user()))}
        {dynamic(move || {
            if is_on.get() {
                view! { <Button label=words::REMOVE_AUTHENTICATOR on_press=ask /> }.piece()
            } else if !session.offers_app() {
                view! { <p>{words::SWITCHED_OFF}</p> }.piece()
            } else {
                view! {
                    <a class="button button-primary" href=session::ADD_TOTP>
                        {words::ADD_AUTHENTICATOR}
                    </a>
                }
                .piece()
            }
        })}
        <ConfirmDialog
            question=REMOVE
            activity=removal.activity()
            error=removal.error()
            on_confirm=move || removal.send()
        />
    };
    view! {
        <Section
            id="authenticator-app"
            heading=words::AUTHENTICATOR_APP
            beside=beside.piece()
            content=content.piece()
        />
    }
    .piece()
}

/// Since when the app is set up, and when a code of it was last used.
fn dates(user: Option<User>) -> Piece {
    let Some(user) = user.filter(|user| user.totp_enabled) else {
        return Piece::empty();
    };
    view! {
        <dl class="facts">
            {date(words::SINCE, user.mfa_enabled_at())}
            {date(words::LAST_USED, user.totp_last_used_at())}
        </dl>
    }
    .piece()
}

fn date(label: Word, time: Option<Timestamp>) -> Piece {
    let Some(time) = time else {
        return Piece::empty();
    };
    let Moment { text, iso } = Moment::of(time);
    view! {
        <div>
            <dt>{label}</dt>
            <dd>
                <time datetime=iso>{text}</time>
            </dd>
        </div>
    }
    .piece()
}
