//! What a server is started with.

use std::path::{Path, PathBuf};

use crate::{App, FalseClock, on_cluster};

/// With Redis or without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Waiting clients are woken from the event log.
    Embedded,
    /// With a real Redis, and the Redis trigger.
    Redis,
}

/// What a server is started with, beyond the secret that all of them share.
#[derive(Clone)]
pub struct Setup {
    pub(crate) mode: Mode,
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) arguments: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) host_environment: Vec<(usize, String, String)>,
    pub(crate) database_environment: Vec<(String, String)>,
    pub(crate) redis_password: Option<String>,
    pub(crate) state_files: Vec<(String, Vec<u8>)>,
    pub(crate) small_disk: bool,
    pub(crate) frail_way: Option<u64>,
    pub(crate) wait_until_ready: bool,
    pub(crate) compiled: bool,
}

impl Setup {
    /// The defaults, in this mode.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            manifest: None,
            variables: Vec::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
            host_environment: Vec::new(),
            database_environment: Vec::new(),
            redis_password: None,
            state_files: Vec::new(),
            small_disk: false,
            frail_way: None,
            wait_until_ready: true,
            compiled: true,
        }
    }

    /// Of another manifest than the application's own.
    pub fn manifest(mut self, path: &Path) -> Self {
        self.manifest = Some(path.to_owned());
        self
    }

    /// With this variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this flag and its value.
    pub fn argument(mut self, flag: &str, value: &str) -> Self {
        self.arguments.push((flag.to_owned(), value.to_owned()));
        self
    }

    /// With this in the environment.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where what expires is judged by this clock: that of the database.
    pub fn clock(self, clock: &FalseClock) -> Self {
        clock.environment().iter().fold(self, |setup, (name, value)| {
            if on_cluster() { setup.database_environment(name, value) } else { setup.environment(name, value) }
        })
    }

    /// With this in the environment of one host, where there are several.
    pub fn host_environment(mut self, host: usize, name: &str, value: &str) -> Self {
        self.host_environment.push((host, name.to_owned(), value.to_owned()));
        self
    }

    /// With this in the environment of the database that the hosts share.
    pub fn database_environment(mut self, name: &str, value: &str) -> Self {
        self.database_environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the state, or the database that hosts share, on a disk that can be filled ([`App::disk`]).
    pub fn small_disk(mut self) -> Self {
        self.small_disk = true;
        self
    }

    /// With a way between the hosts and the database that they share on which connections break
    /// ([`crate::LibsqlServer::way`]); the seed decides where.
    pub fn frail_way(mut self, seed: u64) -> Self {
        self.frail_way = Some(seed);
        self
    }

    /// With a Redis that asks for this password.
    pub fn redis_password(mut self, password: &str) -> Self {
        self.redis_password = Some(password.to_owned());
        self
    }

    /// With this file in the state directory.
    pub fn state_file(mut self, name: &str, content: &[u8]) -> Self {
        self.state_files.push((name.to_owned(), content.to_vec()));
        self
    }

    /// With a state directory in which nothing is, not even the machine code of the components.
    pub fn cold(mut self) -> Self {
        self.compiled = false;
        self
    }

    /// Not waiting until the server calls itself ready.
    pub fn without_waiting(mut self) -> Self {
        self.wait_until_ready = false;
        self
    }

    /// Starts the server.
    pub fn start(self) -> App {
        self.try_start().unwrap_or_else(|e| panic!("{e}"))
    }

    /// Starts the server, or says why that failed.
    pub fn try_start(self) -> Result<App, String> {
        App::launch(self)
    }
}
