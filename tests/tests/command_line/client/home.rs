//! A user's home, in which `baton` is typed.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use baton_tests::{App, Client, Process, Scratch, baton, eventually};
use serde_json::Value;

/// How long a command that ends by itself may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home with nothing in it, of a user who is known by the environment.
pub struct Home {
    directory: Scratch,
    environment: Vec<(String, String)>,
    /// The same user without `baton`.
    pub user: Client,
    runs: AtomicU32,
}

impl Home {
    /// Of a user of this role, whom no other test knows.
    pub fn new(app: &App, role: &str) -> Self {
        Self::of(app, app.user(role))
    }

    /// Of this user.
    pub fn of(app: &App, user: Client) -> Self {
        let environment = vec![("BATON_URL".to_owned(), app.url()), ("BATON_TOKEN".to_owned(), user.token.clone())];
        Self { directory: Scratch::new(), environment, user, runs: AtomicU32::new(0) }
    }

    /// Where nothing says which Baton is meant.
    pub fn signed_out(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// With this in the environment.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file or directory in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Any program as this user starts it.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let kept = std::env::vars_os().filter(|(name, _)| name == "PATH");
        command.env_clear().envs(kept).env("HOME", self.path("")).current_dir(self.path(""));
        command.envs(self.environment.iter().cloned());
        command
    }

    /// `baton` with these arguments.
    pub fn baton(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(baton());
        command.args(arguments);
        command
    }

    /// Starts `baton` with these arguments.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.launch(&mut self.baton(arguments))
    }

    /// Starts a command, and notes what it says.
    pub fn launch(&self, command: &mut Command) -> Running {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let [out, err] = ["out", "err"].map(|stream| self.path(&format!("{stream}-{number}")));
        command.stdout(File::create(&out).expect("a file")).stderr(File::create(&err).expect("a file"));
        let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
        Running { process: Process::spawn(command).expect("`baton` runs"), out, err, what }
    }

    /// Runs `baton` to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).ended()
    }

    /// Runs `baton`, which must end with this code.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        ran
    }

    /// Runs `baton --json`, which must end with this code, and returns the one document that it prints.
    pub fn document(&self, code: i32, arguments: &[&str]) -> Value {
        let ran = self.ends(code, &[arguments, &["--json"]].concat());
        assert_eq!(ran.out.lines().count(), 1, "not one document: {ran:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }
}

/// A command that runs.
pub struct Running {
    /// Its process.
    pub process: Process,
    out: PathBuf,
    err: PathBuf,
    what: String,
}

impl Running {
    /// What it has printed so far.
    pub fn out(&self) -> String {
        read(&self.out)
    }

    /// What it has told so far.
    pub fn err(&self) -> String {
        read(&self.err)
    }

    /// Waits until it tells this.
    pub fn tells(&self, text: &str) {
        eventually(&format!("{} tells {text:?}", self.what), || (self.err().contains(text)).then_some(()));
    }

    /// Waits until it prints this.
    pub fn prints(&self, text: &str) {
        eventually(&format!("{} prints {text:?}", self.what), || (self.out().contains(text)).then_some(()));
    }

    /// Whether it still runs.
    pub fn goes_on(&mut self) -> bool {
        self.process.status().is_none()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ran {
        let status = self.process.wait(PATIENCE);
        let (out, err) = (self.out(), self.err());
        let status = status.unwrap_or_else(|| panic!("{} goes on: {out}\n{err}", self.what));
        let code = status.code().unwrap_or_else(|| panic!("{}: {status}: {out}\n{err}", self.what));
        assert!(!err.contains("panicked"), "{}: {err}", self.what);
        Ran { code, out, err }
    }
}

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    /// What it ended with.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it told beside that.
    pub err: String,
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}
