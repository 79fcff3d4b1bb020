//! A machine that serves the application.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::process::Process;
use crate::server::{self, Surroundings};
use crate::setup::Setup;
use crate::{Client, Endpoint, unique};

/// How long a server may take from being asked to end until it has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with its own state directory and its own log.
pub struct Host {
    state: PathBuf,
    log: PathBuf,
    endpoint: Arc<Endpoint>,
    process: Mutex<Option<Process>>,
}

impl Host {
    /// One that doesn't run yet.
    pub(crate) fn new(state: PathBuf, log: PathBuf) -> Self {
        Self { state, log, endpoint: Arc::new(Endpoint::new()), process: Mutex::new(None) }
    }

    /// Starts it on the state that is there, and waits until it listens.
    pub(crate) fn start(&self, setup: &Setup, surroundings: &Surroundings) -> Result<(), String> {
        let (process, url) = server::start(setup, &self.state, &self.log, surroundings)?;
        self.endpoint.moved_to(&[url]);
        self.process.lock().expect("nobody panics here").replace(process);
        Ok(())
    }

    /// Its state directory.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Where it alone is asked.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// A user of this role, whom no other test knows, with this host alone.
    pub fn user(&self, role: &str) -> Client {
        Client::new(Arc::clone(&self.endpoint), &unique::name(role), role)
    }

    /// Kills it.
    pub fn kill(&self) -> ExitStatus {
        self.end(Process::kill)
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&self) -> ExitStatus {
        self.end(Process::terminate)
    }

    fn end(&self, how: fn(&Process)) -> ExitStatus {
        let mut process = self.process.lock().expect("nobody panics here").take().expect("the server runs");
        how(&process);
        process.wait(PATIENCE).unwrap_or_else(|| panic!("it goes on {PATIENCE:?} later:\n{}", self.log()))
    }

    /// Stops it in the middle of whatever it does.
    pub fn pause(&self) {
        self.process.lock().expect("nobody panics here").as_ref().expect("the server runs").pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.process.lock().expect("nobody panics here").as_ref().expect("the server runs").resume();
    }

    /// Whether its process is still there.
    pub fn is_running(&self) -> bool {
        let mut process = self.process.lock().expect("nobody panics here");
        process.as_mut().is_some_and(|process| process.status().is_none())
    }

    /// The memory that it takes, in bytes.
    pub fn resident(&self) -> u64 {
        self.process.lock().expect("nobody panics here").as_ref().map_or(0, Process::resident)
    }

    /// All that the server and its components have logged.
    pub fn log(&self) -> String {
        let mut log = server::read(&self.log);
        // Spin writes what the components say to files.
        for entry in fs::read_dir(self.state.join("logs")).into_iter().flatten().flatten() {
            log.push_str(&server::read(&entry.path()));
        }
        log
    }
}
