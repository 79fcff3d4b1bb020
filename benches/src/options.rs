//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::past::Sizes;
use crate::work::Task;

/// Measures the built application beside its peers, on loopback, and prints a Markdown report.
///
/// Sides are `baton up` and, where the environment names one in BATON_SPIN, a real Spin, each without Redis and with a
/// redis-server that is started for the run; where BATON_SQLD names a server of libSQL too, two Spins that share it and a
/// Redis, and bare inserts there; Baton's handlers without a sandbox; a plain service on PostgreSQL; a component that does
/// next to nothing on the same hosts; etcd; and Redis with every write synced. BATON_BIN names another `baton` than
/// target/release/baton. State lies under TMPDIR, which must be on a disk.
#[derive(Parser, Debug)]
#[command(name = "bench", version, args_override_self = true)]
pub struct Options {
    /// Writes the report to this file too, and its plots to a directory beside it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// The manifest of the application; another checkout's measures that one's components (default: this repository's)
    #[arg(short, long, value_name = "FILE")]
    pub from: Option<PathBuf>,

    /// Only these sides, such as `runner,postgres` (default: all that are there, without runner-keys and runner-unlimited)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub sides: Vec<String>,

    /// Flags for a real Spin, such as `--max-instance-reuse-count 100000`
    #[arg(long, value_name = "FLAGS", default_value = "", allow_hyphen_values = true)]
    pub spin_flags: String,

    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = [Part::Starts, Part::Throughput, Part::Structure, Part::Growth, Part::Waiting])]
    pub measure: Vec<Part>,

    /// The tasks of throughput
    #[arg(long, value_delimiter = ',', default_values = ["floor", "read", "edit"])]
    pub tasks: Vec<Task>,

    /// How often everything is measured; the report gives medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,

    /// How long one work is measured on one side in one round, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub span: u64,

    /// How long the work goes on before it is measured, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub warm_up: u64,

    /// How many clients work at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128], value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub clients: Vec<u32>,

    /// How many other workstations wait during a handoff
    #[arg(long, value_delimiter = ',', default_values_t = [0, 100, 1_000, 10_000], value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub waiting: Vec<u32>,

    /// How many handoffs are measured on a side for each number of waiting workstations, over all rounds
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub samples: u32,

    /// How long those who wait are left alone before their memory is looked at, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub settle: u64,

    /// How long the most who wait are left alone while it is watched what that costs, in seconds
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=40))]
    pub quiet: u64,

    /// How long changes are made with each number of webhooks in one round, in seconds
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub webhooks_seconds: u64,

    /// How long `steady` lasts on each side, in minutes
    #[arg(long, value_name = "MIN", default_value_t = 10.0, value_parser = minutes)]
    pub minutes: f64,

    /// Has `steady` lose a host and restart the database where there are several hosts
    #[arg(long)]
    pub trouble: bool,

    /// How many sessions the long past has
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    pub past_sessions: u32,

    /// How many events
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    pub past_events: u32,

    /// How many rows of the audit log
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    pub past_audit: u32,

    /// How often each operation is done on each of both databases in one round
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repetitions: u32,

    /// When no further measurement is begun, in seconds from the start, without the time that filling a database takes;
    /// the report says what is left out. More sides need more
    #[arg(long, value_name = "S", default_value_t = 1_500, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub limit: u64,

    /// How often a start without compiled components is measured
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub first_starts: u32,
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.05..=600.0).contains(&minutes) { Ok(minutes) } else { Err("from 0.05 to 600".to_owned()) }
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Part {
    /// From start to ready.
    Starts,
    /// Requests per second and their latency.
    Throughput,
    /// From asking for a handoff to the holder hearing of it; what those cost who wait.
    Waiting,
    /// Assemblies, and many parts at once.
    Structure,
    /// Every operation on an empty database and on one with a long past.
    Growth,
    /// What webhooks cost a change, and how fast they are.
    Webhooks,
    /// A long while at half of what a side can carry.
    Steady,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value().expect("none is skipped");
        f.write_str(value.get_name())
    }
}

impl Options {
    /// [`Options::span`]
    pub fn span(&self) -> Duration {
        Duration::from_millis(self.span)
    }

    /// [`Options::warm_up`]
    pub fn warm_up(&self) -> Duration {
        Duration::from_millis(self.warm_up)
    }

    /// [`Options::settle`]
    pub fn settle(&self) -> Duration {
        Duration::from_millis(self.settle)
    }

    /// [`Options::quiet`]
    pub fn quiet(&self) -> Duration {
        Duration::from_secs(self.quiet)
    }

    /// [`Options::minutes`]
    pub fn minutes(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }

    /// [`Options::webhooks_seconds`]
    pub fn webhooks_for(&self) -> Duration {
        Duration::from_secs(self.webhooks_seconds)
    }

    /// The long past.
    pub fn past(&self) -> Sizes {
        Sizes { sessions: self.past_sessions, events: self.past_events, audit: self.past_audit }
    }

    /// [`Options::limit`]
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }

    /// How many handoffs are measured in one round.
    pub fn samples_per_round(&self) -> u32 {
        self.samples.div_ceil(self.rounds)
    }
}
