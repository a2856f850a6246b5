use leptos::prelude::*;
use shared::totp;

use crate::{
    api, codes,
    components::{Activity, Button, CopyButton, Look, Notice, PageHeading, QrCard, Tone},
    focus,
    form::{Problem, Submission},
    piece::{IntoPiece, Piece, dynamic},
    resources::Client,
    session::{self, Session},
    words::{self, Word, word},
};

/// Ids by which a copy button finds what it copies, and a test what it looks at.
const SETUP_KEY: &str = "setup-key";
const TOTP_URI: &str = "totp-uri";

/// The first step: the secret, in the ways that authenticator apps take it.
#[component]
pub(super) fn Add(
    /// In base32; nothing as long as it is not there.
    secret: Signal<Option<String>>,
    /// The same as an otpauth URI.
    uri: Signal<Option<String>>,
    creation: Submission,
    is_new: RwSignal<bool>,
    on_verify: Callback<()>,
) -> Piece {
    let session = Session::known();
    focus::arrive(words::ADD_TOTP, session.product());
    let news = Signal::derive(move || is_new.get().then(|| words::NEW_KEY.text().to_owned()));
    let verification = Signal::derive(move || match *secret.read() {
        Some(_) => Activity::Ready,
        None => Activity::Held,
    });
    let (error, activity) = (creation.error(), creation.activity());
    let making = Signal::derive(move || {
        if secret.read().is_none() && error.read().is_none() {
            Activity::Busy
        } else {
            activity.get()
        }
    });
    let cancel = Submission::new(&[], move || give_up(session));
    // Nobody scans the screen of the phone that holds the app.
    let is_phone = window()
        .match_media("(pointer: coarse) and (max-width: 40rem)")
        .is_ok_and(|query| query.is_some_and(|query| query.matches()));
    let (first, second) = if is_phone {
        (setup_key(secret, uri), scannable(session, uri))
    } else {
        (scannable(session, uri), setup_key(secret, uri))
    };
    view! {
        <PageHeading text=words::ADD_TOTP id=focus::HEADING />
        <p>{words::SCAN}</p>
        <Notice tone=Tone::Success message=news />
        <Notice tone=Tone::Error message=error action=creation.retry() />
        {first}
        {second}
        {details(session)}
        <Button
            label=words::RESET
            activity=making
            busy_label=words::MAKING_KEY
            on_press=move || creation.send()
        />
        <p class="rule">{words::ONCE_SET_UP}</p>
        <div class="actions">
            <Button
                label=words::VERIFY
                look=Look::Primary
                activity=verification
                on_press=on_verify
            />
            <Button
                label=words::CANCEL
                activity=cancel.activity()
                busy_label=words::WORKING
                on_press=move || cancel.send()
            />
        </div>
    }
    .piece()
}

/// The secret to scan, or as the URI that the QR code holds.
fn scannable(session: Session, uri: Signal<Option<String>>) -> Piece {
    let is_uri = RwSignal::new(false);
    let content = move || match (uri.get(), is_uri.get()) {
        (None, _) => Piece::empty(),
        (Some(uri), true) => view! {
            <p class="uri" id=TOTP_URI data-testid=TOTP_URI dir="ltr">
                {uri}
            </p>
        }
        .piece(),
        (Some(uri), false) => {
            view! { <QrCard content=uri label=words::qr_name(session.product()) /> }.piece()
        }
    };
    let other = word(move || {
        if is_uri.get() {
            words::USE_QR
        } else {
            words::USE_URI
        }
    });
    view! {
        <div class="scan">
            <div class="scan-card">{dynamic(content)}</div>
            <Button
                label=other
                look=Look::Plain
                on_press=move || is_uri.update(|is_uri| *is_uri = !*is_uri)
            />
        </div>
    }
    .piece()
}

/// The secret to type or to paste, and the link for an app on the same device.
fn setup_key(secret: Signal<Option<String>>, uri: Signal<Option<String>>) -> Piece {
    let grouped = Signal::derive(move || secret.read().as_deref().map(words::grouped));
    // The router leaves such a link to the browser. Without an address it is none yet.
    let external = Signal::derive(move || uri.read().as_ref().map(|_| "external".to_owned()));
    view! {
        <div class="key">
            <h2>{words::SETUP_KEY}</h2>
            <p class="key-box">
                <code id=SETUP_KEY data-testid=SETUP_KEY dir="ltr">
                    {grouped}
                </code>
            </p>
            <div class="copy">
                <CopyButton
                    label=words::COPY_SETUP_KEY
                    text=secret
                    words=codes::COPYING
                    shown=SETUP_KEY
                />
            </div>
            <p>
                <a href=uri rel=external>{words::OPEN_IN_APP}</a>
            </p>
        </div>
    }
    .piece()
}

/// What an app that asks for more than the key wants to know.
fn details(session: Session) -> Piece {
    let period = Signal::derive(|| Some(words::seconds(totp::PERIOD_SECONDS)));
    let fact = |name: Word, value: Piece| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>
                    <bdi>{value}</bdi>
                </dd>
            </div>
        }
    };
    view! {
        <details>
            <summary>{words::DETAILS}</summary>
            <dl class="facts">
                {fact(words::ISSUER, session.product().piece())}
                {fact(words::ACCOUNT, untrack(|| session.account()).piece())}
                {fact(words::ALGORITHM, "SHA1".piece())}
                {fact(words::DIGITS, totp::DIGITS.to_string().piece())}
                {fact(words::PERIOD, period.piece())}
            </dl>
        </details>
    }
    .piece()
}

/// Removes the secret that waits for its code. Meanwhile another tab may have verified one; what
/// is in use stays.
async fn give_up(session: Session) -> Result<(), Problem> {
    let is_enabled = |client: &Client| {
        client
            .active_session()
            .is_some_and(|session| session.user.totp_enabled)
    };
    if let Ok(Some(client)) = api::client().await
        && !is_enabled(&client)
    {
        // One that was never made, or is dead already, need not be removed; and one that could
        // not be removed dies by itself, so that nobody is asked who they are for this.
        let _ = session.send(&api::remove_totp().request).await;
    }
    if untrack(|| session.is_signed_in()) {
        session.go(session::MANAGE_MFA);
    }
    Ok(())
}
