//! Starting the built application: with `baton up`, or with a real Spin where `BATON_SPIN` names one.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, io};

use crate::process::{Process, free_port};
use crate::setup::Setup;
use crate::token;
use crate::wait::poll;

/// How long a server may take until it says where it serves: a cold one compiles every component first.
const PATIENCE: Duration = Duration::from_secs(300);

/// Spin serves the notifier in a process of its own, which ends when it loses Redis: as a service manager does, this starts
/// it again. Its arguments are those of the application, which it becomes.
const BESIDE_THE_NOTIFIER: &str = r#"while :; do
    "$1" up --from "$NOTIFIER" --state-dir "$STATE" ${CONFIGURATION:+--runtime-config-file "$CONFIGURATION"}
    sleep 1
done &
exec "$@""#;

/// What a server has around it.
#[derive(Default)]
pub struct Surroundings {
    /// The Redis that it uses.
    pub redis_url: Option<String>,
    /// Spin's runtime configuration, which names the database where that is no file of its own.
    pub runtime_config: Option<PathBuf>,
}

/// The repository.
pub fn repo() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the repository").to_owned()
}

/// The application's manifest.
pub fn manifest() -> PathBuf {
    repo().join("spin.toml")
}

/// The manifest of what wakes a large audience.
fn notifier() -> PathBuf {
    repo().join("spin-notifier.toml")
}

/// The `baton` under test.
pub fn baton() -> PathBuf {
    env::var_os("BATON_BIN").map_or_else(|| repo().join("target/release/baton"), PathBuf::from)
}

/// Whether the tests run on a real Spin instead of `baton up`.
pub fn on_spin() -> bool {
    env::var_os("BATON_SPIN").is_some()
}

/// The server of libSQL that several Spins share, where the tests run on a cluster instead of on one server.
pub fn sqld() -> Option<PathBuf> {
    env::var_os("BATON_SQLD").filter(|_| on_spin()).map(PathBuf::from)
}

/// Whether the tests run on two Spins that share a database.
pub fn on_cluster() -> bool {
    sqld().is_some()
}

/// `baton up` of the application, or Spin's, with its state in this directory.
pub fn baton_up(state: &Path) -> Command {
    up(&manifest(), state)
}

fn up(manifest: &Path, state: &Path) -> Command {
    let program = env::var_os("BATON_SPIN").map_or_else(baton, PathBuf::from);
    let mut command = Command::new(program);
    command.arg("up").arg("--from").arg(manifest).arg("--state-dir").arg(state);
    // Relative paths in the manifest count from the manifest, wherever the command is given.
    command.current_dir(state);
    command
}

/// Lets a state directory share the machine code that other servers of the tests have left, so that not each of them
/// compiles the same components for itself.
pub fn share_machine_code(state: &Path) -> io::Result<()> {
    if on_spin() {
        return Ok(());
    }
    let shared = repo().join("target/baton-tests-compiled");
    // What is run is kept where nobody else may write.
    DirBuilder::new().recursive(true).mode(0o700).create(&shared)?;
    symlink(shared, state.join("compiled"))
}

/// Starts the application and waits until it serves: the process and its URL.
pub fn start(
    setup: &Setup,
    state: &Path,
    log: &Path,
    surroundings: &Surroundings,
) -> Result<(Process, String), String> {
    check_built()?;
    let seen = fs::metadata(log).map_or(0, |m| usize::try_from(m.len()).expect("a log fits in memory"));
    let output = File::options().append(true).create(true).open(log).map_err(|e| e.to_string())?;
    let errors = output.try_clone().map_err(|e| e.to_string())?;
    let mut command = command(setup, state, surroundings);
    command.stdout(output).stderr(errors);
    let mut process = Process::spawn(&mut command).map_err(|e| format!("{command:?}: {e}"))?;
    let url = serving(&mut process, log, seen).map_err(|e| format!("{e}\n{command:?}\n{}", read(log)))?;
    Ok((process, url))
}

fn command(setup: &Setup, state: &Path, surroundings: &Surroundings) -> Command {
    let manifest = setup.manifest.clone().unwrap_or_else(manifest);
    let redis_url = surroundings.redis_url.as_deref();
    let mut command = match redis_url {
        Some(url) if on_spin() => beside_the_notifier(&manifest, state, url, surroundings.runtime_config.as_deref()),
        _ => up(&manifest, state),
    };
    let port = if on_spin() { free_port() } else { 0 };
    if setup.arguments.iter().all(|(flag, _)| flag != "--listen") {
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    }
    if let Some(configuration) = &surroundings.runtime_config {
        command.arg("--runtime-config-file").arg(configuration);
    }
    command.args(setup.arguments.iter().flat_map(|(flag, value)| [flag, value]));
    if setup.variables.iter().all(|(name, _)| name != "auth_secret") {
        command.arg("--variable").arg(format!("auth_secret={}", token::SECRET));
    }
    for (name, value) in &setup.variables {
        command.arg("--variable").arg(format!("{name}={value}"));
    }
    match redis_url {
        Some(url) if on_spin() => command.envs(redis_variables(url)),
        Some(url) => command.arg("--redis-url").arg(url),
        None => &mut command,
    };
    command.envs(setup.environment.iter().cloned());
    command
}

/// The application on Spin, and the notifier, as one group of processes.
fn beside_the_notifier(manifest: &Path, state: &Path, redis_url: &str, runtime_config: Option<&Path>) -> Command {
    let application = up(manifest, state);
    let mut command = Command::new("sh");
    command.arg("-c").arg(BESIDE_THE_NOTIFIER).arg("sh").arg(application.get_program()).args(application.get_args());
    command.env("NOTIFIER", notifier()).env("STATE", state).envs(redis_variables(redis_url));
    command.envs(runtime_config.map(|configuration| ("CONFIGURATION", configuration)));
    command.current_dir(state);
    command
}

fn redis_variables(url: &str) -> [(&'static str, String); 2] {
    // Whom components may connect to, without the password.
    let host = url.rsplit(['@', '/']).next().unwrap_or_default();
    [("SPIN_VARIABLE_REDIS_URL", url.to_owned()), ("SPIN_VARIABLE_REDIS_HOST", format!("redis://{host}"))]
}

fn serving(process: &mut Process, log: &Path, seen: usize) -> Result<String, String> {
    let said = poll(PATIENCE, || {
        // Looked at before the log, so that nothing said before the end is missed.
        let ended = process.status();
        let text = read(log);
        match (text.get(seen..).and_then(url_in), ended) {
            (Some(url), _) => Ok(Ok(url)),
            (None, Some(status)) => Ok(Err(format!("the server ended with {status} instead of serving"))),
            (None, None) => Err(()),
        }
    });
    said.unwrap_or_else(|()| Err(format!("the server did not say where it serves within {PATIENCE:?}")))
}

fn url_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Serving http://")?;
    // Only a whole line: the port may still be on its way.
    let (address, _) = rest.split_once('\n')?;
    Some(format!("http://{}", address.trim()))
}

/// The text of a log.
pub fn read(log: &Path) -> String {
    String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned()
}

fn check_built() -> Result<(), String> {
    let text = read(&manifest()) + &read(&notifier());
    let sources = text.lines().filter_map(|line| line.strip_prefix("source = \""));
    let modules = sources.filter_map(|rest| rest.split('"').next()).map(|source| repo().join(source));
    let program = if on_spin() { None } else { Some(baton()) };
    let missing: Vec<_> = modules.chain(program).filter(|file| !file.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("not built yet (the tests don't build the application; the README says how): {missing:?}"))
}
