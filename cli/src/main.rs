//! The `baton` command: runs the application of a Spin manifest on Wasmtime, and makes tokens for it.

mod app;
mod build;
mod cli;
mod compile;
mod engine;
mod files;
mod host;
mod hosts;
mod http;
mod logs;
mod manifest;
mod redis_trigger;
mod routes;
mod secret;
mod shutdown;
mod state_dir;
mod template;
mod token;
mod up;
mod variables;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Up(args) => up::run(*args),
        Command::Token(args) => token::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
