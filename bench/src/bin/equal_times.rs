//! Whether the time of an answer tells if there is an account: a wrong password for accounts that
//! exist, and for as many that do not, one after the other, so that the machine's noise meets both.

use std::time::Duration;

use twofold_bench::{
    Outcome, Server,
    client::{Client, WRONG_PASSWORD},
    percentile, table, timed,
};

/// How often each is tried, each time with another identifier.
const TRIES: usize = 200;

/// One call, tried with known and with unknown identifiers.
#[derive(Default)]
struct Tried {
    known: Vec<Duration>,
    unknown: Vec<Duration>,
}

impl Tried {
    fn add(&mut self, is_known: bool, duration: Duration) {
        if is_known {
            self.known.push(duration);
        } else {
            self.unknown.push(duration);
        }
    }

    fn row(mut self, name: &str) -> [String; 4] {
        let known = percentile(&mut self.known, 50);
        let unknown = percentile(&mut self.unknown, 50);
        let ratio = unknown.as_secs_f64() / known.as_secs_f64();
        let difference = format!("{:+.1} %", (ratio - 1.0) * 100.0);
        [
            name.to_owned(),
            table::ms(known),
            table::ms(unknown),
            difference,
        ]
    }
}

fn main() -> Outcome<()> {
    let server = Server::start()?;
    let client = Client::of(&server);
    for n in 0..TRIES {
        client.sign_up(&known(n))?;
    }
    let (mut one_step, mut identifier, mut password) =
        (Tried::default(), Tried::default(), Tried::default());
    for n in 0..TRIES {
        // Whoever comes second finds warmer caches.
        for is_known in [n % 2 == 0, n % 2 == 1] {
            let name = if is_known { known(n) } else { unknown(n) };
            let (duration, reply) = timed(|| client.sign_in(&name, WRONG_PASSWORD));
            reply?.expect(422)?;
            one_step.add(is_known, duration);

            let (duration, begun) = timed(|| client.begin_sign_in(&name));
            identifier.add(is_known, duration);
            let begun = begun?;
            let (duration, reply) = timed(|| client.attempt_first_factor(&begun, WRONG_PASSWORD));
            reply?.expect(422)?;
            password.add(is_known, duration);
        }
    }
    let head = ["", "account exists", "none exists", "difference"].map(str::to_owned);
    let rows = [
        head,
        one_step.row("identifier and wrong password at once"),
        identifier.row("identifier alone"),
        password.row("wrong password after it"),
    ];
    let title = format!("Time to answer, median of {TRIES} tries each (goal: within 5 %)");
    Ok(table::print(&title, &rows)?)
}

fn known(n: usize) -> String {
    format!("known-{n}@example.com")
}

/// As long as a known one.
fn unknown(n: usize) -> String {
    format!("other-{n}@example.com")
}
