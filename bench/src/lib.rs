//! The built server, run for one measurement on a folder of its own, and what measures it.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub mod client;
pub mod table;

/// What goes wrong ends the measurement.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the server takes to be its own page.
const ORIGIN: &str = "http://localhost:8787";

/// A running server without rate limits, on an empty SQLite database. It ends when this is dropped.
pub struct Server {
    process: Child,
    address: String,
    _data: TempDir,
}

impl Server {
    /// Starts the program that the first argument of the command line names.
    pub fn start() -> Outcome<Self> {
        let program: PathBuf = std::env::args_os()
            .nth(1)
            .ok_or("the first argument names the server's program")?
            .into();
        let data = tempfile::tempdir()?;
        let mut process = Command::new(fs::canonicalize(program)?)
            .arg("serve")
            .current_dir(data.path())
            .env_clear()
            .env("TWOFOLD_LISTEN", "127.0.0.1:0")
            .env("TWOFOLD_PUBLIC_URL", ORIGIN)
            .env("TWOFOLD_RATE_LIMITS", "off")
            .env("TWOFOLD_LOCKOUT_ATTEMPTS", "100")
            .env("TWOFOLD_LOG", "warn,twofold::http::serve=info")
            .stderr(Stdio::piped())
            .spawn()?;
        let log = process.stderr.take().ok_or("the server has no log")?;
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let listening = lines.find_map(|line| {
            let (_, address) = line.split_once("address=")?;
            address.split(' ').next().map(str::to_owned)
        });
        // A log that nobody reads would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        let mut server = Self {
            process,
            address: String::new(),
            _data: data,
        };
        server.address = listening.ok_or("the server did not start")?;
        Ok(server)
    }

    /// The address of `path`.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The most memory that the server has had at once, in MiB.
    pub fn peak_memory(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let kib: u32 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("the system tells nothing of the server's memory")?
            .parse()?;
        Ok(f64::from(kib) / 1024.0)
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
