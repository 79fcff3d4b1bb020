//! All measurements, one after the other.

use std::time::Instant;

use anyhow::Result;
use baton_tests::Scratch;

use super::progress::Progress;
use super::side::Side;
use super::{growth, starts, steady, structure, throughput, waiting, webhooks};
use crate::disk::Disk;
use crate::figures::Findings;
use crate::options::{Options, Part};
use crate::system::System;

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
        sides = compiled(sides, &mut progress).await;
    }
    // Those that may overburden a machine come last.
    for part in
        [Part::Starts, Part::Throughput, Part::Structure, Part::Growth, Part::Waiting, Part::Webhooks, Part::Steady]
    {
        if options.measure.contains(&part) {
            one(part, &mut sides, &disk, options, &mut findings, &mut progress).await;
        }
    }
    findings.failures = progress.into_failures();
    findings.took = begun.elapsed();
    Ok(findings)
}

/// Starts every side once that compiles, so that no server that is measured has done it: that leaves it with memory to
/// spare. Those that don't start are left out.
async fn compiled(sides: Vec<Side>, progress: &mut Progress) -> Vec<Side> {
    let mut compiled = Vec::new();
    for side in sides {
        if !side.system.compiles() {
            compiled.push(side);
            continue;
        }
        let place = format!("compiling, {}", side.name());
        progress.next(&place);
        let begun = Instant::now();
        let server = side.start().await;
        progress.postpone(begun.elapsed());
        if let Some(server) = progress.note(&place, server) {
            server.stop();
            compiled.push(side);
        }
    }
    compiled
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
        Part::Structure => findings.structure = structure::measure(sides, options, progress).await,
        Part::Growth => findings.growth = growth::measure(sides, options, progress).await,
        Part::Waiting => findings.waiting = waiting::measure(sides, options, progress).await,
        Part::Webhooks => findings.webhooks = webhooks::measure(sides, options, progress).await,
        Part::Steady => findings.steady = steady::measure(sides, options, progress).await,
    }
}
