//! Two ways of asking a server: as fast as it answers, which tells how much it can do; and at fixed
//! times whatever it does, which tells how long people wait.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{Outcome, now, per_second, wait, work::Work};

/// Latencies in microseconds, to three digits, of at most a minute.
pub type Latencies = Histogram<u64>;

fn latencies() -> Outcome<Latencies> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 3)?)
}

/// A latency as a duration.
pub fn at_percentile(latencies: &Latencies, percentile: f64) -> Duration {
    Duration::from_micros(latencies.value_at_percentile(percentile))
}

/// Asks over so many connections, on each again as soon as the answer is there; so many a second
/// came of it.
pub async fn closed(work: &Arc<Work>, connections: usize, time: Duration) -> Outcome<f64> {
    let begin = now();
    let end = begin + time;
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let work = Arc::clone(work);
        tasks.spawn(async move {
            let mut connection = work.connect().await?;
            let mut answered = 0;
            while now() < end {
                work.once(&mut connection).await?;
                answered += 1;
            }
            Outcome::Ok(answered)
        });
    }
    let mut answered = 0;
    while let Some(task) = tasks.join_next().await {
        answered += task??;
    }
    Ok(per_second(answered, begin.elapsed()))
}

/// Asks so many times a second, evenly, whether or not earlier answers are there. A latency counts
/// from the time that the question was meant for: whoever waits for a free connection waits, too.
pub async fn open(
    work: &Arc<Work>,
    connections: usize,
    rate: f64,
    time: Duration,
) -> Outcome<Latencies> {
    let (arrivals, arrived) = mpsc::unbounded_channel();
    let arrived = Arc::new(tokio::sync::Mutex::new(arrived));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (work, arrived) = (Arc::clone(work), Arc::clone(&arrived));
        tasks.spawn(async move {
            let mut latencies = latencies()?;
            let mut connection = work.connect().await?;
            loop {
                let next: Option<Instant> = arrived.lock().await.recv().await;
                let Some(meant) = next else {
                    return Outcome::Ok(latencies);
                };
                work.once(&mut connection).await?;
                latencies.saturating_record(micros(meant.elapsed()));
            }
        });
    }
    let schedule = std::thread::spawn(move || arrive(&arrivals, rate, time));
    let mut all = latencies()?;
    while let Some(task) = tasks.join_next().await {
        all.add(task??)?;
    }
    schedule.join().map_err(|_| "the schedule panicked")?;
    Ok(all)
}

/// Sends the time of each arrival when it has come. On a thread of its own: tokio's timers know
/// milliseconds only.
fn arrive(arrivals: &mpsc::UnboundedSender<Instant>, rate: f64, time: Duration) {
    let begin = now();
    let between = Duration::from_secs_f64(1.0 / rate);
    let mut next = begin;
    while next < begin + time {
        let early = next.saturating_duration_since(now());
        if !early.is_zero() {
            wait(early);
        }
        // Nobody asks any more where all connections have failed.
        if arrivals.send(next).is_err() {
            return;
        }
        next += between;
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros())
        .unwrap_or(u64::MAX)
        .max(1)
}
