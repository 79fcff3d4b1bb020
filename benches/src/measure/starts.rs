//! From start to ready: the first time, when components are compiled, and later; and then each component's first request.

use anyhow::Result;

use super::first;
use super::progress::Progress;
use super::side::{Side, turns};
use crate::figures::Starts;
use crate::options::Options;

/// Starts all sides that compile again and again.
pub async fn measure(sides: &mut [Side], options: &Options, progress: &mut Progress) -> Vec<Starts> {
    let mut sides: Vec<_> = sides.iter_mut().filter(|side| side.system.compiles()).collect();
    let named = |side: &&mut Side| Starts { side: side.name().to_owned(), ..Starts::default() };
    let mut starts: Vec<_> = sides.iter().map(named).collect();
    for round in 0..options.first_starts {
        for turn in turns(sides.len(), round) {
            sides[turn].forget();
            let started = start(sides[turn], "first start", progress).await;
            starts[turn].first.extend(started.map(|started| started.seconds));
        }
    }
    for round in 0..options.rounds {
        for turn in turns(sides.len(), round) {
            if let Some(Started { seconds, requests }) = start(sides[turn], "later start", progress).await {
                starts[turn].later.push(seconds);
                starts[turn].requests.extend(requests);
            }
        }
    }
    starts
}

/// What one start showed.
struct Started {
    seconds: f64,
    requests: Vec<(&'static str, f64)>,
}

async fn start(side: &Side, what: &str, progress: &mut Progress) -> Option<Started> {
    if progress.leaves_out() {
        return None;
    }
    let place = format!("{what}, {}", side.name());
    progress.next(&place);
    let started = timed(side).await;
    progress.note(&place, started)
}

async fn timed(side: &Side) -> Result<Started> {
    let mut server = side.start().await?;
    let seconds = server.ready_in.as_secs_f64();
    let requests = first::requests(&server.hosts).await.map_err(|error| server.explain(error));
    server.stop();
    Ok(Started { seconds, requests: requests? })
}
