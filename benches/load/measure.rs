//! Repetitions, their processor time and their clock time, as rows of one table.

use super::Server;
use std::time::{Duration, Instant};

/// Microseconds of a clock tick of the kernel's accounts.
const TICK: u64 = 10_000;

/// What one kind of action cost, each figure for one action, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub times: usize,
    pub server: u64,
    pub database: u64,
    pub p50: Duration,
    pub p95: Duration,
    pub p99: Duration,
    pub worst: Duration,
}

impl Cost {
    pub const fn cpu(&self) -> u64 {
        self.server + self.database
    }
}

/// Does `act` so many times and says what one cost.
pub fn timed(server: &Server, times: usize, mut act: impl FnMut(usize)) -> Cost {
    let before = server.cpu();
    let mut clocks = Vec::with_capacity(times);
    for n in 0..times {
        let start = Instant::now();
        act(n);
        clocks.push(start.elapsed());
    }
    cost(server, &before, clocks)
}

/// The same where other threads acted: their clocks are handed in.
pub fn cost(server: &Server, before: &super::server::Cpu, mut clocks: Vec<Duration>) -> Cost {
    let after = server.cpu();
    clocks.sort_unstable();
    let times = clocks.len();
    let each = |ticks: u64| ticks * TICK / times.max(1) as u64;
    let at = |percent: usize| clocks[(times * percent / 100).min(times - 1)];
    Cost {
        times,
        server: each(after.server - before.server),
        database: each(after.database - before.database),
        p50: at(50),
        p95: at(95),
        p99: at(99),
        worst: clocks[times - 1],
    }
}

/// Microseconds of the database for one round of bare statements.
pub async fn bare(server: &Server, times: usize, mut act: impl AsyncFnMut(usize)) -> u64 {
    let before = server.cpu();
    for n in 0..times {
        act(n).await;
    }
    (server.cpu().database - before.database) * TICK / times.max(1) as u64
}

/// Milliseconds with two places.
pub fn ms(micros: u64) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}

fn ms_of(clock: Duration) -> String {
    ms(u64::try_from(clock.as_micros()).unwrap_or(u64::MAX))
}

/// The table that docs/performance.md shows.
pub struct Table;

impl Table {
    pub fn begin(title: &str) -> Self {
        println!("\n### {title}\n");
        println!("| Action | n | CPU ms | server | database | bare SQL | ratio | p50 ms | p95 ms | p99 ms | to hold |");
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        Self
    }

    /// A row; `bare` is the database's part of the same work as bare SQL.
    #[allow(clippy::unused_self, reason = "a row stands under the head of its table")]
    pub fn row(&self, what: &str, cost: &Cost, bare: Option<u64>, to_hold: &str) {
        let ratio = bare.map_or_else(String::new, |b| {
            let tenths = cost.database * 10 / b.max(1);
            format!("{}.{}", tenths / 10, tenths % 10)
        });
        println!(
            "| {what} | {} | **{}** | {} | {} | {} | {ratio} | {} | {} | {} | {to_hold} |",
            cost.times,
            ms(cost.cpu()),
            ms(cost.server),
            ms(cost.database),
            bare.map_or_else(String::new, ms),
            ms_of(cost.p50),
            ms_of(cost.p95),
            ms_of(cost.p99),
        );
    }
}
