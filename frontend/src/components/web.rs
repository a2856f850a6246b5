//! What components do in the document of a real browser: `scripts/test-web.sh` runs these.

use leptos::{
    html,
    mount::UnmountHandle,
    prelude::*,
    task::tick,
    web_sys::{Element, Event, HtmlElement, HtmlInputElement},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::{
    Activity, Button, CodeInput, CodeKind, ConfirmDialog, CopyButton, Dialog, Field, Input, Notice,
    Question, Switch, Tick, Tone, close_dialog, show_dialog,
};
use crate::{
    codes,
    piece::{Built, IntoPiece, Piece},
    words::{self, dashboard},
};

wasm_bindgen_test_configure!(run_in_browser);

/// Draws a view, which is taken away with what this returns.
fn drawn(view: impl FnOnce() -> Piece + 'static) -> UnmountHandle<Built> {
    let body = document().body().unwrap();
    let root = document().create_element("div").unwrap();
    body.append_child(&root).unwrap();
    mount_to(root.unchecked_into(), view)
}

fn element(selector: &str) -> Element {
    document().query_selector(selector).unwrap().unwrap()
}

fn html(selector: &str) -> HtmlElement {
    element(selector).unchecked_into()
}

fn input(selector: &str) -> HtmlInputElement {
    element(selector).unchecked_into()
}

fn text(selector: &str) -> String {
    element(selector).text_content().unwrap_or_default()
}

fn attribute(selector: &str, name: &str) -> Option<String> {
    element(selector).get_attribute(name)
}

fn nothing() -> Signal<Option<String>> {
    Signal::derive(|| None)
}

/// Runs a script, as nothing but a test would.
fn run(script: &str) {
    js_sys::Function::new_no_args(script)
        .call0(&JsValue::NULL)
        .unwrap();
}

/// Lets the browser draw, and do all that comes before that.
async fn frame() {
    let drawn = js_sys::Promise::new(&mut |resolve, _| {
        window().request_animation_frame(&resolve).unwrap();
    });
    JsFuture::from(drawn).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_code_stays_as_it_was_typed_until_it_is_read() {
    let node = NodeRef::<html::Input>::new();
    let _view = drawn(move || {
        view! {
            <CodeInput
                id="code"
                kind=CodeKind::Authenticator
                label=words::CODE
                node=node
                hint=nothing()
                error=nothing()
            />
        }
        .piece()
    });
    let field = input("#code");
    // The browser itself would cut a pasted "123 456" short.
    assert_eq!(field.max_length(), -1);
    field.set_value(" 123 456 ");
    field.dispatch_event(&Event::new("input").unwrap()).unwrap();
    tick().await;
    assert_eq!(field.value(), " 123 456 ");
    assert_eq!(node.get_untracked().unwrap().value(), " 123 456 ");
}

#[wasm_bindgen_test]
async fn a_switch_is_read_where_it_was_put() {
    let node = NodeRef::<html::Input>::new();
    let _view = drawn(move || {
        view! {
            <Switch
                id="require"
                label=dashboard::REQUIRE_MFA
                hint=dashboard::REQUIRE_MFA_HINT
                node=node
                is_on=true
            />
        }
        .piece()
    });
    assert_eq!(attribute("#require", "role").as_deref(), Some("switch"));
    let described_by = attribute("#require", "aria-describedby").unwrap();
    assert_eq!(
        text(&format!("#{described_by}")),
        dashboard::REQUIRE_MFA_HINT.text()
    );
    assert!(node.get_untracked().unwrap().checked());
    html("[for=require]").click();
    tick().await;
    assert!(!node.get_untracked().unwrap().checked());
}

#[wasm_bindgen_test]
async fn an_error_is_tied_to_its_input_and_goes_without_a_trace() {
    let error = RwSignal::new(None::<String>);
    let node = NodeRef::<html::Input>::new();
    let _view = drawn(move || {
        view! { <Tick id="saved" label=words::SAVED_CODES node=node error=error /> }.piece()
    });
    assert_eq!(attribute("#saved", "aria-invalid"), None);
    assert_eq!(attribute("#saved", "aria-describedby"), None);
    // The place is there before the words are.
    assert_eq!(attribute("#saved-error", "role").as_deref(), Some("alert"));

    error.set(Some("Tick it".to_owned()));
    tick().await;
    assert_eq!(attribute("#saved", "aria-invalid").as_deref(), Some("true"));
    let described_by = attribute("#saved", "aria-describedby").unwrap();
    assert_eq!(text(&format!("#{described_by}")), "Tick it");

    error.set(None);
    tick().await;
    assert_eq!(attribute("#saved", "aria-invalid"), None);
    assert_eq!(text("#saved-error"), "");
}

#[wasm_bindgen_test]
async fn a_password_is_shown_and_hidden_and_kept() {
    let typed = Input {
        id: "password",
        label: words::PASSWORD,
        kind: "password",
        autocomplete: "new-password",
        hint: words::PASSWORD_HINT,
    };
    let node = NodeRef::<html::Input>::new();
    let _view = drawn(move || {
        let reveal = (words::SHOW, words::HIDE, words::SHOWN_THING);
        view! { <Field input=typed node=node error=nothing() reveal=reveal /> }.piece()
    });
    input("#password").set_value("quiet harbour");
    for (kind, pressed, name) in [
        ("text", "true", "Hide password"),
        ("password", "false", "Show password"),
    ] {
        html("button.reveal").click();
        tick().await;
        assert_eq!(input("#password").type_(), kind);
        assert_eq!(input("#password").value(), "quiet harbour");
        let is_pressed = attribute("button.reveal", "aria-pressed");
        assert_eq!(is_pressed.as_deref(), Some(pressed));
        assert_eq!(text("button.reveal"), name);
    }
}

#[wasm_bindgen_test]
async fn a_button_at_work_keeps_its_focus_and_does_nothing() {
    let activity = RwSignal::new(Activity::Ready);
    let presses = RwSignal::new(0);
    let _view = drawn(move || {
        view! {
            <Button
                label=words::CONTINUE
                activity=activity
                busy_label=words::CHECKING
                on_press=move || presses.update(|presses| *presses += 1)
            />
        }
        .piece()
    });
    let button = html("button.button");
    button.focus().unwrap();
    button.click();
    assert_eq!(presses.get_untracked(), 1);
    for state in [Activity::Busy, Activity::Held] {
        activity.set(state);
        tick().await;
        button.click();
        assert_eq!(presses.get_untracked(), 1, "{state:?}");
        assert!(button.matches(":focus").unwrap(), "{state:?}");
        let is_disabled = button.get_attribute("aria-disabled");
        assert_eq!(is_disabled.as_deref(), Some("true"), "{state:?}");
    }
    activity.set(Activity::Ready);
    tick().await;
    button.click();
    assert_eq!(presses.get_untracked(), 2);
}

#[wasm_bindgen_test]
async fn the_place_of_a_message_is_there_before_its_words() {
    let message = RwSignal::new(None::<String>);
    let _view = drawn(move || {
        view! {
            <Notice tone=Tone::Success message=message />
            <Notice tone=Tone::Error message=message />
        }
        .piece()
    });
    let (status, alert) = (element("[role=status]"), element("[role=alert]"));
    message.set(Some("Done".to_owned()));
    tick().await;
    // Those that assistive technology listens to, not others in their place.
    for place in [status, alert] {
        assert_eq!(place.text_content().as_deref(), Some("Done"));
        assert!(place.is_connected());
    }
}

const QUESTION: Question = Question {
    id: "question",
    heading: words::REMOVE_QUESTION,
    text: words::REMOVE_TEXT,
    confirm: words::REMOVE,
    busy: words::REMOVING,
    cancel: words::CANCEL,
};

#[wasm_bindgen_test]
fn a_question_takes_the_focus_in_and_gives_it_back() {
    let confirmed = RwSignal::new(0);
    let _view = drawn(move || {
        view! {
            <Button label=words::REMOVE_AUTHENTICATOR on_press=|| show_dialog(QUESTION.id) />
            <ConfirmDialog
                question=QUESTION
                on_confirm=move || confirmed.update(|confirmed| *confirmed += 1)
            />
        }
        .piece()
    });
    let (opener, question) = (html("button.button"), element("#question"));
    opener.focus().unwrap();
    opener.click();
    assert!(question.matches(":modal").unwrap());
    assert!(question.matches(":focus-within").unwrap());
    let named_by = attribute("#question", "aria-labelledby").unwrap();
    assert_eq!(text(&format!("#{named_by}")), "Remove authenticator app?");

    // The last button is the one that does nothing.
    html("#question button:last-of-type").click();
    assert!(!question.matches("[open]").unwrap());
    assert!(opener.matches(":focus").unwrap());
    assert_eq!(confirmed.get_untracked(), 0);

    opener.click();
    html("#question .button-danger").click();
    assert_eq!(confirmed.get_untracked(), 1);
    // Whoever asked closes it, once it is done.
    assert!(question.matches("[open]").unwrap());
    close_dialog(QUESTION.id);
}

#[wasm_bindgen_test]
async fn a_dialog_says_that_it_was_closed() {
    let closed = RwSignal::new(0);
    let _view = drawn(move || {
        let content = view! { <p>{words::STEP_UP_TEXT}</p> }.piece();
        let on_close = move || closed.update(|closed| *closed += 1);
        view! { <Dialog id="dialog" heading=words::STEP_UP on_close=on_close content=content /> }
            .piece()
    });
    show_dialog("dialog");
    close_dialog("dialog");
    // The browser tells of it in a task of its own.
    frame().await;
    assert_eq!(closed.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn a_copy_button_says_what_became_of_it() {
    let _view = drawn(move || {
        view! {
            <code id="shown">"ABCD EFGH"</code>
            <CopyButton
                label=words::COPY_SETUP_KEY
                text=Signal::derive(|| Some("ABCDEFGH".to_owned()))
                words=codes::COPYING
                shown="shown"
            />
        }
        .piece()
    });
    assert_eq!(text("[role=status]"), "");
    clipboard("globalThis.copied = text; return Promise.resolve()");
    html("button.button").click();
    frame().await;
    assert_eq!(text("[role=status]"), "Copied");
    run("if (globalThis.copied !== 'ABCDEFGH') throw new Error(globalThis.copied)");

    clipboard("return Promise.reject(new DOMException('denied', 'NotAllowedError'))");
    html("button.button").click();
    frame().await;
    assert!(text("[role=status]").contains("It is selected now"));
    let selected = window().get_selection().unwrap().unwrap();
    assert_eq!(String::from(selected.to_string()), "ABCD EFGH");
}

/// Puts another clipboard in the place of the browser's.
fn clipboard(write_text: &str) {
    run(&format!(
        "Object.defineProperty(navigator, 'clipboard', {{
            configurable: true,
            value: {{ writeText: (text) => {{ {write_text} }} }},
        }})"
    ));
}
