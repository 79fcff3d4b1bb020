//! `baton completions`

use clap::CommandFactory;

use super::args::CompletionsArgs;
use super::failure::Failure;
use crate::cli::Cli;

/// Prints what a shell reads to complete this command.
///
/// Errors: it can't be written.
pub fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "baton", &mut script);
    Ok(super::say::print(String::from_utf8_lossy(&script).trim_end())?)
}
