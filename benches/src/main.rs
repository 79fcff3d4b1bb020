//! Figures of the whole application over HTTP, as a Markdown report.
//!
//! `./bench` builds all that is measured and runs this (see `--help`): `target/release/baton up` and, where BATON_SPIN
//! names one, a real Spin, each without Redis and with one, and two that share a libSQL server; beside what a team would
//! take instead. Only figures of one run on a quiet machine can be compared.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "this is how a command speaks")]

mod client;
mod disk;
mod figures;
mod measure;
mod operation;
mod options;
mod past;
mod pending;
mod receiver;
mod redis;
mod report;
mod room;
mod system;
mod usage;
mod work;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::figures::Findings;
use crate::options::Options;
use crate::report::Report;
use crate::system::Manifest;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and reports; false if something failed on the way.
fn run(options: &Options) -> Result<bool> {
    allow_many_connections()?;
    let manifest = Manifest::read(options.from.as_deref())?;
    let components = manifest.components();
    let systems = system::all(manifest, &options.sides, &options.spin_flags)?;
    // One thread, which leaves the other processors to the server; it can do several times what a server can.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(measure::all(systems, options))?;
    publish(&Report::of(&findings, &components, options)?, options)?;
    Ok(is_sound(&findings))
}

/// Each waiting workstation is a file descriptor here and one in the server, which inherits the limit.
fn allow_many_connections() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("raising the limit of open files")
}

fn publish(report: &Report, options: &Options) -> Result<()> {
    println!("{}", report.text());
    options.out.as_deref().map_or(Ok(()), |file| report.save(file))
}

fn is_sound(findings: &Findings) -> bool {
    findings.failures.is_empty()
}
