//! What the server can do, against what the machine can: `load SERVER sqlite|postgres [NAME]...`
//!
//! Server and ceiling take turns, so that whatever else the machine does meets both; of each turn
//! there is one ratio, and the one in the middle is told. Latencies are those of an open loop: at
//! 60 % of what the server can do, and counted from the time that a question was meant for.

use std::{sync::Arc, time::Duration};

use twofold_bench::{
    Outcome, Server, argon2id,
    ceilings::Ceilings,
    http::{Connection, get},
    load, median, now,
    population::{Person, populate},
    site::{Kind, Site},
    table, wait,
    work::{Task, Work},
};

const USERS: u64 = 200_000;
const CONNECTIONS: usize = 32;
/// Server and ceiling each have so many turns.
const TURNS: usize = 7;
const TURN: Duration = Duration::from_secs(2);
/// Of what the server can do, for latencies.
const SHARE: f64 = 0.6;
const OPEN_LOOP: Duration = Duration::from_secs(6);
/// The server is started so many times.
const STARTS: usize = 9;

/// What a measurement is compared with.
#[derive(Clone, Copy)]
enum Ceiling {
    Reply,
    Row,
    /// So many Argon2id hashes are part of it.
    Argon2id(f64),
}

struct Measurement {
    name: &'static str,
    title: &'static str,
    task: Task,
    ceiling: Ceiling,
    goal: &'static str,
}

const MEASUREMENTS: [Measurement; 6] = [
    Measurement {
        name: "me",
        title: "GET /v1/me",
        task: Task::Me,
        ceiling: Ceiling::Reply,
        goal: "0.5",
    },
    Measurement {
        name: "client",
        title: "GET /v1/client",
        task: Task::Client,
        ceiling: Ceiling::Reply,
        goal: "",
    },
    Measurement {
        name: "wrong_code",
        title: "wrong code",
        task: Task::WrongCode,
        ceiling: Ceiling::Row,
        goal: "0.6",
    },
    Measurement {
        name: "right_code",
        title: "right code",
        task: Task::RightCode,
        ceiling: Ceiling::Row,
        goal: "0.6",
    },
    Measurement {
        name: "sign_in",
        title: "whole sign-in",
        task: Task::SignIn,
        ceiling: Ceiling::Argon2id(1.0),
        goal: "0.9",
    },
    Measurement {
        name: "enrolment",
        title: "enrolment",
        task: Task::Enrolment,
        ceiling: Ceiling::Argon2id(10.0),
        goal: "",
    },
];

/// The server and the bare routes beside it.
struct Machine {
    server: Server,
    ceilings: Ceilings,
    users: u64,
}

/// The turns of a server and its ceiling.
#[derive(Default)]
struct Turns {
    server: Vec<f64>,
    ceiling: Vec<f64>,
    /// Time of the processors in microseconds that the server, and the bare routes, took for one.
    server_cost: Vec<f64>,
    ceiling_cost: Vec<f64>,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let kind = match std::env::args().nth(2).as_deref() {
        Some("sqlite") => Kind::Sqlite,
        Some("postgres") => Kind::Postgres,
        _ => return Err("the second argument is `sqlite` or `postgres`".into()),
    };
    let names: Vec<String> = std::env::args().skip(3).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);

    let site = Site::create(kind, "load").await?;
    populate(&site, USERS).await?;
    if wanted("start") {
        starts(&site).await?;
    }
    let server = Server::at(site)?;
    server.wait_until_ready()?;
    wait(Duration::from_secs(2));
    let idle = server.memory()?.now;
    let machine = Machine::new(server).await?;
    let mut rows = vec![
        [
            kind.name(),
            "a second",
            "ceiling",
            "of ceiling",
            "goal",
            "CPU of each",
            "of the ceiling",
            "p50",
            "p99",
        ]
        .map(str::to_owned),
    ];
    for measurement in MEASUREMENTS.iter().filter(|one| wanted(one.name)) {
        rows.push(machine.measure(measurement).await?);
    }
    let title = format!(
        "{USERS} users on {}, {} cores, {CONNECTIONS} connections; p50 and p99 at {:.0} % of what it can do",
        kind.name(),
        argon2id::cores(),
        SHARE * 100.0
    );
    table::print(&title, &rows)?;
    let hashed = ["sign_in", "enrolment"].into_iter().any(wanted);
    machine.report_memory(idle, hashed)
}

impl Machine {
    async fn new(server: Server) -> Outcome<Self> {
        let mut connection = Connection::open(server.address).await?;
        let request = get("/v1/me", &Person::new(0).cookie());
        let reply = connection.call(&request).await?.expect(200)?;
        let ceilings = Ceilings::beside(server.site(), &reply.body).await?;
        Ok(Self {
            server,
            ceilings,
            users: USERS,
        })
    }

