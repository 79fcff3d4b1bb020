//! From start to ready: the first time, when components are compiled, and later.

use anyhow::Result;

use super::progress::Progress;
use super::{Side, turns};
use crate::options::Options;

/// How long a side takes to start.
#[derive(Default)]
pub struct Starts {
    /// The side.
    pub side: String,
    /// With nothing compiled yet, in seconds.
    pub first: Vec<f64>,
    /// With what an earlier start left, in seconds.
    pub later: Vec<f64>,
}

/// Starts all sides that compile again and again.
pub async fn measure(sides: &mut [Side], options: &Options, progress: &mut Progress) -> Vec<Starts> {
    let mut sides: Vec<_> = sides.iter_mut().filter(|side| side.system.compiles()).collect();
    let named = |side: &&mut Side| Starts { side: side.name().to_owned(), ..Starts::default() };
    let mut starts: Vec<_> = sides.iter().map(named).collect();
    for round in 0..options.first_starts {
        for turn in turns(sides.len(), round) {
            sides[turn].forget();
            starts[turn].first.extend(start(sides[turn], "first start", progress).await);
        }
    }
    for round in 0..options.rounds {
        for turn in turns(sides.len(), round) {
            starts[turn].later.extend(start(sides[turn], "later start", progress).await);
        }
    }
    starts
}

async fn start(side: &Side, what: &str, progress: &mut Progress) -> Option<f64> {
    if progress.leaves_out() {
        return None;
    }
    let place = format!("{what}, {}", side.name());
    progress.next(&place);
    let seconds = timed(side).await;
    progress.note(&place, seconds)
}

async fn timed(side: &Side) -> Result<f64> {
    let server = side.start().await?;
    let seconds = server.ready_in.as_secs_f64();
    server.stop();
    Ok(seconds)
}
