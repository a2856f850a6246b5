use std::array;

use leptos::{html, prelude::*};

use super::withheld;
use crate::{
    api,
    components::{Button, Look, Notice, Switch, Tone},
    focus,
    form::Submission,
    piece::{IntoPiece, Piece, dynamic},
    records,
    resources::MultiFactorSettings,
    session::Session,
    words::{self, Word, dashboard},
};

/// The switches in their order: what the API calls them, their labels, and what they mean.
const SWITCHES: [(&str, Word, Word); 3] = [
    (
        "authenticator_app",
        dashboard::AUTHENTICATOR_APPLICATION,
        dashboard::AUTHENTICATOR_APPLICATION_HINT,
    ),
    (
        "backup_code",
        words::BACKUP_CODES,
        dashboard::BACKUP_CODES_HINT,
    ),
    (
        "required",
        dashboard::REQUIRE_MFA,
        dashboard::REQUIRE_MFA_HINT,
    ),
];

/// Whether each of [`SWITCHES`] is on.
type Positions = [bool; SWITCHES.len()];

const fn positions(settings: &MultiFactorSettings) -> Positions {
    [
        settings.authenticator_app,
        settings.backup_code,
        settings.required,
    ]
}

/// What is different, as the API takes it. The rest is not sent: somebody else may have changed it
/// meanwhile.
fn changes(saved: &[bool], wanted: &[bool]) -> Vec<(&'static str, String)> {
    SWITCHES
        .iter()
        .zip(saved.iter().zip(wanted))
        .filter(|(_, (saved, wanted))| saved != wanted)
        .map(|((name, ..), (_, wanted))| (*name, wanted.to_string()))
        .collect()
}

/// What is switched on for everyone, and the way to change it.
pub(super) fn settings(session: Session) -> Piece {
    let saved = StoredValue::new(Positions::default());
    let is_loaded = RwSignal::new(false);
    let loading = Submission::new(&[], move || async move {
        let settings = session
            .ask(api::multi_factor())
            .await
            .map_err(|failure| withheld(session, failure))?;
        // People may have left by now.
        if saved.try_set_value(positions(&settings.response)).is_none() {
            is_loaded.set(true);
        }
        Ok(())
    });
    loading.send();
    view! {
        <p>{dashboard::MULTI_FACTOR_TEXT}</p>
        <Notice tone=Tone::Error message=loading.error() action=loading.retry() />
        {dynamic(move || {
            if is_loaded.get() { form(session, saved) } else { records::on_its_way(loading) }
        })}
    }
    .piece()
}

/// The switches, and what is `saved` of them.
fn form(session: Session, saved: StoredValue<Positions>) -> Piece {
    let nodes: [NodeRef<html::Input>; SWITCHES.len()] = array::from_fn(|_| NodeRef::new());
    // What became of the last attempt, unless it failed.
    let (is_saved, is_same) = (RwSignal::new(false), RwSignal::new(false));
    let message = Signal::derive(move || {
        let outcome = match (is_saved.get(), is_same.get()) {
            (true, _) => dashboard::SAVED,
            (_, true) => dashboard::NOTHING_CHANGED,
            _ => return None,
        };
        Some(outcome.text().to_owned())
    });
    let saving = Submission::new(&[], move || async move {
        is_saved.set(false);
        is_same.set(false);
        focus::mark_error(false);
        let wanted = nodes.map(is_on);
        let changes = changes(&saved.get_value(), &wanted);
        if changes.is_empty() {
            is_same.set(true);
            return Ok(());
        }
        let settings = session
            .call(api::change_multi_factor(changes))
            .await
            .map_err(|failure| withheld(session, failure))?;
        let settings = positions(&settings);
        // People may have left by now.
        if saved.try_set_value(settings).is_none() {
            show(&nodes, &wanted, &settings);
            is_saved.set(true);
        }
        Ok(())
    });
    let switches = SWITCHES
        .iter()
        .zip(nodes.iter().zip(&saved.get_value()))
        .map(|(&(id, label, hint), (&node, &is_on))| {
            view! { <Switch id=id label=label hint=hint node=node is_on=is_on /> }.piece()
        })
        .collect::<Vec<_>>();
    let fields = view! {
        {switches}
        <Notice tone=Tone::Success message=message />
        <Button
            label=dashboard::SAVE
            look=Look::Primary
            activity=saving.activity()
            busy_label=words::SAVING
        />
    };
    saving.view(fields.piece())
}

fn is_on(switch: NodeRef<html::Input>) -> bool {
    switch
        .get_untracked()
        .is_some_and(|switch| switch.checked())
}

/// Shows what is saved now, but for switches that were moved since it was sent.
fn show(nodes: &[NodeRef<html::Input>], sent: &[bool], saved: &[bool]) {
    for (node, (sent, saved)) in nodes.iter().zip(sent.iter().zip(saved)) {
        if let Some(switch) = node.get_untracked()
            && switch.checked() == *sent
        {
            switch.set_checked(*saved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_but_what_is_different() {
        let on = |name| (name, "true".to_owned());
        let off = |name| (name, "false".to_owned());
        let saved = [true, true, false];
        assert_eq!(changes(&saved, &saved), []);
        assert_eq!(changes(&saved, &[true, true, true]), [on("required")]);
        assert_eq!(
            changes(&saved, &[false, false, false]),
            [off("authenticator_app"), off("backup_code")]
        );
    }

    #[test]
    fn a_switch_is_named_as_the_setting_that_it_stands_for() {
        for (at, (name, ..)) in SWITCHES.iter().enumerate() {
            let mut wire = serde_json::to_value(shared::resources::MultiFactorSettings {
                authenticator_app: false,
                backup_code: false,
                required: false,
            })
            .unwrap();
            wire[name] = true.into();
            let settings = miniserde::json::from_str(&wire.to_string()).unwrap();
            let mut expected = [false; SWITCHES.len()];
            expected[at] = true;
            assert_eq!(positions(&settings), expected);
        }
    }
}
