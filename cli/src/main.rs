//! The `baton` command: runs the application of a Spin manifest on Wasmtime, makes tokens for it, copies its database,
//! and checks its audit log.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "this is how a command speaks")]

mod audit;
mod backup;
mod board;
mod cli;
mod given;
mod redis;
mod secret;
mod token;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{AuditCommand, Cli, Command};

fn main() -> ExitCode {
    let (result, failure) = match Cli::parse().command {
        Command::Up(args) => (up::run(*args).map(|()| ExitCode::SUCCESS), ExitCode::FAILURE),
        Command::Token(args) => (token::run(&args).map(|()| ExitCode::SUCCESS), ExitCode::FAILURE),
        Command::Backup(args) => (backup::backup(&args).map(|()| ExitCode::SUCCESS), ExitCode::FAILURE),
        Command::Restore(args) => (backup::restore(&args).map(|()| ExitCode::SUCCESS), ExitCode::FAILURE),
        // A log that doesn't hold is an answer too, and told by 1.
        Command::Audit(AuditCommand::Verify(args)) => (audit::verify(*args), ExitCode::from(2)),
    };
    result.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        failure
    })
}
