//! Processes and directories that are gone when the tests are.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, io};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::janitor;
use crate::wait::poll;

/// A process with all that it starts itself. Dropping it kills the lot.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a command in a process group of its own, without input.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        janitor::watch(child.id());
        Ok(Self { child })
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Ends it without a chance to say goodbye.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Stops it in the middle of whatever it does, until [`Process::resume`].
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on where it was stopped.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Interrupts it with all that it has started, as Ctrl-C on a terminal does.
    pub fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    /// Sends a signal to it alone, as `kill` does: by its name, such as `TERM`.
    pub fn signal_alone(&self, name: &str) {
        let signal: Signal = format!("SIG{name}").parse().expect("a signal");
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(self.group()), signal);
    }

    /// The number of the process group that it and all that it starts belong to.
    pub fn group(&self) -> i32 {
        i32::try_from(self.child.id()).expect("process ids are positive")
    }

    fn signal(&self, signal: Signal) {
        // It may have ended by itself.
        let _ = killpg(Pid::from_raw(self.group()), signal);
    }

    /// The memory that it takes, with all that it has started, in bytes.
    pub fn resident(&self) -> u64 {
        let group = self.child.id().to_string();
        let processes = fs::read_dir("/proc").expect("Linux").flatten().map(|entry| entry.path());
        let of_group = |process: &PathBuf| {
            let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
            // After the name, which may hold anything: the state, the parent and the group.
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.split(' ').nth(2) == Some(group.as_str()))
        };
        processes.filter(of_group).map(|process| resident_of(&process)).sum()
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("our own child")
    }

    /// Waits until it has ended, for `bound` at most.
    pub fn wait(&mut self, bound: Duration) -> Option<ExitStatus> {
        poll(bound, || self.status().ok_or(())).ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
        janitor::forget(self.child.id());
    }
}

fn resident_of(process: &Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// A directory for a test's files, gone afterwards unless `BATON_TEST_KEEP` is set.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A new and empty directory.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("baton-tests-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory for temporary files");
        if !keep() {
            janitor::remove(&path);
        }
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !keep() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn keep() -> bool {
    env::var_os("BATON_TEST_KEEP").is_some()
}

/// A port that nobody listens on. It lies below those that the system gives to clients, so that it is still free
/// when it is used.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 12_000).expect("less than 12,000");
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + process.wrapping_add(step) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
