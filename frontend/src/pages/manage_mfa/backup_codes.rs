use leptos::prelude::*;
use shared::BACKUP_CODES_PER_SET;

use crate::{
    api, codes,
    components::{
        Button, CodeList, ConfirmDialog, Look, Notice, Question, Section, Tone, close_dialog,
        show_dialog,
    },
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    session::Session,
    words::{self, errors::Task},
};

/// With so few codes left it is time for new ones.
const FEW: u32 = 3;

/// Id of the heading of new codes.
const NEW_CODES: &str = "new-codes";

const GENERATE: Question = Question {
    id: "generate-question",
    heading: words::GENERATE_QUESTION,
    text: words::GENERATE_TEXT,
    confirm: words::GENERATE,
    busy: words::GENERATING,
    cancel: words::CANCEL,
};

/// How many backup codes are left, and the way to new ones.
#[component]
pub(super) fn BackupCodesSection() -> Piece {
    let session = Session::known();
    let left = move || session.user().map_or(0, |user| user.backup_codes_remaining);
    let few = Signal::derive(move || {
        // What cannot be done is not asked for.
        if !session.offers_codes() {
            return None;
        }
        let warning = match left() {
            0 => words::NO_CODES_LEFT,
            1..=FEW => words::FEW_CODES_LEFT,
            _ => return None,
        };
        Some(warning.text().to_owned())
    });
    // One a line: there are signals of texts already, and each other kind is code of its own.
    let shown = RwSignal::new(None::<String>);
    let generation = Submission::new(&[], move || async move {
        let made = session
            .call(api::create_backup_codes())
            .await
            .map_err(|failure| Problem::of(failure, Task::Change))?;
        close_dialog(GENERATE.id);
        shown.set(Some(made.codes.join("\n")));
        Ok(())
    });
    let ask = Callback::new(move |()| {
        generation.clear();
        show_dialog(GENERATE.id);
    });
    let content = view! {
        <p>{Signal::derive(move || Some(words::codes_left(left().into(), BACKUP_CODES_PER_SET as u64)))}</p>
        <Notice tone=Tone::Warning message=few />
        {dynamic(move || match shown.get() {
            None if !session.offers_codes() => view! { <p>{words::SWITCHED_OFF}</p> }.piece(),
            None => view! { <Button label=words::GENERATE_CODES on_press=ask /> }.piece(),
            Some(made) => {
                let list = made.lines().map(str::to_owned).collect();
                view! { <NewCodes list=list on_done=move || shown.set(None) /> }.piece()
            }
        })}
        <ConfirmDialog
            question=GENERATE
            activity=generation.activity()
            error=generation.error()
            on_confirm=move || generation.send()
        />
    };
    view! {
        <Section
            id="backup-codes-heading"
            heading=words::BACKUP_CODES
            content=content.piece()
        />
    }
    .piece()
}

/// The new codes, until people say that they are done with them.
#[component]
fn NewCodes(list: Vec<String>, #[prop(into)] on_done: Callback<()>) -> Piece {
    let session = Session::known();
    // The button that had the focus is gone.
    focus::soon_on(NEW_CODES);
    codes::ask_before_unload(|| true);
    let words = codes::list_words(session, &list);
    view! {
        <h3 tabindex="-1" id=NEW_CODES>
            {words::NEW_CODES}
        </h3>
        <p>{words::NEW_CODES_TEXT}</p>
        <CodeList codes=list words=words />
        <Button label=words::DONE look=Look::Primary on_press=on_done />
    }
    .piece()
}
