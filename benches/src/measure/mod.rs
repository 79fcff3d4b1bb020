//! What is measured. Each measurement goes over all sides in every round, so that whatever disturbs the machine meets
//! all of them.

mod crowd;
mod first;
mod growth;
mod progress;
mod starts;
mod throughput;
mod waiting;

use std::fmt::Display;
use std::time::Instant;

use anyhow::{Error, Result};
use baton_tests::Scratch;

pub use growth::{Growth, GrowthRound};
pub use starts::Starts;
pub use throughput::{Round, Throughput};
pub use waiting::Waiting;

use crate::disk::Disk;
use crate::findings::Findings;
use crate::options::{Options, Part};
use crate::system::{Server, System};
use progress::Progress;

/// A system with its files.
pub struct Side {
    system: Box<dyn System>,
    home: Scratch,
}

impl Side {
    fn new(system: Box<dyn System>) -> Self {
        Self { system, home: Scratch::new() }
    }

    fn name(&self) -> &str {
        self.system.name()
    }

    async fn start(&self) -> Result<Server> {
        self.system.start(self.home.path()).await
    }

    fn forget(&mut self) {
        self.home = Scratch::new();
    }
}

/// Measures all that is asked for.
///
/// Errors: nothing can be measured here.
pub async fn all(systems: Vec<Box<dyn System>>, options: &Options) -> Result<Findings> {
    let begun = Instant::now();
    let mut progress = Progress::until(begun + options.limit());
    let mut sides: Vec<_> = systems.into_iter().map(Side::new).collect();
    // Where the sides' files lie too.
    let disk = Disk::of(Scratch::new().path())?;
    let mut findings = Findings { sides: sides.iter().map(|s| s.name().to_owned()).collect(), ..Findings::default() };
    if !options.measure.contains(&Part::Starts) {
        compile(&sides, &mut progress).await;
    }
    // The one that may overburden a machine comes last.
    for part in [Part::Starts, Part::Throughput, Part::Growth, Part::Waiting] {
        if options.measure.contains(&part) {
            one(part, &mut sides, &disk, options, &mut findings, &mut progress).await;
        }
    }
    findings.failures = progress.into_failures();
    findings.took = begun.elapsed();
    Ok(findings)
}

/// Starts every side once that compiles, so that no server that is measured has done it: that leaves it with memory to
/// spare.
async fn compile(sides: &[Side], progress: &mut Progress) {
    for side in sides.iter().filter(|side| side.system.compiles()) {
        let place = format!("compiling, {}", side.name());
        progress.next(&place);
        let server = side.start().await;
        progress.note(&place, server).into_iter().for_each(Server::stop);
    }
}

async fn one(
    part: Part,
    sides: &mut [Side],
    disk: &Disk,
    options: &Options,
    findings: &mut Findings,
    progress: &mut Progress,
) {
    match part {
        Part::Starts => findings.starts = starts::measure(sides, options, progress).await,
        Part::Throughput => findings.throughput = throughput::measure(sides, disk, options, progress).await,
        Part::Growth => findings.growth = growth::measure(sides, options, progress).await,
        Part::Waiting => findings.waiting = waiting::measure(sides, options, progress).await,
    }
}

/// The order of the sides in a round: another one begins each time.
fn turns(sides: usize, round: u32) -> impl Iterator<Item = usize> {
    (0..sides).map(move |turn| (turn + round as usize) % sides)
}

/// Puts an error and where it came from into one line.
fn describe(place: &dyn Display, error: &Error) -> String {
    format!("{place}: {error:#}")
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn each_side_begins_in_its_turn() {
        assert_eq!(turns(3, 0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(turns(3, 4).collect::<Vec<_>>(), [1, 2, 0]);
    }
}
