//! The application under test.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::process::{Process, Scratch};
use crate::server::{self, Surroundings};
use crate::setup::{Mode, Setup};
use crate::wait::poll;
use crate::{Call, Client, Endpoint, Host, LibsqlServer, RedisServer, Seat, SmallDisk, Sql, unique};

/// How long a server may take from serving to being ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many hosts share a database where the tests run on a cluster.
const HOSTS: usize = 2;

/// What each host is told of the database, in the application's directory.
const RUNTIME_CONFIG: &str = "runtime-config.toml";

/// A running application, with its state and its Redis: one server, or several that share a database.
pub struct App {
    setup: Mutex<Setup>,
    // Before the directories: the servers end first.
    hosts: Vec<Host>,
    database: Option<LibsqlServer>,
    disk: Option<SmallDisk>,
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
        let database = server::sqld().map(|program| LibsqlServer::start(program, &setup));
        let directory = Scratch::new();
        let host = |number: usize| {
            let name = |name: &str| if number == 0 { name.to_owned() } else { format!("{name}-{number}") };
            Host::new(directory.path().join(name("state")), directory.path().join(name("server.log")))
        };
        let hosts = (0..if database.is_some() { HOSTS } else { 1 }).map(host).collect();
        let endpoint = Arc::new(Endpoint::new());
        let mut app = Self { setup: Mutex::new(setup), hosts, database, disk: None, redis, endpoint, directory };
        app.prepare().map_err(|e| format!("the state directory: {e}"))?;
        app.try_start_again()?;
        Ok(app)
    }

    fn prepare(&mut self) -> std::io::Result<()> {
        let setup = self.setup.lock().expect("nobody panics here");
        if let Some(database) = &self.database {
            fs::write(self.directory.path().join(RUNTIME_CONFIG), configuration(database))?;
        } else if setup.small_disk {
            fs::create_dir_all(self.hosts[0].state())?;
            self.disk = Some(SmallDisk::mount(self.hosts[0].state()).map_err(std::io::Error::other)?);
        }
        self.hosts.iter().try_for_each(|host| prepare_state(&setup, host.state()))
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            redis_url: self.redis.as_ref().map(RedisServer::url),
            runtime_config: self.database.as_ref().map(|_| self.directory.path().join(RUNTIME_CONFIG)),
        }
    }

    /// Starts the server on the state that is there, where it has ended.
    pub fn start_again(&self) {
        self.try_start_again().unwrap_or_else(|e| panic!("{e}"));
    }

    /// [`App::start_again`] with another environment.
    pub fn start_again_in(&self, environment: &[(&str, &str)]) {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.setup.lock().expect("nobody panics here").environment = environment.collect();
        self.start_again();
    }

    fn try_start_again(&self) -> Result<(), String> {
        (0..self.hosts.len()).try_for_each(|number| self.try_start_host(number))?;
        let is_awaited = self.setup.lock().expect("nobody panics here").wait_until_ready;
        if is_awaited { self.hosts.iter().try_for_each(ready) } else { Ok(()) }
    }

    /// Starts this host, where it has ended, and waits until it listens.
    pub fn start_host(&self, number: usize) {
        self.try_start_host(number).unwrap_or_else(|e| panic!("{e}"));
    }

    fn try_start_host(&self, number: usize) -> Result<(), String> {
        let mut setup = self.setup.lock().expect("nobody panics here").clone();
        setup.environment.extend(
            setup
                .host_environment
                .iter()
                .filter(|(host, ..)| *host == number)
                .map(|(_, name, value)| (name.clone(), value.clone())),
        );
        self.hosts[number].start(&setup, &self.surroundings())?;
        self.endpoint.moved_to(&self.hosts.iter().map(Host::url).collect::<Vec<_>>());
        Ok(())
    }

    /// The machines that serve it.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The database that its hosts share, where there are several.
    pub fn database(&self) -> Option<&LibsqlServer> {
        self.database.as_ref()
    }

    /// Its database, past it.
    pub fn sql(&self) -> Sql {
        match &self.database {
            Some(database) => Sql::server(&database.own_address()),
            None => Sql::file(self.hosts[0].state()),
        }
    }

    /// The disk that its state is on, where it was set up with a small one.
    pub fn disk(&self) -> Option<&SmallDisk> {
        self.disk.as_ref().or_else(|| self.database.as_ref()?.disk())
    }

    /// Another server on the same state and the same Redis.
    pub fn beside(&self) -> Beside {
        let setup = self.setup.lock().expect("nobody panics here").clone();
        let log = self.directory.path().join("beside.log");
        let started = server::start(&setup, &self.state(), &log, &self.surroundings());
        let (process, url) = started.unwrap_or_else(|e| panic!("{e}"));
        let endpoint = Endpoint::new();
        endpoint.moved_to(&[url]);
        Beside { _process: process, endpoint: Arc::new(endpoint) }
    }

    /// Asks every host to end, and waits until it has; how the first one ended.
    pub fn terminate(&self) -> ExitStatus {
        self.end(Host::terminate)
    }

    /// Kills every host.
    pub fn kill(&self) -> ExitStatus {
        self.end(Host::kill)
    }

    fn end(&self, how: fn(&Host) -> ExitStatus) -> ExitStatus {
        let ended: Vec<_> = self.hosts.iter().map(how).collect();
        ended[0]
    }

    /// Whether every host's process is still there.
    pub fn is_running(&self) -> bool {
        self.hosts.iter().all(Host::is_running)
    }

    /// The memory that its hosts take, in bytes.
    pub fn resident(&self) -> u64 {
        self.hosts.iter().map(Host::resident).sum()
    }

    /// The Redis that this server uses.
    pub fn redis(&self) -> &RedisServer {
        self.redis.as_ref().expect("a test of the mode with Redis")
    }

    /// With Redis or without.
    pub fn mode(&self) -> Mode {
        self.setup.lock().expect("nobody panics here").mode
    }

    /// The state directory, of the first host where there are several.
    pub fn state(&self) -> PathBuf {
        self.hosts[0].state().to_owned()
    }

    /// All that its hosts and their components have logged.
    pub fn log(&self) -> String {
        self.hosts.iter().map(Host::log).collect()
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

fn prepare_state(setup: &Setup, state: &Path) -> std::io::Result<()> {
    fs::create_dir_all(state)?;
    if setup.compiled {
        server::share_machine_code(state)?;
    }
    setup.state_files.iter().try_for_each(|(name, content)| {
        // A secret may be among them.
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(state.join(name));
        file?.write_all(content)
    })
}

/// What a host is told of the database that it shares.
fn configuration(database: &LibsqlServer) -> String {
    let address = database.address();
    format!("[sqlite_database.default]\ntype = \"libsql\"\nurl = \"http://{address}\"\ntoken = \"unused\"\n")
}

/// Waits until a host calls itself ready.
fn ready(host: &Host) -> Result<(), String> {
    let asked = poll(PATIENCE, || {
        // Without the checks of a test: a server that breaks here is told of with its log.
        match Call::new(host.endpoint(), "GET", "/readyz").open() {
            Ok(response) if response.status() == 200 => Ok(()),
            Ok(response) => Err(response.status().to_string()),
            Err(error) => Err(error.to_string()),
        }
    });
    asked.map_err(|last| format!("the server is not ready after {PATIENCE:?}: {last}\n{}", host.log()))
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
