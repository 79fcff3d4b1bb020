//! Requests per second and how long each takes, with every client sending the next request when it has the answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use super::progress::Progress;
use super::{Side, describe, turns};
use crate::disk::Disk;
use crate::options::Options;
use crate::stats;
use crate::system::Server;
use crate::work::{Client, Exchange, Task, Work};

/// How many clients are prepared at once: a system that many at once slow down is not to spend the time on that.
const PREPARING: usize = 8;

/// How long a client rests after a failure, so that a broken server is not stormed.
const REST: Duration = Duration::from_millis(20);

/// One task of one number of clients on one side.
pub struct Throughput {
    /// The side.
    pub side: String,
    /// The task.
    pub task: Task,
    /// How many do it at once.
    pub clients: u32,
    /// One entry for each round that went well.
    pub rounds: Vec<Round>,
}

/// What one round showed.
#[derive(Clone, Copy)]
pub struct Round {
    /// Which one.
    pub number: u32,
    /// Requests that were answered in a second.
    pub requests: f64,
    /// Milliseconds that a request takes: the median.
    pub p50: f64,
    /// All but one in a hundred take less.
    pub p99: f64,
    /// How often the disk was flushed, by whomever, for each request; none where that isn't counted.
    pub flushes: Option<f64>,
}

/// Where work is done.
struct Place<'a> {
    side: &'a Side,
    disk: &'a Disk,
    server: &'a mut Server,
}

/// When a client works, and from when on that counts.
#[derive(Clone, Copy)]
struct Span {
    begin: Instant,
    end: Instant,
}

/// What a client did in the span.
#[derive(Default)]
struct Tally {
    /// All requests that were answered, before and in the span and while it ended.
    answered: u32,
    /// Those in the span.
    completed: u32,
    milliseconds: Vec<f64>,
    failed: u32,
    failure: Option<Error>,
}

/// Goes through all tasks with all numbers of clients on all sides that can do them.
pub async fn measure(sides: &[Side], disk: &Disk, options: &Options, progress: &mut Progress) -> Vec<Throughput> {
    let mut servers = start(sides, progress).await;
    let mut groups = groups(sides, options);
    for round in 0..options.rounds {
        progress.next(&format!("throughput, round {} of {}", round + 1, options.rounds));
        for cells in &mut groups {
            for turn in turns(cells.len(), round) {
                let (side, cell) = &mut cells[turn];
                if let Some(server) = &mut servers[*side]
                    && !progress.leaves_out()
                {
                    let place = Place { side: &sides[*side], disk, server };
                    cell.go(round, place, options, progress).await;
                }
            }
        }
    }
    servers.into_iter().flatten().for_each(Server::stop);
    groups.into_iter().flatten().map(|(_, cell)| cell).collect()
}

/// Those that take turns: the cells of one task and number of clients, each with the place of its side.
fn groups(sides: &[Side], options: &Options) -> Vec<Vec<(usize, Throughput)>> {
    let mut groups = Vec::new();
    for &task in &options.tasks {
        for &clients in &options.clients {
            let able = sides.iter().enumerate().filter(|(_, side)| side.system.work(task).is_some());
            groups.push(able.map(|(place, side)| (place, Throughput::new(side, task, clients))).collect());
        }
    }
    groups
}

async fn start(sides: &[Side], progress: &mut Progress) -> Vec<Option<Server>> {
    let mut servers = Vec::new();
    for side in sides {
        let server = side.start().await;
        servers.push(progress.note(&format!("starting {}", side.name()), server));
    }
    servers
}

impl Throughput {
    fn new(side: &Side, task: Task, clients: u32) -> Self {
        Self { side: side.name().to_owned(), task, clients, rounds: Vec::new() }
    }

    async fn go(&mut self, round: u32, place: Place<'_>, options: &Options, progress: &mut Progress) {
        let Place { side, disk, server } = place;
        let Some(work) = side.system.work(self.task) else { return };
        let name = format!("{}, {} clients, {}, round {}", self.task, self.clients, self.side, round + 1);
        let before = disk.flushes();
        let tally = tally(work.as_ref(), server.address, self.clients, options).await;
        let Some(tally) = progress.note(&name, tally.map_err(|error| server.explain(error))) else { return };
        if let Some(failure) = &tally.failure {
            progress.fail(format!("{} ({} in all)", describe(&name, failure), tally.failed));
        }
        let flushes = before.zip(disk.flushes()).map(|(before, after)| after - before);
        self.rounds.extend(tally.round(round, options.span(), flushes));
    }
}

async fn tally(work: &dyn Work, address: SocketAddr, clients: u32, options: &Options) -> Result<Tally> {
    let preparing = stream::iter((0..clients).map(|number| work.client(address, number)));
    let mut clients: Vec<_> = preparing.buffered(PREPARING).try_collect().await?;
    let begin = Instant::now() + options.warm_up();
    let span = Span { begin, end: begin + options.span() };
    let tallies = join_all(clients.iter_mut().map(|client| busy(client.as_mut(), span))).await;
    Ok(tallies.into_iter().fold(Tally::default(), Tally::and))
}

/// Works until the span is over.
async fn busy(client: &mut dyn Client, span: Span) -> Tally {
    let mut tally = Tally::default();
    loop {
        if Instant::now() >= span.end {
            return tally;
        }
        match client.operate().await {
            Ok(exchanges) => exchanges.iter().for_each(|exchange| tally.add(exchange, span)),
            Err(error) => {
                tally.fail(error);
                sleep(REST).await;
            }
        }
    }
}

impl Tally {
    /// The rate counts what was answered in the span. The latencies are those of what was sent in it, however late the
    /// answer was: the slowest must not fall out.
    fn add(&mut self, exchange: &Exchange, span: Span) {
        let counts = |instant| instant >= span.begin && instant < span.end;
        self.answered += 1;
        self.completed += u32::from(counts(exchange.answered));
        if counts(exchange.sent) {
            self.milliseconds.push(exchange.milliseconds());
        }
    }

    fn fail(&mut self, error: Error) {
        self.failed += 1;
        self.failure.get_or_insert(error);
    }

    fn and(mut self, other: Self) -> Self {
        self.answered += other.answered;
        self.completed += other.completed;
        self.milliseconds.extend(other.milliseconds);
        self.failed += other.failed;
        self.failure = self.failure.or(other.failure);
        self
    }

    fn round(&self, number: u32, span: Duration, flushes: Option<u64>) -> Option<Round> {
        let requests = f64::from(self.completed) / span.as_secs_f64();
        let p50 = stats::quantile(&self.milliseconds, 0.5)?;
        let p99 = stats::quantile(&self.milliseconds, 0.99)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let flushes = flushes.map(|flushes| flushes as f64 / f64::from(self.answered));
        Some(Round { number, requests, p50, p99, flushes })
    }
}
