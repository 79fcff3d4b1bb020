//! From sending the news until the answer of whoever waits for it, while others wait too; and what those others cost in
//! memory and processor time.

use std::sync::Arc;

use anyhow::Result;
use tokio::time::sleep;

use super::crowd::Crowd;
use super::progress::Progress;
use super::side::{Side, turns};
use crate::figures::{Latencies, Waiting, WaitingRound};
use crate::options::Options;
use crate::room::{Counts, Pair, WaitingRoom};
use crate::system::Server;

/// How often the news is sent before the first time that counts.
const WARM_UP: u32 = 3;

/// With so many waiting, all that a system needs for any waiting client is there: what each further one costs is counted
/// from here on.
const FIRST: u32 = 100;

/// What others who wait cost.
struct Cost {
    with_first: f64,
    per_waiting: Option<f64>,
    idle: Option<f64>,
}

/// Measures all sides where one can wait with all numbers of others. Each time on a server that has just been started:
/// none of those who waited before is still in it, and memory that it freed does not hide what they take.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Waiting> {
    let rooms: Vec<_> = sides.iter().filter_map(|side| Some((side, side.system.waiting_room()?))).collect();
    let mut cells: Vec<Vec<Waiting>> = rooms.iter().map(|(side, _)| cells_of(side, options)).collect();
    for round in 0..options.rounds {
        for turn in turns(rooms.len(), round) {
            let (side, room) = &rooms[turn];
            for cell in &mut cells[turn] {
                if progress.leaves_out() {
                    continue;
                }
                let place = format!("{} waiting, {}, round {}", cell.others, cell.side, round + 1);
                progress.next(&place);
                let measurement = Measurement { others: cell.others, round, options };
                let done = measurement.on(side, room.as_ref()).await;
                cell.rounds.extend(progress.note(&place, done));
            }
        }
    }
    cells.into_iter().flatten().collect()
}

fn cells_of(side: &Side, options: &Options) -> Vec<Waiting> {
    let cell = |&others| Waiting { side: side.name().to_owned(), others, rounds: Vec::new() };
    options.waiting.iter().map(cell).collect()
}

/// Measures one number of others on one side.
struct Measurement<'a> {
    others: u32,
    round: u32,
    options: &'a Options,
}

impl Measurement<'_> {
    async fn on(&self, side: &Side, room: &dyn WaitingRoom) -> Result<WaitingRound> {
        let mut server = side.start().await?;
        let done = self.with(&server, room).await.map_err(|error| server.explain(error));
        server.stop();
        done
    }

    /// The crowd is gone when this returns: a server that is asked to end would wait for it.
    async fn with(&self, server: &Server, room: &dyn WaitingRoom) -> Result<WaitingRound> {
        let mut pair = room.pair(&server.hosts, &format!("HANDOFF-{}-{}", self.others, self.round)).await?;
        let counts = Arc::new(Counts::default());
        let others = room.others(&server.hosts, self.others, &counts).await?;
        let mut crowd = Crowd::new(others, counts);
        let Cost { with_first, per_waiting, idle } = self.weigh(&mut crowd, server).await?;
        let latencies = sample(pair.as_mut(), self.options.samples_per_round()).await?;
        // Figures count only if all was well to the end.
        crowd.check()?;
        let refusals = crowd.counts().refusals();
        Ok(WaitingRound { number: self.round, latencies, refusals, with_first, per_waiting, idle })
    }

    /// Lets the others come, and sees what they cost.
    async fn weigh(&self, crowd: &mut Crowd, server: &Server) -> Result<Cost> {
        crowd.come(Some(FIRST as usize)).await?;
        sleep(self.options.settle()).await;
        let with_first = resident(server)?;
        if self.others <= FIRST {
            return Ok(Cost { with_first, per_waiting: None, idle: None });
        }
        crowd.come(None).await?;
        sleep(self.options.settle()).await;
        let per_waiting = (resident(server)? - with_first) / f64::from(self.others - FIRST);
        let is_most = self.options.waiting.iter().all(|others| *others <= self.others);
        let idle = if is_most { idle(crowd, server, self.options).await? } else { None };
        Ok(Cost { with_first, per_waiting: Some(per_waiting), idle })
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes of memory are far below 2^52")]
fn resident(server: &Server) -> Result<f64> {
    Ok(server.resident()? as f64)
}

/// The share of one processor that a side takes while nothing happens; none if meanwhile some had waited as long as one
/// can, and asked again.
async fn idle(crowd: &Crowd, server: &Server, options: &Options) -> Result<Option<f64>> {
    let answers = crowd.counts().answers();
    let before = server.processor_time()?;
    sleep(options.quiet()).await;
    let taken = server.processor_time()? - before;
    let is_undisturbed = crowd.counts().answers() == answers;
    Ok(is_undisturbed.then(|| taken.as_secs_f64() / options.quiet().as_secs_f64()))
}

async fn sample(pair: &mut dyn Pair, count: u32) -> Result<Latencies> {
    let mut latencies = Latencies::default();
    for number in 0..WARM_UP + count {
        let took = pair.wake().await?;
        if number >= WARM_UP {
            latencies.add(took);
        }
    }
    Ok(latencies)
}
