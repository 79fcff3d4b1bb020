//! A real Redis for the tests.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::process::{Process, Scratch, free_port};
use crate::wait::within;

/// A Redis that keeps nothing, on a port of its own.
pub struct RedisServer {
    port: u16,
    directory: Scratch,
    password: Option<String>,
    process: Mutex<Option<Process>>,
}

impl RedisServer {
    /// Starts one that asks for this password, if any.
    pub fn start(password: Option<String>) -> Self {
        let server = Self { port: free_port(), directory: Scratch::new(), password, process: Mutex::new(None) };
        server.start_again();
        server
    }

    /// `redis://127.0.0.1:PORT`, with the password.
    pub fn url(&self) -> String {
        let password = self.password.as_ref().map(|p| format!(":{p}@")).unwrap_or_default();
        format!("redis://{password}127.0.0.1:{}", self.port)
    }

    /// The outage begins.
    pub fn kill(&self) {
        self.process.lock().expect("nobody panics here").take();
    }

    /// The outage ends. What was in it is lost.
    pub fn start_again(&self) {
        let log = File::create(self.directory.path().join("redis.log")).expect("a log file");
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.directory.path()).stdout(log);
        if let Some(password) = &self.password {
            command.args(["--requirepass", password]);
        }
        let process = Process::spawn(&mut command);
        let process = process.expect("the tests with Redis need `redis-server` (apt-get install redis-server)");
        self.process.lock().expect("nobody panics here").replace(process);
        within(Duration::from_secs(20), "Redis answers", || self.answers().then_some(()));
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut reply = [0; 1];
        // `+PONG`, or `-NOAUTH` where it wants a password: both say that it is up.
        stream.write_all(b"PING\r\n").is_ok() && stream.read_exact(&mut reply).is_ok()
    }
}
