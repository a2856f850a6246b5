//! The way of one form to the server, the same for all of them: sent once however often it is
//! submitted, wrong input named where it stands, and what was typed never lost.

use std::{pin::Pin, sync::Arc, time::Duration};

use leptos::{ev::SubmitEvent, html, prelude::*};
use shared::ErrorCode;

use crate::{
    api::Failure,
    components::{Activity, Button, Notice, Tone},
    focus,
    piece::{IntoPiece, Piece, dynamic},
    words::{
        self, Word,
        errors::{self, Task},
    },
};

/// What stands in the way; nothing does where there are no words for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Problem {
    /// The input at fault, as in [`Submission::input`]; the form as a whole where there is none.
    pub(crate) field: Option<&'static str>,
    /// What it is.
    cause: Cause,
    /// The server's time, where that helps to find the cause.
    clock: Option<String>,
    /// Seconds to wait before the form can be sent again.
    pub(crate) wait: Option<u32>,
    /// Whether sending the same again can help.
    pub(crate) again: bool,
}

/// What stands in the way: not yet in words, since the language may change while they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
enum Cause {
    #[default]
    None,
    Known(Word),
    Failure(Arc<Failure>, Task),
}

impl Problem {
    /// Something is wrong with the input `field`.
    pub(crate) fn at(field: &'static str, what: Word) -> Self {
        Self {
            field: Some(field),
            ..Self::known(what)
        }
    }

    /// Something stands in the way of the form as a whole.
    pub(crate) fn known(what: Word) -> Self {
        Self {
            cause: Cause::Known(what),
            again: what == words::UNREACHABLE,
            ..Self::default()
        }
    }

    /// The problem in the words of the language that is spoken; tracked.
    pub(crate) fn text(&self) -> String {
        match &self.cause {
            Cause::None => String::new(),
            Cause::Known(what) => what.text().to_owned(),
            Cause::Failure(failure, task) => errors::of(failure, *task),
        }
    }

    /// The server did not do what the form asked for.
    pub(crate) fn of(failure: Failure, task: Task) -> Self {
        let (field, wait, again) = match &failure {
            Failure::Unreachable => (None, None, true),
            Failure::Cancelled => return Self::default(),
            Failure::Refused(refusal) => (
                refusal.errors.first().and_then(|error| {
                    let default = match error.code() {
                        ErrorCode::FormCodeIncorrect => Some("code"),
                        ErrorCode::FormPasswordOrIdentifierIncorrect => Some("password"),
                        _ => None,
                    };
                    field(error.param_name()).or(default)
                }),
                refusal.retry_after.filter(|_| refusal.status == 429),
                refusal.status >= 500,
            ),
        };
        Self {
            field,
            cause: Cause::Failure(Arc::new(failure), task),
            clock: None,
            wait,
            again,
        }
    }
}

/// The input that the API calls `param`.
fn field(param: Option<&str>) -> Option<&'static str> {
    match param? {
        "email_address" | "identifier" => Some("email"),
        "password" => Some("password"),
        "current_password" => Some("current-password"),
        "new_password" => Some("new-password"),
        "code" => Some("code"),
        _ => None,
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<(), Problem>>>>;

/// A form's way to the server. All its state is that of one action, but for the wait that the
/// server may ask for.
#[derive(Clone, Copy)]
pub(crate) struct Submission {
    action: Action<(), Result<(), Problem>>,
    fields: &'static [&'static str],
    held: RwSignal<bool>,
}

impl Submission {
    /// A form with inputs of these ids. `send` reads them and sends them, or says what is wrong.
    pub(crate) fn new<F>(fields: &'static [&'static str], send: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<(), Problem>> + 'static,
    {
        Self::of_boxed(fields, Box::new(move || Box::pin(send())))
    }

