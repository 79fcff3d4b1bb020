//! The `baton` command: a client for people and scripts; and what runs the application of a Spin manifest on Wasmtime, makes
//! tokens for it, copies its database, and checks its audit log.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "this is how a command speaks")]

mod audit;
mod backup;
mod board;
mod cli;
mod client;
mod given;
mod redis;
mod secret;
mod token;
mod up;
mod webhooks;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::cli::{AuditCommand, Cli, Command};

fn main() -> ExitCode {
    let Cli { globals, command } = Cli::parse();
    if !matches!(command, Command::Client(_)) && globals.any() {
        let told = "--json and --as are for the commands of the client";
        Cli::command().error(ErrorKind::ArgumentConflict, told).exit();
    }
    let (result, failure) = match command {
        Command::Client(command) => return client::run(command, &globals),
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
