//! Signing in: the password, or a code by mail and a new password for those who forgot theirs, and
//! the second factor of those who have one.

mod forgotten;
mod new_password;
mod password;
mod second_factor;

use forgotten::Forgotten;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use new_password::NewPassword;
use password::Password;
use second_factor::SecondFactor;
use shared::resources::Strategy;

use crate::{
    api, history,
    mailed_code::MailedCode,
    piece::{IntoPiece, Piece, dynamic},
    resources::{SignIn, Wanted},
    session::{self, Session},
    words::{self, errors::Task},
};

/// The history steps of all stages but the first.
const FORGOTTEN: &str = "forgotten";
const MAILED_CODE: &str = "mailed-code";
const NEW_PASSWORD: &str = "new-password";
const SECOND_FACTOR: &str = "second-factor";

/// Where signing in stands.
enum Stage {
    /// Who, and the password.
    Password,
    /// Who forgot it.
    Forgotten,
    /// A sign-in asks for more.
    Begun(SignIn, Wanted),
}

impl Stage {
    /// The stage of the history's `step`, as far as `sign_in` still is there to go on. It outlives
    /// a reload so, which phones do when people change to their mail or authenticator app.
    fn of(step: Option<&str>, sign_in: Option<SignIn>) -> Self {
        let begun = sign_in.and_then(|sign_in| {
            let wanted = sign_in.wants()?;
            Some((sign_in, wanted))
        });
        match (step, begun) {
            (Some(MAILED_CODE | NEW_PASSWORD | SECOND_FACTOR), Some((sign_in, wanted))) => {
                Self::Begun(sign_in, wanted)
            }
            // Another code is asked for there, where the time for this one is over.
            (Some(FORGOTTEN | MAILED_CODE | NEW_PASSWORD), _) => Self::Forgotten,
            _ => Self::Password,
        }
    }
}

/// The history step of what a sign-in wants.
const fn step_of(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::MailedCode => MAILED_CODE,
        Wanted::NewPassword => NEW_PASSWORD,
        Wanted::SecondFactor => SECOND_FACTOR,
    }
}

/// The sign-in page.
#[component]
pub(crate) fn SignInPage() -> Piece {
    let session = Session::known();
    let wanted = use_query_map().with_untracked(|query| query.get("return_to"));
    let next = session::return_path(wanted.as_deref()).to_owned();
    if untrack(|| session.is_signed_in()) {
        session.redirect(next, None);
        return Piece::empty();
    }

    let step = RwSignal::new(history::step(session::SIGN_IN));
    history::on_move(session::SIGN_IN, move || {
        step.set(history::step(session::SIGN_IN));
    });
    let on_forgotten = Callback::new(move |()| {
        history::push(FORGOTTEN);
        step.set(Some(FORGOTTEN.to_owned()));
    });
    let on_progress = Callback::new(move |()| {
        let Some(wanted) = session.sign_in().and_then(|sign_in| sign_in.wants()) else {
            session.go_instead(&next, None);
            return;
        };
        let after = step_of(wanted);
        if matches!(step.get_untracked().as_deref(), None | Some(FORGOTTEN)) {
            history::push(after);
        } else {
            // Not one after the other: a code that was right cannot be given again.
            history::replace(session::SIGN_IN, after);
        }
        step.set(Some(after.to_owned()));
    });
    // What was typed at one stage is not asked for again at the next.
    let email = RwSignal::new(None::<String>);
    dynamic(move || {
        let stage = Stage::of(step.get().as_deref(), session.sign_in());
        match stage {
            Stage::Password => view! {
                <Password email=email on_sign_in=on_progress on_forgotten=on_forgotten />
            }
            .piece(),
            Stage::Forgotten => view! { <Forgotten email=email on_sent=on_progress /> }.piece(),
            Stage::Begun(sign_in, Wanted::MailedCode) => mailed_code(sign_in, on_progress),
            Stage::Begun(sign_in, Wanted::NewPassword) => {
                view! { <NewPassword sign_in=sign_in on_chosen=on_progress /> }.piece()
            }
            Stage::Begun(sign_in, Wanted::SecondFactor) => {
                view! { <SecondFactor sign_in=sign_in on_complete=on_progress /> }.piece()
            }
        }
    })
    .piece()
}

/// The code that was sent by mail, if there is an account to send it to.
fn mailed_code(sign_in: SignIn, on_accepted: Callback<()>) -> Piece {
    let code = MailedCode {
        strategy: Strategy::ResetPasswordEmailCode,
        path: api::sign_in_path(&sign_in.id),
        send: api::send_reset_code,
        sending: Task::ResetPassword,
        needs_first: false,
        sent: words::CODE_SENT,
    };
    let who = view! {
        {signing_in_as(sign_in.identifier.unwrap_or_default())}
        <p>{words::CHECK_EMAIL_TEXT}</p>
    };
    code.view(who.piece(), on_accepted)
}

/// Who signs in, as they typed it.
fn signing_in_as(account: String) -> Piece {
    view! {
        <p>{words::SIGNING_IN_AS} " " <bdi class="account">{account}</bdi></p>
    }
    .piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown at that step of the history, with a sign-in of that status.
    fn stage(step: Option<&str>, status: &str) -> Option<Wanted> {
        let json = format!(r#"{{"id": "sia_1", "status": "{status}", "identifier": null}}"#);
        match Stage::of(step, miniserde::json::from_str(&json).ok()) {
            Stage::Begun(_, wanted) => Some(wanted),
            Stage::Password | Stage::Forgotten => None,
        }
    }

    #[test]
    fn what_a_sign_in_wants_is_asked_for_wherever_the_history_stands_behind_the_beginning() {
        for (status, wanted) in [
            ("needs_first_factor", Wanted::MailedCode),
            ("needs_new_password", Wanted::NewPassword),
            ("needs_second_factor", Wanted::SecondFactor),
        ] {
            for step in [MAILED_CODE, NEW_PASSWORD, SECOND_FACTOR] {
                assert_eq!(stage(Some(step), status), Some(wanted), "{step} {status}");
            }
            for step in [None, Some(FORGOTTEN)] {
                assert_eq!(stage(step, status), None, "{step:?} {status}");
            }
            assert_eq!(stage(Some(step_of(wanted)), status), Some(wanted));
        }
    }

    #[test]
    fn a_sign_in_that_is_over_leads_back_to_its_beginning() {
        for (step, is_forgotten) in [
            (None, false),
            (Some(FORGOTTEN), true),
            (Some(MAILED_CODE), true),
            (Some(NEW_PASSWORD), true),
            (Some(SECOND_FACTOR), false),
            (Some("of another page"), false),
        ] {
            let stage = Stage::of(step, None);
            assert_eq!(matches!(stage, Stage::Forgotten), is_forgotten, "{step:?}");
            assert_eq!(matches!(stage, Stage::Password), !is_forgotten, "{step:?}");
        }
    }
}
