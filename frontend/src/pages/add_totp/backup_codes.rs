use leptos::{html, prelude::*, web_sys::HtmlElement};

use super::Name;
use crate::{
    codes,
    components::{
        Button, CodeList, ConfirmDialog, Look, PageHeading, Question, Tick, close_dialog,
        show_dialog,
    },
    focus,
    form::{Problem, Submission},
    history,
    piece::{IntoPiece, Piece},
    session::{self, Session},
    words,
};

const LEAVE: Question = Question {
    id: "leave-question",
    heading: words::LEAVE_QUESTION,
    text: words::LEAVE_TEXT,
    confirm: words::LEAVE,
    busy: words::WORKING,
    cancel: words::STAY,
};

/// The third step: the backup codes that verification brought. Leaving without having saved them
/// asks first.
#[component]
pub(super) fn SaveCodes(codes: Vec<String>, on_finish: Callback<()>) -> Piece {
    let session = Session::known();
    focus::arrive(words::BACKUP_CODES, session.product());
    let saved = NodeRef::<html::Input>::new();
    let words = codes::list_words(session, &codes);
    let form = Submission::new(&["saved"], move || async move {
        if !is_ticked(saved) {
            return Err(Problem::at("saved", words::SAVE_CODES_FIRST));
        }
        on_finish.try_run(());
        Ok(())
    });
    let fields = view! {
        <Tick id="saved" label=words::SAVED_CODES node=saved error=form.error_of("saved") />
        <Button label=words::FINISH look=Look::Primary activity=form.activity() />
    }
    .piece();
    view! {
        <PageHeading text=words::BACKUP_CODES id=focus::HEADING />
        <p>{words::SAVE_CODES}</p>
        <p>{words::CODES_ONCE}</p>
        <CodeList codes=codes words=words />
        {form.view(fields)}
        <AskToLeave is_unsaved=move || !is_ticked(saved) />
    }
    .piece()
}

fn is_ticked(input: NodeRef<html::Input>) -> bool {
    input.get_untracked().is_some_and(|input| input.checked())
}

/// Where people were about to go.
#[derive(Clone)]
enum Way {
    /// Back in the browser's history.
    Back,
    /// Where this link or button leads.
    Out(HtmlElement),
}

/// Stands in every way out of the step while the codes are not saved.
#[component]
fn AskToLeave(is_unsaved: impl Fn() -> bool + Copy + 'static) -> Piece {
    let session = Session::known();
    let way = StoredValue::new_local(None::<Way>);
    // Whether the question was answered: then nothing is asked any more.
    let is_leaving = StoredValue::new(false);
    let has_to_ask = move || is_unsaved() && !is_leaving.try_get_value().unwrap_or(true);
    let ask = move |wanted: Way| {
        way.set_value(Some(wanted));
        show_dialog(LEAVE.id);
    };
    codes::ask_before_unload(has_to_ask);
    codes::stop_leaving(has_to_ask, move |out| ask(Way::Out(out)));
    history::on_move(session::ADD_TOTP, move || {
        if Name::shown() == Some(Name::BackupCodes) {
            // Forward again, by the line below.
        } else if has_to_ask() {
            history::forward();
            ask(Way::Back);
        } else {
            session.go_instead(session::MANAGE_MFA, None);
        }
    });
    let leave = move || {
        is_leaving.set_value(true);
        close_dialog(LEAVE.id);
        match way.get_value() {
            Some(Way::Out(out)) => out.click(),
            Some(Way::Back) | None => session.go_instead(session::MANAGE_MFA, None),
        }
    };
    view! { <ConfirmDialog question=LEAVE on_confirm=leave /> }.piece()
}
