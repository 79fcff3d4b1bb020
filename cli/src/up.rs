//! `baton up`

use std::cell::Cell;
use std::net::SocketAddr;

use anyhow::Result;
use baton_runner::{LoadedManifest, Options, StateDir, Variables};

use crate::board;
use crate::cli::UpArgs;
use crate::client;
use crate::given::{self, Given};
use crate::redis::{self, Redis};
use crate::secret;
use crate::webhooks;

/// The manifest of what hears Redis messages, beside the application's own: on Spin it runs in a process of its own.
const NOTIFIER: &str = "spin-notifier.toml";

/// Runs the application until a signal comes.
///
/// Errors: whatever keeps it from starting.
pub fn run(mut args: UpArgs) -> Result<()> {
    if let Some(url) = args.redis_url.take() {
        args.app.variables.push(Given::Value(redis::URL.to_owned(), url));
    }
    let given = given::values(&args.app.variables)?;
    let loaded = LoadedManifest::read(&args.app.from)?;
    let state = StateDir::open(args.app.state_dir.as_deref(), loaded.directory())?;
    let is_own_secret = Cell::new(false);
    let variables = Variables::resolve(&loaded, &given, |name| {
        is_own_secret.set(is_own_secret.get() || name == secret::VARIABLE);
        secret::of_variable(name, &state)
    })?;
    if let Some(secret) = variables.get(secret::VARIABLE) {
        secret::check(secret)?;
    }
    let redis = Redis::of(&variables);
    let notifier = notifier(&loaded, &redis, &variables)?;
    let board = board::path(&loaded, &variables, is_own_secret.get())?;
    // For the commands of whoever starts this, on this machine: under the same conditions as the link to the board.
    let is_own = is_own_secret.get() && board::takes_ours(&variables);
    let main = (loaded, redis.complete(variables));
    baton_runner::check_address(args.listen)?;
    warn_of_the_world(args.listen);
    if args.build {
        baton_runner::build(&main.0)?;
    }
    let named_hosts = webhooks::named_hosts(&main.1);
    let options = Options {
        listen: args.listen,
        quiet: args.quiet,
        reuse: args.reuse.into(),
        max_connections: args.max_connections,
        max_connections_per_address: args.max_connections_per_address,
        welcome: board.as_deref().map(|path| ("The board", path)),
        own_redis: redis.is_own().then_some(&redis::VARIABLES),
        named_hosts: &named_hosts,
        more_roots: args.ca_roots.as_deref(),
    };
    // Taken back when the server has ended.
    let _announced = if is_own { client::Local::announce(args.listen, state.path())? } else { None };
    let applications: Vec<_> = std::iter::once(main).chain(notifier).collect();
    baton_runner::run(&applications, &state, &options)
}

/// Tokens are all that tells one user from another: who can read them on their way is everybody.
fn warn_of_the_world(address: SocketAddr) {
    if !address.ip().is_loopback() {
        eprintln!(
            "Warning: {address} can be reached from other machines, and this server speaks no TLS: put a proxy that does in \
             front, and listen on 127.0.0.1"
        );
    }
}

/// The notifier's application, if the main one uses Redis and a manifest for it stands beside the main one's.
fn notifier(
    main: &LoadedManifest,
    redis: &Redis,
    variables: &Variables,
) -> Result<Option<(LoadedManifest, Variables)>> {
    let path = main.directory().join(NOTIFIER);
    if matches!(redis, Redis::Unknown) || !path.is_file() {
        return Ok(None);
    }
    let loaded = LoadedManifest::read(&path)?;
    let shared = variables.iter().filter(|(name, _)| loaded.has_variable(name));
    let given: Vec<_> = shared.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let own = Variables::resolve(&loaded, &given, |_| Ok(None))?;
    Ok(Some((loaded, redis.complete(own))))
}
