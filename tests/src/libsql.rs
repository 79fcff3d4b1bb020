//! A real libSQL server for tests on several hosts.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::process::{Process, Scratch, free_port};
use crate::setup::Setup;
use crate::wait::within;
use crate::{Proxy, SmallDisk};

/// As the README asks of an operator ("What to set on Spin").
const FLAGS: [&str; 4] = ["--max-concurrent-connections", "1024", "--checkpoint-interval-s", "60"];

/// The database that all hosts share.
pub struct LibsqlServer {
    program: PathBuf,
    port: u16,
    environment: Vec<(String, String)>,
    // Before the directories: it ends first.
    process: Mutex<Option<Process>>,
    way: Option<Proxy>,
    disk: Option<SmallDisk>,
    directory: Scratch,
}

impl LibsqlServer {
    /// Starts this program with an empty database.
    pub(crate) fn start(program: PathBuf, setup: &Setup) -> Self {
        let (port, directory) = (free_port(), Scratch::new());
        let disk = setup.small_disk.then(|| SmallDisk::mount(directory.path()).expect("a file system can be mounted"));
        let way = setup.frail_way.map(|seed| Proxy::start(&format!("127.0.0.1:{port}"), seed));
        let environment = setup.database_environment.clone();
        let server = Self { program, port, environment, process: Mutex::new(None), way, disk, directory };
        server.start_again();
        server
    }

    /// Where hosts find it: `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.way.as_ref().map_or_else(|| self.own_address(), Proxy::address)
    }

    /// Where it is, past what may stand in the way.
    pub(crate) fn own_address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The way from the hosts to it, where it was set up with a frail one.
    pub fn way(&self) -> Option<&Proxy> {
        self.way.as_ref()
    }

    /// The disk that it is on, where it was set up with a small one.
    pub(crate) fn disk(&self) -> Option<&SmallDisk> {
        self.disk.as_ref()
    }

    /// The outage begins, without a chance to say goodbye.
    pub fn kill(&self) {
        self.process.lock().expect("nobody panics here").take();
    }

    /// It stops answering, for as long as it is paused.
    pub fn pause(&self) {
        self.process.lock().expect("nobody panics here").as_ref().expect("it runs").pause();
    }

    /// It goes on.
    pub fn resume(&self) {
        self.process.lock().expect("nobody panics here").as_ref().expect("it runs").resume();
    }

    /// The outage ends: it serves what it had.
    pub fn start_again(&self) {
        let log = File::options().append(true).create(true).open(self.directory.path().join("libsql.log"));
        let log = log.expect("a log file");
        let mut command = Command::new(&self.program);
        command.args(["--http-listen-addr", &self.own_address()]).args(FLAGS);
        command.arg("--db-path").arg(self.directory.path().join("data")).envs(self.environment.iter().cloned());
        command.stdout(log.try_clone().expect("a log file")).stderr(log);
        let process = Process::spawn(&mut command).expect("BATON_SQLD names the server of libSQL");
        self.process.lock().expect("nobody panics here").replace(process);
        within(Duration::from_secs(60), "libSQL's server answers", || self.answers().then_some(()));
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut reply = String::new();
        let request = b"GET /health HTTP/1.1\r\nhost: baton\r\nconnection: close\r\n\r\n";
        stream.write_all(request).is_ok()
            && stream.read_to_string(&mut reply).is_ok()
            && reply.starts_with("HTTP/1.1 200")
    }
}
