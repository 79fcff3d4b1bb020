//! Requests per second and how long each takes, with every client sending the next request when it has the answer.

use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{sleep, timeout, timeout_at};

use super::progress::{Progress, describe};
use super::side::{Side, turns};
use crate::client::Hosts;
use crate::disk::Disk;
use crate::figures::{Latencies, Round, Throughput};
use crate::options::Options;
use crate::system::Server;
use crate::work::{Client, Exchange, Work};

/// How many clients are prepared at once: a system that many at once slow down is not to spend the time on that.
const PREPARING: usize = 8;

/// How long that may take.
const PREPARED_MAX: Duration = Duration::from_secs(60);

/// How long after the end the last answers are waited for.
const LATE_MAX: Duration = Duration::from_secs(10);

/// How long a client rests after a failure, so that a broken server is not stormed.
const REST: Duration = Duration::from_millis(20);

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
    latencies: Latencies,
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
                    measure_in(cell, round, place, options, progress).await;
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
            groups.push(able.map(|(place, side)| (place, Throughput::of(side.name(), task, clients))).collect());
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

async fn measure_in(cell: &mut Throughput, round: u32, place: Place<'_>, options: &Options, progress: &mut Progress) {
    let Place { side, disk, server } = place;
    let Some(work) = side.system.work(cell.task) else { return };
    let name = format!("{}, {} clients, {}, round {}", cell.task, cell.clients, cell.side, round + 1);
    let before = disk.flushes();
    let tally = tally(work.as_ref(), &server.hosts, cell.clients, options).await;
    let Some(tally) = progress.note(&name, tally.map_err(|error| server.explain(error))) else { return };
    if let Some(failure) = &tally.failure {
        progress.fail(format!("{} ({} in all)", describe(&name, failure), tally.failed));
    }
    cell.bad += tally.failed;
    let flushes = before.zip(disk.flushes()).map(|(before, after)| after - before);
    cell.rounds.extend(tally.round(round, options.span(), flushes));
}

/// How many requests are answered in a second when so many clients do a work.
pub async fn capacity(work: &dyn Work, hosts: &Hosts, clients: u32, options: &Options) -> Result<f64> {
    let tally = tally(work, hosts, clients, options).await?;
    Ok(f64::from(tally.completed) / options.span().as_secs_f64())
}

async fn tally(work: &dyn Work, hosts: &Hosts, clients: u32, options: &Options) -> Result<Tally> {
    let preparing = stream::iter((0..clients).map(|number| work.client(hosts, number)));
    let prepared = timeout(PREPARED_MAX, preparing.buffered(PREPARING).try_collect::<Vec<_>>()).await;
    let mut clients = prepared.context("preparing the clients takes too long")??;
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
        let answered = timeout_at((span.end + LATE_MAX).into(), client.operate()).await;
        match answered.unwrap_or_else(|_| Err(anyhow!("no answer {LATE_MAX:?} after the end"))) {
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
            self.latencies.add(exchange.took());
        }
    }

    fn fail(&mut self, error: Error) {
        self.failed += 1;
        self.failure.get_or_insert(error);
    }

    fn and(mut self, other: Self) -> Self {
        self.answered += other.answered;
        self.completed += other.completed;
        self.latencies.merge(&other.latencies);
        self.failed += other.failed;
        self.failure = self.failure.or(other.failure);
        self
    }

    fn round(&self, number: u32, span: Duration, flushes: Option<u64>) -> Option<Round> {
        let requests = f64::from(self.completed) / span.as_secs_f64();
        let (p50, p99) = (self.latencies.quantile(0.5)?, self.latencies.quantile(0.99)?);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let flushes = flushes.map(|flushes| flushes as f64 / f64::from(self.answered));
        Some(Round { number, requests, p50, p99, flushes })
    }
}
