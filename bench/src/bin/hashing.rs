//! What far more sign-ins at once than the server can check do to it: passwords checked in a second
//! against what the cores can do, how many callers are asked to come back, and how long everybody
//! else waits meanwhile.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use twofold_bench::{
    Outcome, Server, argon2id,
    client::{Client, Reply, WRONG_PASSWORD},
    now, per_second, percentile, table, wait,
};

/// Callers for each core: the server lets 33 of them in, one hashing and 32 waiting.
const CALLERS_PER_CORE: usize = 128;
/// How long the server is under load.
const LOAD: Duration = Duration::from_secs(15);
/// How long bare hashing is measured, before the load and again after it.
const BARE: Duration = Duration::from_secs(4);
/// How often somebody who is signed in asks for something meanwhile.
const EVERY: Duration = Duration::from_millis(20);

/// What the callers got.
#[derive(Default)]
struct Answers {
    checked: AtomicUsize,
    turned_away: AtomicUsize,
    without_retry_after: AtomicUsize,
}

fn main() -> Outcome<()> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let server = Server::start()?;
    let cookie = Client::of(&server)
        .sign_up("ann@example.com")?
        .cookie
        .ok_or("signing up gave no cookie")?;
    let mut quiet = waits_of_others(&server, &cookie, now() + BARE)?;
    let before = argon2id::rate(BARE);
    let answers = Answers::default();
    let end = now() + LOAD;
    let mut waits = thread::scope(|scope| {
        let callers: Vec<_> = (0..cores * CALLERS_PER_CORE)
            .map(|caller| {
                scope.spawn({
                    let (server, answers) = (&server, &answers);
                    move || sign_in_until(end, server, caller, answers)
                })
            })
            .collect();
        let waits = waits_of_others(&server, &cookie, end);
        for caller in callers {
            caller.join().map_err(|_| "a caller panicked")??;
        }
        waits
    })?;
    let bare = f64::midpoint(before, argon2id::rate(BARE));
    let rate = per_second(answers.checked.into_inner(), LOAD);
    report(&mut quiet, &mut waits, cores)?;
    let rows = [
        [
            "passwords checked a second".to_owned(),
            format!("{rate:.1}"),
        ],
        [
            "Argon2id on all cores, bare".to_owned(),
            format!("{bare:.1}"),
        ],
        [
            "of what the cores can do".to_owned(),
            format!("{:.0} %", rate / bare * 100.0),
        ],
        [
            "asked to come back (503)".to_owned(),
            answers.turned_away.into_inner().to_string(),
        ],
        [
            "of these without Retry-After".to_owned(),
            answers.without_retry_after.into_inner().to_string(),
        ],
        [
            "most memory at once".to_owned(),
            format!("{:.0} MiB", server.memory()?.most),
        ],
    ];
    let callers = cores * CALLERS_PER_CORE;
    let title = format!("{callers} callers sign in at once, again and again, on {cores} cores");
    Ok(table::print(&title, &rows)?)
}

fn report(quiet: &mut [Duration], waits: &mut [Duration], cores: usize) -> Outcome<()> {
    let row = |name: &str, waits: &mut [Duration]| {
        let [half, most] = [50, 99].map(|percent| table::ms(percentile(waits, percent)));
        [name.to_owned(), half, most]
    };
    let rows = [
        ["", "p50", "p99"].map(str::to_owned),
        row("while nothing else happens", quiet),
        row("while passwords are hashed on all cores", waits),
    ];
    let title = format!(
        "GET /v1/client of somebody who is signed in, {cores} cores (goal: p99 of 100 ms at most)"
    );
    Ok(table::print(&title, &rows)?)
}

/// Signs in again and again; whoever is turned away comes back when the server says.
fn sign_in_until(end: Instant, server: &Server, caller: usize, answers: &Answers) -> Outcome<()> {
    let client = Client::of(server);
    for n in 0.. {
        if now() >= end {
            break;
        }
        // No identifier twice, so that none is locked. Nobody's passwords take as long as anybody's.
        let reply = client.sign_in(&format!("nobody-{caller}-{n}@example.com"), WRONG_PASSWORD)?;
        match reply {
            Reply { status: 422, .. } if now() < end => {
                answers.checked.fetch_add(1, Ordering::Relaxed);
            }
            Reply { status: 422, .. } => {}
            Reply {
                status: 503,
                retry_after,
                ..
            } => {
                answers.turned_away.fetch_add(1, Ordering::Relaxed);
                if retry_after.is_none() {
                    answers.without_retry_after.fetch_add(1, Ordering::Relaxed);
                }
                wait(retry_after.unwrap_or(EVERY));
            }
            other => {
                other.expect(422)?;
            }
        }
    }
    Ok(())
}

/// How long each call of a signed-in browser took until `end`.
fn waits_of_others(server: &Server, cookie: &str, end: Instant) -> Outcome<Vec<Duration>> {
    let client = Client::of(server);
    let mut waits = Vec::new();
    while now() < end {
        let begin = now();
        client.get_client(cookie)?.expect(200)?;
        waits.push(begin.elapsed());
        wait(EVERY);
    }
    Ok(waits)
}
