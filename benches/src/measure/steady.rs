//! A long while at half of what a side can carry: whether all is answered, nothing is lost and memory stays as it is, even
//! with trouble in between where a side is to survive that.

use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use futures::future::{join, join_all};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::progress::Progress;
use super::side::Side;
use super::throughput;
use crate::client::{Credential, Refusal};
use crate::figures::Steady;
use crate::options::Options;
use crate::system::Server;
use crate::work::{AcquireRelease, Editor};

/// How many clients share the load.
const CLIENTS: u32 = 32;

/// How many of them are prepared at once.
const PREPARING: usize = 8;

/// The share of what a side can carry.
const SHARE: f64 = 0.5;

/// How long after the end the last answers are waited for.
const LATE_MAX: Duration = Duration::from_secs(80);

/// When memory is looked at first, and when trouble comes, as shares of the time.
const SETTLED: f64 = 0.1;
const HOST_KILLED: f64 = 0.3;
const HOST_STARTED: f64 = 0.45;
const DATABASE_RESTARTED: f64 = 0.6;

/// How many changes are looked for that were acknowledged last before a trouble was over, or before the end.
const LOOKED_FOR: usize = 500;

/// A trouble is over for whoever was acknowledged so long after it had begun.
const TROUBLE: Duration = Duration::from_secs(2);

/// What became of a session, and when that was acknowledged.
struct Acknowledged {
    at: Instant,
    session: String,
    released: bool,
}

/// When the requests of a client are due.
#[derive(Clone, Copy)]
struct Schedule {
    first: Instant,
    every: Duration,
    end: Instant,
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    figures: Steady,
    acknowledged: Vec<Acknowledged>,
}

/// Measures all sides that keep edit sessions, one after the other.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Steady> {
    let mut cells = Vec::new();
    for side in sides.iter().filter(|side| side.system.keeps_sessions()) {
        if progress.leaves_out() {
            continue;
        }
        let place = format!("steady, {}", side.name());
        progress.next(&place);
        let done = on(side, options).await;
        cells.extend(progress.note(&place, done));
    }
    cells
}

async fn on(side: &Side, options: &Options) -> Result<Steady> {
    let mut server = side.start().await?;
    let done = with(&mut server, options).await.map_err(|error| server.explain(error));
    server.stop();
    Ok(Steady { side: side.name().to_owned(), ..done? })
}

async fn with(server: &mut Server, options: &Options) -> Result<Steady> {
    // The first look only warms it up: of a cold Spin, whose instances are still to be made, half is next to nothing.
    throughput::capacity(&AcquireRelease(Credential::Token), &server.hosts, CLIENTS, options).await?;
    let capacity = throughput::capacity(&AcquireRelease(Credential::Token), &server.hosts, CLIENTS, options).await?;
    ensure!(capacity > 0.0, "it carries nothing");
    let rate = capacity * SHARE;
    let hosts = server.hosts.clone();
    let preparing = stream::iter((0..CLIENTS).map(|number| Editor::open(&hosts, number))).buffered(PREPARING);
    let mut editors: Vec<_> = preparing.try_collect().await?;
    let begin = Instant::now();
    let end = begin + options.minutes();
    let trouble = options.trouble && server.survives();
    // A client's acquire and release are two requests.
    let every = Duration::from_secs_f64(f64::from(CLIENTS) * 2.0 / rate);
    let schedules = (0..CLIENTS).map(|number| Schedule { first: begin + every * number / CLIENTS, every, end });
    let working = join_all(editors.iter_mut().zip(schedules).map(|(editor, schedule)| work(editor, schedule)));
    let (seen, memory) = join(working, meanwhile(server, (begin, end), trouble)).await;
    let mut all = Seen::default();
    seen.into_iter().for_each(|seen| all.add(seen));
    let moments = if trouble { vec![HOST_KILLED, DATABASE_RESTARTED] } else { Vec::new() };
    let moments = moments.into_iter().map(|share| begin + options.minutes().mul_f64(share) + TROUBLE);
    let chosen = all.acknowledged_before(moments.chain([end + LATE_MAX]));
    let lost = lost(&mut editors[0], &chosen).await.context("looking for what was acknowledged")?;
    let looked_for = u32::try_from(chosen.len())?;
    Ok(Steady { trouble, rate, memory: Some(memory?), looked_for, lost, ..all.figures })
}

