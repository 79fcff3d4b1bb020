//! Telling of events: on the terminal, on the desktop, and to a command of the user's.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use super::args::TellArgs;
use super::{say, show};

/// How many events a command may be behind before it misses some.
const BEHIND_MAX: usize = 1000;

/// How long a command that still runs is waited for at the end.
const LAST: Duration = Duration::from_secs(10);

/// Who tells.
pub struct Herald {
    json: bool,
    on_desktop: bool,
    hook: Option<Hook>,
}

/// The user's command, which runs once for each event, one after the other.
struct Hook {
    events: SyncSender<Value>,
    runs: JoinHandle<()>,
}

impl Herald {
    /// Tells in these ways; as documents where `json` says so.
    pub fn new(args: &TellArgs, json: bool) -> Self {
        let hook = args.on_event.clone().map(|command| {
            let (events, queue) = sync_channel(BEHIND_MAX);
            let runs = thread::spawn(move || queue.iter().for_each(|event| run(&command, &event)));
            Hook { events, runs }
        });
        Self { json, on_desktop: !args.no_notify && is_desktop(), hook }
    }

    /// Tells of an event, as it is.
    pub fn tell(&mut self, event: &Value) {
        self.tell_as(event, &show::event(event));
    }

    /// Tells of an event in these words.
    pub fn tell_as(&mut self, event: &Value, line: &str) {
        if !self.json {
            say::note(line);
        }
        self.tell_elsewhere(event, line);
    }

    /// Tells of an event in these words, but for people on the terminal, who are told by somebody else.
    pub fn tell_elsewhere(&mut self, event: &Value, line: &str) {
        if self.json {
            // Whoever reads no more has the event kept for them by the server.
            let _ = say::print(&event.to_string());
        }
        if self.on_desktop {
            notify(line);
        }
        if let Some(hook) = &self.hook
            && let Err(TrySendError::Full(_)) = hook.events.try_send(event.clone())
        {
            say::failure("--on-event is far behind: it misses an event");
        }
    }

    /// Waits a while for a command that still runs.
    pub async fn end(self) {
        let Some(Hook { events, runs }) = self.hook else {
            return;
        };
        drop(events);
        let waited = tokio::task::spawn_blocking(move || runs.join());
        if tokio::time::timeout(LAST, waited).await.is_err() {
            say::failure("--on-event still runs");
        }
    }
}

/// The event is in the command's input, what most want to know of it in its environment.
fn run(command: &str, event: &Value) {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped());
    shell.env("BATON_EVENT", event["type"].as_str().unwrap_or_default());
    shell.env("BATON_PART", event["part_number"].as_str().unwrap_or_default());
    let ended = shell.spawn().and_then(|mut child| {
        if let Some(mut input) = child.stdin.take() {
            // It need not read it.
            let _ = writeln!(input, "{event}");
        }
        child.wait()
    });
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => say::failure(&format!("--on-event ended with {status}")),
        Err(error) => say::failure(&format!("--on-event can't be run: {error}")),
    }
}

fn is_desktop() -> bool {
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

/// By the desktop's own command: one that isn't there, or has nobody to show it to, is no failure.
fn notify(line: &str) {
    let mut command = if cfg!(target_os = "macos") {
        let mut command = Command::new("osascript");
        command.args([
            "-e",
            "on run argv",
            "-e",
            "display notification (item 1 of argv) with title \"Baton\"",
            "-e",
            "end run",
            line,
        ]);
        command
    } else {
        // The body is markup.
        let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let mut command = Command::new("notify-send");
        command.args(["--app-name=Baton", "--", "Baton", &line]);
        command
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Waited for elsewhere, so that it doesn't stay behind as a zombie.
    thread::spawn(move || command.status());
}
