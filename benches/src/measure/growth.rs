//! Every operation on an empty database and on one with a long past, in turns.

use std::time::{Duration, Instant};

use anyhow::Result;
use baton_tests::Scratch;

use super::Side;
use super::progress::Progress;
use crate::operation::{self, Operation, Perform, Scene};
use crate::options::Options;
use crate::past::{self, Sizes};
use crate::stats;
use crate::system::Server;

/// How often each operation comes before the first time that counts. Afterwards there is a page's worth of everything,
/// with a past or without.
const WARM_UP: u32 = 12;

/// How long one operation is tried in one round: one that reads through the whole past would take for ever.
const SPAN_MAX: Duration = Duration::from_secs(3);

/// One operation.
pub struct Growth {
    /// Its name.
    pub operation: &'static str,
    /// One entry for each round that went well.
    pub rounds: Vec<GrowthRound>,
}

/// What one round showed: the medians, in milliseconds.
#[derive(Clone, Copy)]
pub struct GrowthRound {
    /// On the empty database.
    pub empty: f64,
    /// On the one with a past.
    pub grown: f64,
}

/// A server on files of its own, and those who use it.
struct Stage {
    server: Server,
    scene: Scene,
    _home: Scratch,
}

/// Measures the first side that keeps its state in a file.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Growth> {
    let Some(side) = sides.iter().find(|side| side.system.database(side.home.path()).is_some()) else {
        return Vec::new();
    };
    let place = format!("growth, {}", side.name());
    progress.next(&place);
    let begun = Instant::now();
    let stages = stages(side, options).await;
    progress.postpone(begun.elapsed());
    let Some(mut stages) = progress.note(&place, stages) else { return Vec::new() };
    let operations = operation::all();
    for operation in &operations {
        let warm = warm_up(&mut stages, operation.perform).await;
        progress.note(&format!("{place}, {}", operation.name), warm);
    }
    let mut cells: Vec<_> = operations.iter().map(Growth::new).collect();
    for round in 0..options.rounds {
        progress.next(&format!("growth, round {} of {}", round + 1, options.rounds));
        for (cell, operation) in cells.iter_mut().zip(&operations) {
            if progress.leaves_out() {
                continue;
            }
            let found = compare(&mut stages, operation.perform, options.repetitions).await;
            cell.rounds.extend(progress.note(&format!("{place}, {}", operation.name), found).flatten());
        }
    }
    stages.into_iter().for_each(|stage| stage.server.stop());
    cells
}

impl Growth {
    fn new(operation: &Operation) -> Self {
        Self { operation: operation.name, rounds: Vec::new() }
    }

    /// How much longer it takes with the past: the median of the rounds' ratios.
    pub fn ratio(&self) -> Option<f64> {
        stats::median(&self.rounds.iter().map(|round| round.grown / round.empty).collect::<Vec<_>>())
    }
}

/// The one with an empty database, and the one with a past.
async fn stages(side: &Side, options: &Options) -> Result<[Stage; 2]> {
    Ok([Stage::set(side, Sizes::NOTHING).await?, Stage::set(side, options.past()).await?])
}

impl Stage {
    async fn set(side: &Side, past: Sizes) -> Result<Self> {
        let home = Scratch::new();
        side.system.share_machine_code(side.home.path(), home.path())?;
        if let Some(database) = side.system.database(home.path()).filter(|_| past != Sizes::NOTHING) {
            // So that Baton sets the schema up; it must be gone before the file is filled.
            side.system.start(home.path()).await?.stop();
            past::give(&database, past)?;
        }
        let server = side.system.start(home.path()).await?;
        let scene = Scene::open(server.address, past).await?;
        Ok(Self { server, scene, _home: home })
    }
}

async fn warm_up(stages: &mut [Stage; 2], perform: Perform) -> Result<()> {
    for stage in stages {
        for _ in 0..WARM_UP {
            perform(&mut stage.scene).await?;
        }
    }
    Ok(())
}

/// Does it on both in turns: the medians; none if nothing was done.
async fn compare(stages: &mut [Stage; 2], perform: Perform, repetitions: u32) -> Result<Option<GrowthRound>> {
    let begun = Instant::now();
    let mut milliseconds = [Vec::new(), Vec::new()];
    for _ in 0..repetitions {
        for (stage, milliseconds) in stages.iter_mut().zip(&mut milliseconds) {
            let exchange = perform(&mut stage.scene).await?;
            milliseconds.push(exchange.milliseconds());
        }
        if begun.elapsed() > SPAN_MAX {
            break;
        }
    }
    let [empty, grown] = milliseconds.map(|times| stats::median(&times));
    Ok(empty.zip(grown).map(|(empty, grown)| GrowthRound { empty, grown }))
}
