//! What Spin applications run on: `baton up`, or a real Spin.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;
use baton_tests::{baton, free_port};

use super::log::Log;
use super::manifest::Manifest;
use super::program::{Program, answers};

/// A runner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runner {
    /// The project's own.
    Baton,
    /// The Spin that BATON_SPIN names.
    Spin(Rc<Spin>),
}

/// A real Spin.
#[derive(PartialEq, Eq, Debug)]
pub struct Spin {
    program: PathBuf,
    flags: Vec<String>,
}

impl Runner {
    /// A real Spin with these flags, if there is one.
    pub fn spin(flags: &str) -> Option<Self> {
        let program = PathBuf::from(env::var_os("BATON_SPIN")?);
        let flags = flags.split_whitespace().map(str::to_owned).collect();
        Some(Self::Spin(Rc::new(Spin { program, flags })))
    }

    /// Its name in the report and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Baton => "runner",
            Self::Spin(_) => "spin",
        }
    }

    /// What has to be there before this manifest can be run, and isn't.
    pub fn missing(&self, manifest: &Manifest) -> Vec<String> {
        let (program, how) = match self {
            Self::Baton => (baton(), "cargo build --release --workspace --bin baton"),
            Self::Spin(spin) => (spin.program.clone(), "BATON_SPIN names it"),
        };
        let missing = (!program.exists()).then(|| format!("{}: {how}", program.display()));
        missing.into_iter().chain(manifest.missing()).collect()
    }

    /// The command that runs a manifest with its files in this directory.
    pub fn command(&self, manifest: &Path, home: &Path) -> Command {
        let mut command = match self {
            Self::Baton => Command::new(baton()),
            Self::Spin(spin) => Command::new(&spin.program),
        };
        command.arg("up").arg("--from").arg(manifest).arg("--state-dir").arg(home.join("state"));
        // Spin keeps what it compiles in the user's cache; a first start is one without it.
        command.env("XDG_CACHE_HOME", home.join("cache"));
        command
    }

    /// The command that serves a manifest's HTTP.
    pub fn serving(&self, manifest: &Manifest, home: &Path) -> Command {
        let mut command = self.command(manifest.path(), home);
        // A port that the system gives can't be anybody else's. Spin doesn't tell which one it got.
        let port = match self {
            Self::Baton => 0,
            Self::Spin(_) => free_port(),
        };
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        if let Self::Spin(spin) = self {
            command.args(&spin.flags);
        }
        command
    }

    /// Runs it, and waits until `/readyz` is answered with 200.
    pub async fn start(command: Command, home: &Path) -> Result<Program> {
        fs::create_dir_all(home.join("state"))?;
        Program::start(command, home, async |log: &Log| {
            let address = log.address()?;
            answers(address, "/readyz").await.then_some(address)
        })
        .await
    }

    /// Lets one directory share the machine code that another one has.
    pub fn share_machine_code(from: &Path, to: &Path) -> io::Result<()> {
        fs::create_dir_all(to.join("state"))?;
        // Where `baton up` keeps it, and where Spin does.
        for place in ["state/compiled", "cache"].iter().filter(|place| from.join(place).exists()) {
            symlink(from.join(place), to.join(place))?;
        }
        Ok(())
    }
}
