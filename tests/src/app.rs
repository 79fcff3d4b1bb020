//! The application under test.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Process, Scratch};
use crate::setup::{Mode, Setup};
use crate::{Call, Client, Endpoint, RedisServer, Seat, server, unique};

/// How long a server may take from serving to being ready, and from being asked to end until it has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running application, with its state and its Redis.
pub struct App {
    setup: Mutex<Setup>,
    // Before the directories: the server ends first.
    process: Mutex<Option<Process>>,
    redis: Option<RedisServer>,
    endpoint: Arc<Endpoint>,
    directory: Scratch,
}

impl App {
    /// The server that the tests of this binary share.
    pub fn shared(mode: Mode) -> &'static Self {
        static EMBEDDED: OnceLock<Result<App, String>> = OnceLock::new();
        static REDIS: OnceLock<Result<App, String>> = OnceLock::new();
        let app = match mode {
            Mode::Embedded => &EMBEDDED,
            Mode::Redis => &REDIS,
        };
        // A failure is kept too, so that a hundred tests don't wait a minute each for the same one.
        let app = app.get_or_init(|| Setup::new(mode).try_start());
        app.as_ref().unwrap_or_else(|e| panic!("{e}"))
    }

    /// A server of the test's own, with the defaults.
    pub fn start(mode: Mode) -> Self {
        Setup::new(mode).start()
    }

    pub(crate) fn launch(setup: Setup) -> Result<Self, String> {
        let with_redis = setup.mode == Mode::Redis;
        let redis = with_redis.then(|| RedisServer::start(setup.redis_password.clone()));
        let app = Self {
            setup: Mutex::new(setup),
            process: Mutex::new(None),
            redis,
            endpoint: Arc::new(Endpoint::new()),
            directory: Scratch::new(),
        };
        app.prepare().map_err(|e| format!("the state directory: {e}"))?;
        app.try_start_again()?;
        Ok(app)
    }

    fn prepare(&self) -> std::io::Result<()> {
        fs::create_dir_all(self.state())?;
        let setup = self.setup.lock().expect("nobody panics here");
        if setup.compiled {
            server::share_machine_code(&self.state())?;
        }
        setup.state_files.iter().try_for_each(|(name, content)| {
            // A secret may be among them.
            let mut file =
                File::options().write(true).create(true).truncate(true).mode(0o600).open(self.state().join(name))?;
            file.write_all(content)
        })
    }

    /// Starts the server on the state that is there, where it has ended.
    pub fn start_again(&self) {
        self.try_start_again().unwrap_or_else(|e| panic!("{e}"));
    }

    /// [`App::start_again`] with another environment.
    pub fn start_again_in(&self, environment: &[(&str, &str)]) {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.setup.lock().expect("nobody panics here").replace_environment(environment.collect());
        self.start_again();
    }

    fn try_start_again(&self) -> Result<(), String> {
        let setup = self.setup.lock().expect("nobody panics here").clone();
        let redis_url = self.redis.as_ref().map(RedisServer::url);
        let (process, url) = server::start(&setup, &self.state(), &self.log_file(), redis_url.as_deref())?;
        self.endpoint.moved_to(&url);
        self.process.lock().expect("nobody panics here").replace(process);
        if setup.wait_until_ready { self.ready() } else { Ok(()) }
    }

    fn ready(&self) -> Result<(), String> {
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < PATIENCE {
            // Without the checks of a test: a server that breaks here is told of with its log.
            match self.call("GET", "/readyz").open() {
                Ok(response) if response.status() == 200 => return Ok(()),
                Ok(response) => last = response.status().to_string(),
                Err(error) => last = error.to_string(),
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("the server is not ready after {PATIENCE:?}: {last}\n{}", self.log()))
    }

    /// Another server on the same state and the same Redis.
    pub fn beside(&self) -> Beside {
        let setup = self.setup.lock().expect("nobody panics here").clone();
        let log = self.directory.path().join("beside.log");
        let redis_url = self.redis.as_ref().map(RedisServer::url);
        let started = server::start(&setup, &self.state(), &log, redis_url.as_deref());
        let (process, url) = started.unwrap_or_else(|e| panic!("{e}"));
        let endpoint = Endpoint::new();
        endpoint.moved_to(&url);
        Beside { _process: process, endpoint: Arc::new(endpoint) }
    }

    /// Asks the server to end, and waits until it has.
    pub fn terminate(&self) -> ExitStatus {
        self.end(Process::terminate)
    }

    /// Kills the server.
    pub fn kill(&self) -> ExitStatus {
        self.end(Process::kill)
    }

    fn end(&self, how: fn(&Process)) -> ExitStatus {
        let mut process = self.process.lock().expect("nobody panics here").take().expect("the server runs");
        how(&process);
        process.wait(PATIENCE).unwrap_or_else(|| panic!("it goes on {PATIENCE:?} later:\n{}", self.log()))
    }

    /// Whether the server's process is still there.
    pub fn is_running(&self) -> bool {
        let mut process = self.process.lock().expect("nobody panics here");
        process.as_mut().is_some_and(|process| process.status().is_none())
    }

    /// The memory that the server takes, in bytes.
    pub fn resident(&self) -> u64 {
        self.process.lock().expect("nobody panics here").as_ref().map_or(0, Process::resident)
    }

    /// The Redis that this server uses.
    pub fn redis(&self) -> &RedisServer {
        self.redis.as_ref().expect("a test of the mode with Redis")
    }

    /// With Redis or without.
    pub fn mode(&self) -> Mode {
        self.setup.lock().expect("nobody panics here").mode
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    /// All that the server and its components have logged.
    pub fn log(&self) -> String {
        let mut log = server::read(&self.log_file());
        // Spin writes what the components say to files.
        for entry in fs::read_dir(self.state().join("logs")).into_iter().flatten().flatten() {
            log.push_str(&server::read(&entry.path()));
        }
        log
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// A request without a token.
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(&self.endpoint, method, path)
    }

    /// A user of this name and role.
    pub fn named(&self, user: &str, role: &str) -> Client {
        Client::new(Arc::clone(&self.endpoint), user, role)
    }

    /// A user of this role, whom no other test knows.
    pub fn user(&self, role: &str) -> Client {
        self.named(&unique::name(role), role)
    }

    /// An editor at a workstation.
    pub fn seat(&self) -> Seat {
        Seat::new(self.user("editor"))
    }
}

/// A second server on an application's state.
pub struct Beside {
    _process: Process,
    endpoint: Arc<Endpoint>,
}

impl Beside {
    /// A user of this role, whom no other test knows, with this server.
    pub fn user(&self, role: &str) -> Client {
        Client::new(Arc::clone(&self.endpoint), &unique::name(role), role)
    }
}
