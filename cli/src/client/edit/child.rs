//! The command that runs while a part is held.

use std::io::IsTerminal;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::super::failure::Failure;
use super::super::show::plain;

/// How long a command that is to be ended has for that.
const GRACE: Duration = Duration::from_secs(10);

/// A command that runs, and the signals that are meant for it.
pub struct Child {
    process: std::process::Child,
    name: String,
    ends: Signals,
    interrupts: Signals,
    quits: Signals,
    terminates: Signals,
    hangs_up: Signals,
    /// When it is ended without a chance to say goodbye.
    last: Option<Instant>,
}

impl Child {
    /// Starts a command with this one's input and output.
    ///
    /// Errors: there is no such command.
    pub fn start(command: &[String]) -> Result<Self, Failure> {
        // Before it can end.
        let ends = signal(SignalKind::child())?;
        let (interrupts, quits) = (signal(SignalKind::interrupt())?, signal(SignalKind::quit())?);
        let (terminates, hangs_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        let (program, arguments) = command.split_first().ok_or_else(|| Failure::misused("There is no command"))?;
        let name = plain(program);
        let process = Command::new(program).args(arguments).spawn();
        let process = process.map_err(|error| Failure::failed(format!("Can't run {name}: {error}")))?;
        Ok(Self { process, name, ends, interrupts, quits, terminates, hangs_up, last: None })
    }

    /// Waits until it has ended, and passes on to it what this process is told meanwhile. The inner error says how it failed.
    ///
    /// Errors: the system doesn't tell.
    pub async fn ended(&mut self) -> Result<Result<(), String>, Failure> {
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(self.verdict(status));
            }
            // Far away where it isn't to be ended.
            let last = self.last.unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
            tokio::select! {
                _ = self.ends.recv() => {}
                _ = self.interrupts.recv() => self.pass_on_typed(Signal::SIGINT),
                _ = self.quits.recv() => self.pass_on_typed(Signal::SIGQUIT),
                _ = self.terminates.recv() => self.send(Signal::SIGTERM),
                _ = self.hangs_up.recv() => self.send(Signal::SIGHUP),
                () = sleep_until(last) => {
                    if self.last.take().is_some() {
                        self.send(Signal::SIGKILL);
                    }
                }
            }
        }
    }

    /// Asks it to end, and ends it if it doesn't.
    pub fn kill(&mut self) {
        self.send(Signal::SIGTERM);
        self.last = Some(Instant::now() + GRACE);
    }

    /// What is typed on a terminal goes to all that run in its foreground, the command among them.
    fn pass_on_typed(&self, signal: Signal) {
        if !std::io::stdin().is_terminal() {
            self.send(signal);
        }
    }

    fn send(&self, signal: Signal) {
        // Its number is its own until it is waited for, which nobody else does.
        if let Ok(id) = i32::try_from(self.process.id()) {
            // It may have ended just now.
            let _ = kill(Pid::from_raw(id), signal);
        }
    }

    fn verdict(&self, status: ExitStatus) -> Result<(), String> {
        if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", self.name)) }
    }
}
