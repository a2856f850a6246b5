use leptos::{html, prelude::*};

use super::{
    account::{self, RESET, Row, UNLOCK},
    withheld,
};
use crate::{
    api,
    components::{Button, Field, Input, Notice, Section, Tone},
    focus,
    form::{Problem, Submission, typed},
    piece::{IntoPiece, Piece, dynamic},
    records,
    resources::ManagedUsers,
    session::Session,
    words::{self, dashboard},
};

/// Id of the heading of what was found.
const ACCOUNTS: &str = "accounts";

const SEARCH: Input = Input {
    id: "accounts-search",
    label: dashboard::SEARCH_ACCOUNTS,
    kind: "search",
    autocomplete: "off",
    hint: dashboard::SEARCH_ACCOUNTS_HINT,
};

/// What was found so far.
#[derive(Clone, Default)]
struct Found {
    text: String,
    rows: Vec<Row>,
    /// So many were fetched: more than there are rows where some came twice.
    fetched: usize,
    /// So many there are.
    total: u64,
}

impl Found {
    /// These, and then the `next` ones. Whoever came in between has moved the parts, so that one
    /// begins with what the last one ended with.
    fn and(mut self, next: ManagedUsers) -> Self {
        self.fetched += next.data.len();
        self.total = next.total_count;
        for account in next.data {
            let is_known = |row: &Row| account::id(row) == account.user.id;
            if !self.rows.iter().any(is_known) {
                self.rows.push(account::row(account));
            }
        }
        self
    }

    fn has_more(&self) -> bool {
        (self.fetched as u64) < self.total
    }
}

/// The accounts, and the way to help their users.
pub(super) fn users(session: Session) -> Piece {
    let found = RwSignal::new(None::<Found>);
    let input = NodeRef::<html::Input>::new();
    let search = Submission::new(&[SEARCH.id], move || async move {
        let before = Found {
            text: typed(input),
            ..Found::default()
        };
        let after = fetched(session, before).await?;
        // Reading goes on with what was found, but for the first time.
        if found.try_with_untracked(Option::is_some) == Some(true) {
            focus::soon_on(ACCOUNTS);
        }
        found.set(Some(after));
        Ok(())
    });
    search.send();
    let fields = view! {
        <Field input=SEARCH node=input error=search.error_of(SEARCH.id) />
        <Button
            label=dashboard::SEARCH
            activity=search.activity()
            busy_label=dashboard::SEARCHING
        />
    };
    // By id: there are signals of texts already, and each other kind is code of its own.
    let asked = RwSignal::new(None::<String>);
    let row = move || {
        let (found, asked) = (found.read(), asked.read());
        let id = asked.as_ref()?;
        let is_asked = |row: &&Row| account::id(row) == *id;
        found.as_ref()?.rows.iter().find(is_asked).cloned()
    };
    let row = Callback::new(move |()| row());
    let (reset, unlock) = (
        account::dialog(&RESET, asked, row),
        account::dialog(&UNLOCK, asked, row),
    );
    view! {
        <p>{dashboard::USERS_TEXT}</p>
        {search.view(fields.piece())}
        {dynamic(move || match &*found.read() {
            None => records::on_its_way(search),
            Some(found) => list(session, found, asked),
        })}
        {more(session, found)}
        {reset}
        {unlock}
    }
    .piece()
}

/// The next part.
async fn fetched(session: Session, before: Found) -> Result<Found, Problem> {
    let next = session
        .ask(api::managed_users(&before.text, before.fetched))
        .await
        .map_err(|failure| withheld(session, failure))?;
    Ok(before.and(next.response))
}

/// The way to the next part, where there is one.
fn more(session: Session, found: RwSignal<Option<Found>>) -> Piece {
    let loading = Submission::new(&[], move || async move {
        let before = found.get_untracked().unwrap_or_default();
        let (text, count, shown) = (before.text.clone(), before.fetched, before.rows.len());
        let after = fetched(session, before).await?;
        // Something else may have been searched for meanwhile, and people may have left.
        let is_next = found.try_with_untracked(|now| {
            now.as_ref()
                .is_some_and(|now| now.text == text && now.fetched == count)
        });
        if is_next == Some(true) {
            // The button may be gone by now, and people read on where the new ones begin.
            if let Some(first_new) = after.rows.get(shown) {
                let id = account::id(first_new);
                request_animation_frame(move || focus::on(&id));
            }
            found.set(Some(after));
        }
        Ok(())
    });
    view! {
        <Notice tone=Tone::Error message=loading.error() action=loading.retry() />
        {dynamic(move || {
            if found.read().as_ref().is_some_and(Found::has_more) {
                view! {
                    <Button
                        label=dashboard::SHOW_MORE
                        activity=loading.activity()
                        busy_label=words::LOADING
                        on_press=move || loading.send()
                    />
                }
                .piece()
            } else {
                Piece::empty()
            }
        })}
    }
    .piece()
}

fn list(session: Session, found: &Found, asked: RwSignal<Option<String>>) -> Piece {
    let (shown, total) = (found.rows.len() as u64, found.total);
    let content = if shown == 0 {
        view! { <p>{dashboard::NO_ACCOUNTS}</p> }.piece()
    } else {
        let count = Signal::derive(move || Some(dashboard::accounts_shown(shown, total)));
        let rows = found
            .rows
            .iter()
            .map(|row| account::listed(session, row, asked))
            .collect::<Vec<_>>();
        view! {
            <p class="aside">{count}</p>
            <ul class="records" data-testid="accounts">
                {rows}
            </ul>
        }
        .piece()
    };
    view! { <Section id=ACCOUNTS heading=dashboard::ACCOUNTS content=content /> }.piece()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(ids: &[&str], total: u64) -> ManagedUsers {
        let accounts: Vec<_> = ids
            .iter()
            .map(|id| {
                format!(
                    r#"{{"active_sessions": 0, "user": {{
                        "id": "{id}", "email_addresses": [], "administrator": false,
                        "banned": false, "locked": false, "two_factor_enabled": false,
                        "totp_enabled": false, "backup_codes_remaining": 0
                    }}}}"#
                )
            })
            .collect();
        let accounts = accounts.join(", ");
        miniserde::json::from_str(&format!(
            r#"{{"data": [{accounts}], "total_count": {total}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn who_came_in_between_makes_nobody_stand_there_twice() {
        let first = Found::default().and(part(&["c", "b"], 3));
        assert!(first.has_more());
        let second = first.and(part(&["b", "a"], 4));
        assert_eq!(
            second.rows.iter().map(account::id).collect::<Vec<_>>(),
            ["c", "b", "a"]
        );
        assert_eq!(second.fetched, 4);
        assert!(!second.has_more());
    }

    #[test]
    fn nothing_found_has_no_more() {
        assert!(!Found::default().and(part(&[], 0)).has_more());
    }
}
