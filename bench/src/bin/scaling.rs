//! How cost grows with users and with requests: `scaling SERVER sqlite|postgres FOLDER`, which writes
//! its pictures into the folder.
//!
//! A server for each number of users runs all the while, and they take turns, so that whatever else
//! the machine does meets all of them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use twofold_bench::{
    Outcome, Server, load, median, now,
    plot::{Captions, Line, Scale, draw},
    population::populate,
    site::{Kind, Site, as_f64},
    table,
    work::{Task, Work},
};

const POPULATIONS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const CONNECTIONS: usize = 32;
const TURNS: usize = 7;
const TURN: Duration = Duration::from_secs(3);
/// Attempts a second at most: among a thousand users not more can be guessed at before all are
/// locked.
const MOST_ATTEMPTS: f64 = 800.0;
/// Of what the smallest can do.
const SHARE: f64 = 0.5;
/// The steps of the load, of what the server can do.
const LOADS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// A number of users, and what was measured with it.
struct Population {
    users: u64,
    server: Server,
    made_in: Duration,
    size: f64,
    attempts: Arc<Work>,
    reads: Arc<Work>,
    /// In milliseconds, one of each turn.
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// Reads a second.
    reading: Vec<f64>,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let [kind, folder] = [2, 3].map(|n| std::env::args().nth(n));
    let kind = match kind.as_deref() {
        Some("sqlite") => Kind::Sqlite,
        Some("postgres") => Kind::Postgres,
        _ => return Err("the second argument is `sqlite` or `postgres`".into()),
    };
    let folder: PathBuf = folder.ok_or("the third argument is a folder")?.into();

    let mut populations = Vec::new();
    for users in POPULATIONS {
        populations.push(Population::make(kind, users).await?);
    }
    let smallest = populations.first().ok_or("there are no populations")?;
    let can = load::closed(&smallest.attempts, CONNECTIONS, TURN).await?;
    let rate = (can * SHARE).min(MOST_ATTEMPTS);
    // The first turn fills caches.
    for turn in 0..=TURNS {
        for population in &mut populations {
            population.take_turn(rate, turn > 0).await?;
        }
    }
    report(kind, rate, &populations)?;
    picture_of_users(kind, &populations, rate, &folder)?;
    let largest = populations.last().ok_or("there are no populations")?;
    picture_of_load(kind, largest, &folder).await
}

impl Population {
    async fn make(kind: Kind, users: u64) -> Outcome<Self> {
        let site = Site::create(kind, &format!("users_{users}")).await?;
        let begin = now();
        populate(&site, users).await?;
        let made_in = begin.elapsed();
        let on_disk = site.size().await?;
        let server = Server::at(site)?;
        server.wait_until_ready()?;
        let work = |task| Arc::new(Work::new(task, server.address, users));
        Ok(Self {
            users,
            made_in,
            size: on_disk,
            attempts: work(Task::WrongCode),
            reads: work(Task::Me),
            server,
            p50: Vec::new(),
            p99: Vec::new(),
            reading: Vec::new(),
        })
    }

    async fn take_turn(&mut self, rate: f64, counts: bool) -> Outcome<()> {
        let latencies = load::open(&self.attempts, CONNECTIONS, rate, TURN).await?;
        let reading = load::closed(&self.reads, CONNECTIONS, TURN).await?;
        if counts {
            self.p50.push(millis(&latencies, 50.0));
            self.p99.push(millis(&latencies, 99.0));
            self.reading.push(reading);
        }
        Ok(())
    }

    fn row(&self, smallest: &Self) -> Outcome<[String; 8]> {
        let ratios: Vec<f64> = self
            .p99
            .iter()
            .zip(&smallest.p99)
            .map(|(this, smallest)| this / smallest)
            .collect();
        Ok([
            self.users.to_string(),
            format!("{:.0} s", self.made_in.as_secs_f64()),
            format!("{:.0} MiB", self.size),
            format!("{:.2} ms", median(&self.p50)),
            format!("{:.2} ms", median(&self.p99)),
            format!("{:.2}", median(&ratios)),
            format!("{:.0}", median(&self.reading)),
            format!("{:.0} MiB", self.server.memory()?.most),
        ])
    }
}

fn millis(latencies: &load::Latencies, percentile: f64) -> f64 {
    load::at_percentile(latencies, percentile).as_secs_f64() * 1000.0
}

fn report(kind: Kind, rate: f64, populations: &[Population]) -> Outcome<()> {
    let head = [
        "users",
        "made in",
        "on disk",
        "attempt p50",
        "attempt p99",
        "of the smallest",
        "reads a second",
        "memory",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for population in populations {
        let smallest = populations.first().unwrap_or(population);
        rows.push(population.row(smallest)?);
    }
    let title = format!(
        "Growth with users, {}: wrong codes at {rate:.0} a second (goal: p99 of the largest 1.3 of \
         the smallest)",
        kind.name()
    );
    Ok(table::print(&title, &rows)?)
}

fn picture_of_users(
    kind: Kind,
    populations: &[Population],
    rate: f64,
    folder: &std::path::Path,
) -> Outcome<()> {
    let line = |name: &str, of: fn(&Population) -> &[f64]| Line {
        name: name.to_owned(),
        points: populations
            .iter()
            .map(|population| (as_f64(population.users), median(of(population))))
            .collect(),
    };
    let lines = [
        line("p99", |population| &population.p99),
        line("p50", |population| &population.p50),
    ];
    let captions = Captions {
        title: &format!("A wrong code, {}, {rate:.0} a second", kind.name()),
        x: "users",
        y: "milliseconds",
    };
    let file = folder.join(format!("users-{}.svg", file_name(kind)));
    draw(&file, &captions, Scale::Decades, &lines)
}

async fn picture_of_load(
    kind: Kind,
    population: &Population,
    folder: &std::path::Path,
) -> Outcome<()> {
    let mut lines = Vec::new();
    let tasks = [
        ("GET /v1/me", &population.reads),
        ("wrong code", &population.attempts),
    ];
    for (name, work) in tasks {
        let can = load::closed(work, CONNECTIONS, TURN).await?;
        let mut of_each = [("p99", 99.0), ("p50", 50.0)].map(|(percent, percentile)| {
            let name = format!("{name}, {percent}");
            (
                percentile,
                Line {
                    name,
                    points: Vec::new(),
                },
            )
        });
        for load in LOADS {
            let latencies = load::open(work, CONNECTIONS * 2, can * load, TURN).await?;
            for (percentile, line) in &mut of_each {
                line.points
                    .push((load * 100.0, millis(&latencies, *percentile)));
            }
        }
        lines.extend(of_each.map(|(_, line)| line));
    }
    let captions = Captions {
        title: &format!("Growth with requests, {}", kind.name()),
        x: "percent of what the server can do",
        y: "milliseconds",
    };
    let file = folder.join(format!("load-{}.svg", file_name(kind)));
    draw(&file, &captions, Scale::Linear, &lines)
}

const fn file_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    }
}
