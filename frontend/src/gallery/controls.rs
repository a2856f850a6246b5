//! What people press, fill in and tick.

use leptos::{html, prelude::*};

use super::{nothing, part, specimen, text};
use crate::{
    components::{Activity, Button, CodeInput, CodeKind, Field, Input, Look, Switch, Tick},
    piece::{IntoPiece, Piece},
    words::{self, Word, dashboard},
};

/// Each look in each state.
pub(super) fn buttons() -> Piece {
    let looks = [
        ("Primary", Look::Primary),
        ("Secondary", Look::Secondary),
        ("Danger", Look::Danger),
        ("Plain", Look::Plain),
    ];
    let states = [
        ("ready", Activity::Ready),
        ("busy", Activity::Busy),
        ("held: something has to be waited for", Activity::Held),
    ];
    let specimens = looks.into_iter().map(|(caption, look)| {
        let row = states
            .map(|(_, activity)| {
                let activity = Signal::derive(move || activity);
                view! {
                    <Button
                        label=words::CONTINUE
                        look=look
                        activity=activity
                        busy_label=words::CHECKING
                        on_press=|| ()
                    />
                }
                .piece()
            })
            .into_iter()
            .collect::<Vec<_>>();
        specimen(caption, view! { <div class="actions">{row}</div> }.piece())
    });
    let about = view! {
        <Button
            label=words::SIGN_OUT
            about="Firefox on Linux".to_owned()
            on_press=|| ()
        />
    };
    let about = specimen(
        "With what it is about, for those who hear it",
        about.piece(),
    );
    let order = states.map(|(name, _)| name).join(", ");
    let order = view! { <p class="aside">"Each from left to right: "{order}"."</p> }.piece();
    let all = std::iter::once(order)
        .chain(specimens)
        .chain(std::iter::once(about));
    part("Button", all.collect())
}

/// With and without hint and error.
pub(super) fn fields() -> Piece {
    let email = |id| Input {
        id,
        label: words::EMAIL,
        kind: "email",
        autocomplete: "username",
        hint: Word::NONE,
    };
    let password = |id| Input {
        id,
        label: words::PASSWORD,
        kind: "password",
        autocomplete: "new-password",
        hint: words::PASSWORD_HINT,
    };
    // Browsers complain of a password without a form, and of such a form without a name.
    let form = |email: Input, no_email, password: Input, no_password| {
        let (email_node, password_node) = (NodeRef::<html::Input>::new(), NodeRef::new());
        view! {
            <form>
                <Field input=email node=email_node error=no_email />
                <Field
                    input=password
                    node=password_node
                    error=no_password
                    reveal=(words::SHOW, words::HIDE, words::SHOWN_THING)
                />
            </form>
        }
        .piece()
    };
    let (missing, too_short) = (text(words::EMAIL_MISSING), text(words::PASSWORD_TOO_SHORT));
    part(
        "Field",
        vec![
            specimen(
                "Empty; a password, with a hint",
                form(email("email"), nothing(), password("password"), nothing()),
            ),
            specimen(
                "With errors",
                form(
                    email("no-email"),
                    missing,
                    password("no-password"),
                    too_short,
                ),
            ),
        ],
    )
}

/// Of both kinds.
pub(super) fn code_inputs() -> Piece {
    let input = |id, kind, label, hint, error| {
        let node = NodeRef::<html::Input>::new();
        view! { <CodeInput id=id kind=kind label=label node=node hint=hint error=error /> }.piece()
    };
    let (app, backup) = (CodeKind::Authenticator, CodeKind::Backup);
    let wrong = words::CODE_WRONG;
    let clock = Signal::derive(|| Some(words::clock_hint("14:02:31")));
    part(
        "CodeInput",
        vec![
            specimen(
                "Empty",
                input("code-empty", app, words::CODE, nothing(), nothing()),
            ),
            specimen(
                "With an error",
                input("code-wrong", app, words::CODE, nothing(), text(wrong)),
            ),
            specimen(
                "From the second error on",
                input("code-clock", app, words::CODE, clock, text(wrong)),
            ),
            specimen(
                "Backup code",
                input(
                    "code-backup",
                    backup,
                    words::BACKUP_CODE,
                    text(words::BACKUP_CODE_HINT),
                    nothing(),
                ),
            ),
        ],
    )
}

/// A box to tick.
pub(super) fn ticks() -> Piece {
    let tick = |id, error| {
        let node = NodeRef::<html::Input>::new();
        view! { <Tick id=id label=words::SAVED_CODES node=node error=error /> }.piece()
    };
    part(
        "Tick",
        vec![
            specimen("Empty", tick("tick-empty", nothing())),
            specimen(
                "With an error",
                tick("tick-error", text(words::SAVE_CODES_FIRST)),
            ),
        ],
    )
}

/// Something that is on or off.
pub(super) fn switches() -> Piece {
    let switch = |id, is_on| {
        let node = NodeRef::<html::Input>::new();
        view! {
            <Switch
                id=id
                label=dashboard::REQUIRE_MFA
                hint=dashboard::REQUIRE_MFA_HINT
                node=node
                is_on=is_on
            />
        }
        .piece()
    };
    part(
        "Switch",
        vec![
            specimen("Off", switch("switch-off", false)),
            specimen("On", switch("switch-on", true)),
        ],
    )
}