    /// The same, with all that does not depend on what is sent, and so is there once.
    fn of_boxed(fields: &'static [&'static str], send: Box<dyn Fn() -> Sending>) -> Self {
        let submission = Self {
            action: Action::new_unsync(move |&(): &()| send()),
            fields,
            held: RwSignal::new(false),
        };
        Effect::new(move || {
            if let Some(Err(problem)) = submission.action.value().get() {
                submission.show(&problem);
            }
        });
        submission
    }

    /// Sends the form, unless it is on its way or has to wait.
    pub(crate) fn send(self) {
        if !self.action.pending().get_untracked() && !self.held.get_untracked() {
            self.action.dispatch_local(());
        }
    }

    /// Sends it once the browser has painted the page, unless people have left that by then.
    pub(crate) fn send_once_painted(self) {
        focus::once_painted(move || {
            if !self.held.is_disposed() {
                self.send();
            }
        });
    }

    /// Whether the form can be sent.
    pub(crate) fn activity(self) -> Signal<Activity> {
        let pending = self.action.pending();
        Signal::derive(move || match (pending.get(), self.held.get()) {
            (true, _) => Activity::Busy,
            (false, true) => Activity::Held,
            (false, false) => Activity::Ready,
        })
    }

    /// What is wrong with the input `field`.
    pub(crate) fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        self.problem(move |problem| (problem.field == Some(field)).then(|| problem.text()))
    }

    /// The id of the input for `field`, whose name it ends with: a dialog's form may be shown
    /// while the page below has one of the same fields.
    pub(crate) fn input(self, field: &str) -> Option<&'static str> {
        let has_name = |input: &&'static str| input.ends_with(field);
        self.fields.iter().copied().find(has_name)
    }

    /// What helps to find out why an input is wrong.
    pub(crate) fn hint(self) -> Signal<Option<String>> {
        self.problem(|problem| problem.clock.as_deref().and_then(errors::clock))
    }

    /// What is wrong with the form as a whole.
    pub(crate) fn error(self) -> Signal<Option<String>> {
        self.problem(move |problem| {
            let is_here = problem.cause != Cause::None && self.input_at_fault(problem).is_none();
            is_here.then(|| problem.text())
        })
    }

    /// The form itself: what is wrong with it as a whole, and `fields`, with the button that sends
    /// it among them.
    pub(crate) fn view(self, fields: Piece) -> Piece {
        let submit = move |event: SubmitEvent| {
            event.prevent_default();
            self.send();
        };
        view! {
            <form novalidate on:submit=submit>
                <Notice tone=Tone::Error message=self.error() action=self.retry() />
                {fields}
            </form>
        }
        .piece()
    }

    /// A button that sends the same again, where that can help.
    pub(crate) fn retry(self) -> Piece {
        let value = self.action.value();
        dynamic(move || {
            let can_help = matches!(&*value.read(), Some(Err(problem)) if problem.again);
            if can_help {
                view! {
                    <Button
                        label=words::TRY_AGAIN
                        activity=self.activity()
                        busy_label=words::WORKING
                        on_press=move || self.send()
                    />
                }
                .piece()
            } else {
                Piece::empty()
            }
        })
    }

    /// Forgets the problem.
    pub(crate) fn clear(self) {
        self.action.clear();
        focus::mark_error(false);
    }

    fn problem(
        self,
        part: impl Fn(&Problem) -> Option<String> + Send + Sync + 'static,
    ) -> Signal<Option<String>> {
        let value = self.action.value();
        Signal::derive(move || match &*value.read() {
            Some(Err(problem)) => part(problem),
            _ => None,
        })
    }

    fn input_at_fault(self, problem: &Problem) -> Option<&'static str> {
        self.input(problem.field?)
    }

    fn show(self, problem: &Problem) {
        let at_fault = self.input_at_fault(problem);
        focus::mark_error(at_fault.is_some());
        if let Some(input) = at_fault {
            focus::on_input(input);
        }
        if let Some(seconds) = problem.wait {
            self.held.set(true);
            let wait = Duration::from_secs(seconds.into());
            set_timeout(
                move || {
                    // The form may be gone by then.
                    self.held.try_set(false);
                },
                wait,
            );
        }
    }
}

/// Whether a code was wrong before. From the second one on the server's time is told, since a
/// device whose clock is wrong shows no right code ever.
#[derive(Clone, Copy)]
pub(crate) struct WrongCodes(StoredValue<bool>);

impl WrongCodes {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(false))
    }

    /// The problem of a code that was refused.
    pub(crate) fn problem(self, failure: Failure, task: Task) -> Problem {
        let mut clock = None;
        if let Failure::Refused(refusal) = &failure
            && failure.is(ErrorCode::FormCodeIncorrect)
        {
            // Where the form is gone by now, nobody reads this. A code by mail depends on no clock.
            if self.0.try_get_value() == Some(true) && !task.is_by_mail() {
                clock.clone_from(&refusal.date);
            }
            self.0.set_value(true);
        }
        Problem {
            clock,
            ..Problem::of(failure, task)
        }
    }
}

/// What was typed into an input.
pub(crate) fn typed(input: NodeRef<html::Input>) -> String {
    input
        .get_untracked()
        .map(|input| input.value())
        .unwrap_or_default()
}

/// Puts `text` into an input that is drawn.
pub(crate) fn fill(input: NodeRef<html::Input>, text: &str) {
    if let Some(input) = input.get_untracked() {
        input.set_value(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::Refusal, resources::ApiError};

    fn refused(status: u16, code: ErrorCode, param: Option<&str>) -> Failure {
        Failure::Refused(Refusal {
            status,
            errors: vec![match param {
                None => ApiError::sample(code.as_str()),
                Some(param) => {
                    ApiError::with_meta(code, &format!(r#"{{"param_name": "{param}"}}"#))
                }
            }],
            retry_after: Some(8),
            date: None,
        })
    }

    #[test]
    fn the_servers_parameter_names_the_input() {
        for (code, param, field) in [
            (
                ErrorCode::FormIdentifierExists,
                Some("email_address"),
                Some("email"),
            ),
            (ErrorCode::FormParamNil, Some("identifier"), Some("email")),
            (
                ErrorCode::FormPasswordPwned,
                Some("password"),
                Some("password"),
            ),
            (
                ErrorCode::FormPasswordIncorrect,
                Some("current_password"),
                Some("current-password"),
            ),
            (
                ErrorCode::FormPasswordPwned,
                Some("new_password"),
                Some("new-password"),
            ),
            (ErrorCode::FormCodeIncorrect, None, Some("code")),
            (
                ErrorCode::FormPasswordOrIdentifierIncorrect,
                None,
                Some("password"),
            ),
            (ErrorCode::FormParamNil, Some("strategy"), None),
            (ErrorCode::UserLocked, None, None),
        ] {
            let problem = Problem::of(refused(422, code, param), Task::Credentials);
            assert_eq!(problem.field, field, "{code}");
        }
    }

    #[test]
    fn only_a_limit_makes_the_form_wait_and_only_a_fault_is_worth_another_try() {
        let limit = Problem::of(
            refused(429, ErrorCode::TooManyRequests, None),
            Task::Credentials,
        );
        assert_eq!((limit.wait, limit.again), (Some(8), false));
        let fault = Problem::of(
            refused(503, ErrorCode::ServiceUnavailable, None),
            Task::Credentials,
        );
        assert_eq!((fault.wait, fault.again), (None, true));
        assert!(Problem::of(Failure::Unreachable, Task::Change).again);
    }

    #[test]
    fn a_step_up_that_was_given_up_leaves_nothing_to_say() {
        let problem = Problem::of(Failure::Cancelled, Task::Change);
        assert_eq!(problem, Problem::default());
    }
}