/// Acquires and releases when it is due; what is late counts from when it was due.
async fn work(editor: &mut Editor, schedule: Schedule) -> Seen {
    let mut seen = Seen::default();
    let mut due = schedule.first;
    while due < schedule.end {
        sleep_until(due).await;
        if timeout_at(schedule.end + LATE_MAX, edit(editor, due, &mut seen)).await.is_err() {
            seen.figures.unanswered += 1;
        }
        due += schedule.every;
    }
    seen
}

async fn edit(editor: &mut Editor, due: Instant, seen: &mut Seen) {
    let session = match editor.acquire().await {
        Ok((session, exchange)) => {
            seen.figures.latencies.add(exchange.answered - due.into_std());
            session
        }
        Err(error) => return seen.note(&error),
    };
    let released = editor.release(&session).await;
    match &released {
        Ok(exchange) => seen.figures.latencies.add(exchange.took()),
        Err(error) => seen.note(error),
    }
    seen.acknowledged.push(Acknowledged { at: Instant::now(), session, released: released.is_ok() });
}

/// Makes trouble, if there is to be any, and looks at the memory.
async fn meanwhile(server: &mut Server, (begin, end): (Instant, Instant), trouble: bool) -> Result<(f64, f64)> {
    let at = |share| begin + (end - begin).mul_f64(share);
    sleep_until(at(SETTLED)).await;
    let settled = server.resident()?;
    if trouble {
        sleep_until(at(HOST_KILLED)).await;
        server.kill_host();
        sleep_until(at(HOST_STARTED)).await;
        server.start_host()?;
        sleep_until(at(DATABASE_RESTARTED)).await;
        server.restart_database()?;
    }
    sleep_until(end).await;
    #[expect(clippy::cast_precision_loss, reason = "sizes of memory are far below 2^52")]
    Ok((settled as f64, server.resident()? as f64))
}

/// How many of these changes are not there.
async fn lost(editor: &mut Editor, changes: &[&Acknowledged]) -> Result<u32> {
    let mut lost = 0;
    for change in changes {
        let status = editor.look(&change.session).await?;
        // A release without an answer may have been made or not.
        let is_there = status == 410 || (status == 200 && !change.released);
        lost += u32::from(!is_there);
    }
    Ok(lost)
}

impl Seen {
    fn note(&mut self, error: &Error) {
        match Refusal::behind(error) {
            Some(refusal) if refusal.status == 503 && refusal.says_when => self.figures.busy += 1,
            Some(_) => self.figures.refused += 1,
            None => self.figures.unanswered += 1,
        }
    }

    fn add(&mut self, other: Self) {
        let (figures, others) = (&mut self.figures, other.figures);
        figures.latencies.merge(&others.latencies);
        figures.busy += others.busy;
        figures.refused += others.refused;
        figures.unanswered += others.unanswered;
        self.acknowledged.extend(other.acknowledged);
    }

    /// The last ones that were acknowledged before each of these moments.
    fn acknowledged_before(&mut self, moments: impl Iterator<Item = Instant>) -> Vec<&Acknowledged> {
        self.acknowledged.sort_by_key(|change| change.at);
        let mut from = 0;
        let mut chosen = Vec::new();
        for moment in moments {
            let end = self.acknowledged.partition_point(|change| change.at <= moment);
            chosen.extend(&self.acknowledged[from.max(end.saturating_sub(LOOKED_FOR))..end]);
            from = end;
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_before_each_moment_are_chosen_once() {
        let begin = Instant::now();
        let at = |second: usize| begin + Duration::from_secs(second as u64);
        let change = |second| Acknowledged { at: at(second), session: second.to_string(), released: true };
        let mut seen = Seen { acknowledged: (0..1_000).rev().map(change).collect(), ..Seen::default() };
        let chosen = seen.acknowledged_before([at(99), at(999)].into_iter());
        let names: Vec<usize> = chosen.iter().map(|change| change.session.parse().expect("a number")).collect();
        assert_eq!(names, (0..100).chain(500..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn answers_are_told_apart() {
        let mut seen = Seen::default();
        seen.note(&anyhow::anyhow!("connection refused"));
        assert_eq!((seen.figures.bad(), seen.figures.unanswered), (1, 1));
    }
}
