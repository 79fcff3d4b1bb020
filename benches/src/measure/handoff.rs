//! From sending `request-handoff` until the holder's long poll has its answer, while others wait too; and what those
//! others cost in memory.

use anyhow::Result;
use tokio::time::sleep;

use super::crowd::{self, Crowd};
use super::progress::Progress;
use super::rig::Rig;
use super::{Side, turns};
use crate::options::Options;
use crate::system::Server;

/// How many handoffs come before the first that counts.
const WARM_UP: u32 = 3;

/// Handoffs on one side with one number of others who wait.
pub struct Handoff {
    /// The side.
    pub side: String,
    /// How many others wait.
    pub waiting: u32,
    /// How long it took each time, in milliseconds.
    pub milliseconds: Vec<f64>,
    /// How often one of the others was answered with 503 and asked again.
    pub refusals: u32,
    /// The memory of the server's processes before the others came, in bytes; one value a round.
    pub before: Vec<f64>,
    /// What each of the others adds, in bytes; one value a round.
    pub per_waiting: Vec<f64>,
}

/// Measures all sides with all numbers of others. Each time on a server that has just been started: none of those who
/// waited before is still in it, and memory that it freed does not hide what they take.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Handoff> {
    let mut cells = Vec::new();
    for side in sides {
        cells.extend(options.waiting.iter().map(|&waiting| Handoff::new(side, waiting)));
    }
    for round in 0..options.rounds {
        for turn in turns(sides.len(), round) {
            let of_side = turn * options.waiting.len()..(turn + 1) * options.waiting.len();
            for cell in &mut cells[of_side] {
                if progress.leaves_out() {
                    continue;
                }
                let place = format!("handoff, {} waiting, {}, round {}", cell.waiting, cell.side, round + 1);
                progress.next(&place);
                let done = cell.go(&sides[turn], round, options).await;
                progress.note(&place, done);
            }
        }
    }
    cells
}

impl Handoff {
    fn new(side: &Side, waiting: u32) -> Self {
        let side = side.name().to_owned();
        Self { side, waiting, milliseconds: Vec::new(), refusals: 0, before: Vec::new(), per_waiting: Vec::new() }
    }

    async fn go(&mut self, side: &Side, round: u32, options: &Options) -> Result<()> {
        let mut server = side.start().await?;
        let done = self.with(&server, round, options).await.map_err(|error| server.explain(error));
        server.stop();
        done
    }

    async fn with(&mut self, server: &Server, round: u32, options: &Options) -> Result<()> {
        let mut rig = Rig::new(server.address, &format!("HANDOFF-{}-{round}", self.waiting)).await?;
        let identities = crowd::register(server.address, self.waiting).await?;
        let before = server.resident()?;
        let mut crowd = Crowd::gather(server.address, identities).await?;
        sleep(options.settle()).await;
        let after = server.resident()?;
        let milliseconds = sample(&mut rig, options.samples_per_round()).await;
        self.refusals += crowd.refusals();
        // Figures count only if all was well to the end.
        let milliseconds = milliseconds?;
        crowd.check()?;
        self.milliseconds.extend(milliseconds);
        self.weigh(before, after);
        // The crowd is gone when this returns: a server that is asked to end would wait for it.
        Ok(())
    }

    fn weigh(&mut self, before: u64, after: u64) {
        #[expect(clippy::cast_precision_loss, reason = "sizes of memory are far below 2^52")]
        let (before, after) = (before as f64, after as f64);
        self.before.push(before);
        if self.waiting > 0 {
            self.per_waiting.push((after - before) / f64::from(self.waiting));
        }
    }
}

async fn sample(rig: &mut Rig, count: u32) -> Result<Vec<f64>> {
    let mut milliseconds = Vec::new();
    for number in 0..WARM_UP + count {
        let took = rig.sample().await?;
        if number >= WARM_UP {
            milliseconds.push(took.as_secs_f64() * 1_000.0);
        }
    }
    Ok(milliseconds)
}
