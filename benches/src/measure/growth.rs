//! Every operation on an empty database and on one with a long past, in turns.

use std::time::{Duration, Instant};

use anyhow::Result;
use baton_tests::Scratch;

use super::progress::Progress;
use super::side::Side;
use crate::figures::{Growth, GrowthRound, stats};
use crate::operation::{self, Perform, Scene};
use crate::options::Options;
use crate::past::{self, Sizes};
use crate::system::Server;

/// How often each operation comes before the first time that counts. Afterwards there is a page's worth of everything,
/// with a past or without.
const WARM_UP: u32 = 12;

/// How long one operation is tried in one round: one that reads through the whole past would take for ever.
const SPAN_MAX: Duration = Duration::from_secs(3);

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
    let mut cells: Vec<_> =
        operations.iter().map(|operation| Growth { operation: operation.name, rounds: Vec::new() }).collect();
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
        let scene = Scene::open(&server.hosts, past).await?;
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