    async fn measure(&self, measurement: &Measurement) -> Outcome<[String; 9]> {
        let work = Arc::new(Work::new(measurement.task, self.server.address, self.users));
        let bare = |task| Arc::new(Work::new(task, self.ceilings.address, 0));
        let mut turns = Turns::default();
        for turn in 0..=TURNS {
            let mut taken = Turns::default();
            let (server, ceiling) = (&mut taken.server, &mut taken.ceiling);
            // Whoever comes second finds another machine.
            for is_server in [turn % 2 == 0, turn % 2 == 1] {
                if is_server {
                    let before = self.server.processor_time()?;
                    let rate = load::closed(&work, CONNECTIONS, TURN).await?;
                    server.push(rate);
                    let used = self.server.processor_time()?.saturating_sub(before);
                    taken.server_cost.push(cost(used, rate));
                    continue;
                }
                let before = self.ceilings.processor_time()?;
                let rate = match measurement.ceiling {
                    Ceiling::Reply => {
                        load::closed(&bare(Task::BareReply), CONNECTIONS, TURN).await?
                    }
                    Ceiling::Row => load::closed(&bare(Task::BareRow), CONNECTIONS, TURN).await?,
                    Ceiling::Argon2id(hashes) => {
                        tokio::task::spawn_blocking(|| argon2id::rate(TURN)).await? / hashes
                    }
                };
                ceiling.push(rate);
                let used = self.ceilings.processor_time()?.saturating_sub(before);
                taken.ceiling_cost.push(cost(used, rate));
            }
            // The first turn fills caches.
            if turn > 0 {
                turns.add(taken);
            }
        }
        let rate = median(&turns.server);
        let latencies = load::open(&work, CONNECTIONS * 2, rate * SHARE, OPEN_LOOP).await?;
        Ok(turns.row(measurement, &latencies))
    }

    fn report_memory(&self, idle: f64, hashed: bool) -> Outcome<()> {
        let most = self.server.memory()?.most;
        let row = |name: &str, mib: f64, goal: &str| {
            [name.to_owned(), format!("{mib:.1} MiB"), goal.to_owned()]
        };
        let mut rows = vec![
            ["", "measured", "goal"].map(str::to_owned),
            row("idle", idle, "25"),
            row("most at once", most, ""),
        ];
        if hashed {
            let rest = most - argon2id::memory();
            rows.push(row("that without Argon2id on all cores", rest, "60"));
        }
        Ok(table::print("Memory of the server", &rows)?)
    }
}

impl Turns {
    fn add(&mut self, other: Self) {
        self.server.extend(other.server);
        self.ceiling.extend(other.ceiling);
        self.server_cost.extend(other.server_cost);
        self.ceiling_cost.extend(other.ceiling_cost);
    }

    fn row(&self, measurement: &Measurement, latencies: &load::Latencies) -> [String; 9] {
        let ratios: Vec<f64> = self
            .server
            .iter()
            .zip(&self.ceiling)
            .map(|(server, ceiling)| server / ceiling)
            .collect();
        let [p50, p99] =
            [50.0, 99.0].map(|percent| table::ms(load::at_percentile(latencies, percent)));
        let ceiling_cost = match measurement.ceiling {
            Ceiling::Argon2id(_) => String::new(),
            _ => format!("{:.0} µs", median(&self.ceiling_cost)),
        };
        [
            measurement.title.to_owned(),
            format!("{:.0}", median(&self.server)),
            format!("{:.0}", median(&self.ceiling)),
            format!("{:.2}", median(&ratios)),
            measurement.goal.to_owned(),
            format!("{:.0} µs", median(&self.server_cost)),
            ceiling_cost,
            p50,
            p99,
        ]
    }
}

/// Microseconds of the processors for each of so many a second in one turn.
fn cost(used: Duration, rate: f64) -> f64 {
    used.as_secs_f64() * 1e6 / (rate * TURN.as_secs_f64())
}

/// How long the server takes from its start until it is ready.
async fn starts(site: &Site) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let site = site.clone();
        let time = tokio::task::spawn_blocking(move || {
            let begin = now();
            let server = Server::at(site)?;
            server.wait_until_ready()?;
            let time = begin.elapsed();
            server.stop()?;
            Outcome::Ok(time.as_secs_f64() * 1000.0)
        });
        times.push(time.await??);
    }
    let rows = [
        ["", "median", "goal"].map(str::to_owned),
        [
            "from the start to ready".to_owned(),
            format!("{:.0} ms", median(&times)),
            "100".to_owned(),
        ],
    ];
    let title = format!("{STARTS} starts on {USERS} users ({})", site.kind().name());
    Ok(table::print(&title, &rows)?)
}
