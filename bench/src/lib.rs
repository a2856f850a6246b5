//! The built server, run for one measurement on a folder of its own, and what measures it.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use site::Site;

pub mod argon2id;
pub mod ceilings;
pub mod client;
pub mod http;
pub mod load;
pub mod plot;
pub mod population;
pub mod site;
pub mod table;
pub mod work;

/// What goes wrong ends the measurement.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the server takes to be its own page.
pub(crate) const ORIGIN: &str = "http://localhost:8787";

/// A running server without rate limits. It ends when this is dropped.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    site: Site,
}

/// Memory of a process in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What it has now.
    pub now: f64,
    /// The most that it has had at once.
    pub most: f64,
}

impl Server {
    /// Starts the program that the first argument of the command line names, on an empty SQLite
    /// database.
    pub fn start() -> Outcome<Self> {
        Self::at(Site::on_sqlite()?)
    }

    /// Starts that program on what is there already.
    pub fn at(site: Site) -> Outcome<Self> {
        let program: PathBuf = std::env::args_os()
            .nth(1)
            .ok_or("the first argument names the server's program")?
            .into();
        let mut command = Command::new(fs::canonicalize(program)?);
        command
            .arg("serve")
            .current_dir(site.folder())
            .env_clear()
            .env("TWOFOLD_LISTEN", "127.0.0.1:0")
            .env("TWOFOLD_DATA_DIR", site.folder())
            .env("TWOFOLD_DATABASE_URL", site.url())
            .env("TWOFOLD_PUBLIC_URL", ORIGIN)
            .env("TWOFOLD_RATE_LIMITS", "off")
            .env("TWOFOLD_LOCKOUT_ATTEMPTS", "100")
            .env("TWOFOLD_REVERIFICATION_AGE", "7d");
        let (process, address) = listening(command)?;
        Ok(Self {
            process,
            address,
            site,
        })
    }

    /// Ends the server, and gives what it worked on back.
    pub fn stop(mut self) -> Outcome<Site> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(self.site.clone())
    }

    /// The address of `path`.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it works on.
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Its memory.
    pub fn memory(&self) -> Outcome<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let mib = |name: &str| {
            let kib: u32 = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.split_whitespace().next())
                .ok_or("the system tells nothing of the server's memory")?
                .parse()?;
            Outcome::Ok(f64::from(kib) / 1024.0)
        };
        Ok(Memory {
            now: mib("VmRSS:")?,
            most: mib("VmHWM:")?,
        })
    }

    /// Time of the processors that it has used.
    pub fn processor_time(&self) -> Outcome<Duration> {
        processor_time(&self.process)
    }

    /// Asks whether it is ready, over and over, until it is.
    pub fn wait_until_ready(&self) -> Outcome<()> {
        const ASK: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        for _ in 0..10_000 {
            let mut connection = TcpStream::connect(self.address)?;
            connection.write_all(ASK)?;
            let mut reply = String::new();
            connection.read_to_string(&mut reply)?;
            if reply.starts_with("HTTP/1.1 200") {
                return Ok(());
            }
            wait(Duration::from_millis(1));
        }
        Err("the server does not become ready".into())
    }
}

/// Time of the processors that a process has used.
fn processor_time(process: &Child) -> Outcome<Duration> {
    /// The unit of the kernel's tables on every machine that Linux runs on today.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id()))?;
    // The name of the program may have spaces and brackets in it.
    let (_, numbers) = stat.rsplit_once(") ").ok_or("no table of the process")?;
    let mut numbers = numbers.split(' ').skip(11);
    let mut ticks = || {
        Outcome::Ok(
            numbers
                .next()
                .ok_or("no time in the table")?
                .parse::<u32>()?,
        )
    };
    let ticks = f64::from(ticks()? + ticks()?);
    Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
}

/// Starts a program that writes its address in a line of its log, and waits for that.
fn listening(mut command: Command) -> Outcome<(Child, SocketAddr)> {
    let mut process = command.stderr(Stdio::piped()).spawn()?;
    let log = process.stderr.take().ok_or("the program has no log")?;
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let mut said = String::new();
    let address = lines.by_ref().find_map(|line| {
        said.push_str(&line);
        let (_, address) = line.split_once("address=")?;
        address.split(' ').next()?.parse().ok()
    });
    // A log that nobody reads would stop the program.
    std::thread::spawn(move || lines.for_each(drop));
    match address {
        Some(address) => Ok((process, address)),
        None => Err(format!("the program did not start: {said}").into()),
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Now, for measuring.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement asks the machine how long something takes"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "a client that was told to come back later does"
)]
pub fn wait(duration: Duration) {
    std::thread::sleep(duration);
}

/// How long `work` takes, and what it gives.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = now();
    let given = work();
    (begin.elapsed(), given)
}

/// The value below which `percent` of the durations lie; zero where there is none.
pub fn percentile(durations: &mut [Duration], percent: usize) -> Duration {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    durations
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// So many in that time, as so many a second.
pub fn per_second(count: usize, time: Duration) -> f64 {
    site::as_f64(u64::try_from(count).unwrap_or(u64::MAX)) / time.as_secs_f64()
}

/// The one in the middle; NaN where there is none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
