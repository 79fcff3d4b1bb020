//! `baton up`

use anyhow::Result;
use baton_runner::{LoadedManifest, Options, StateDir, Variables};

use crate::cli::UpArgs;
use crate::secret;

/// Runs the application until a signal comes.
///
/// Errors: whatever keeps it from starting.
pub fn run(mut args: UpArgs) -> Result<()> {
    if let Some(url) = args.redis_url.take() {
        args.app.variables.push(("redis_url".to_owned(), url));
    }
    let loaded = LoadedManifest::read(&args.app.from)?;
    let state = StateDir::open(args.app.state_dir.as_deref(), loaded.directory())?;
    let variables = Variables::resolve(&loaded, &args.app.variables, |name| secret::of_variable(name, &state))?;
    if let Some(secret) = variables.get(secret::VARIABLE) {
        secret::check(secret)?;
    }
    baton_runner::check_address(args.listen)?;
    if args.build {
        baton_runner::build(&loaded)?;
    }
    let options = Options { listen: args.listen, quiet: args.quiet, reuse: args.reuse.into() };
    baton_runner::run(&loaded, &variables, &state, &options)
}
