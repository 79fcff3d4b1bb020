//! What Spin applications run on: `baton up`, or a real Spin.

use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use baton_tests::{baton, free_port};
use http::Method;

use super::log::Log;
use super::manifest::Manifest;
use super::program::Program;
use crate::http::{Connection, request};

/// A runner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runner {
    /// The project's own.
    Baton,
    /// The Spin that BATON_SPIN names.
    Spin,
}

impl Runner {
    /// Those that there are.
    pub fn all() -> Vec<Self> {
        if env::var_os("BATON_SPIN").is_some() { vec![Self::Baton, Self::Spin] } else { vec![Self::Baton] }
    }

    /// Its name in the report and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baton => "baton",
            Self::Spin => "spin",
        }
    }

    /// What has to be there before this manifest can be run, and isn't.
    pub fn missing(self, manifest: &Manifest) -> Vec<String> {
        let program = self.program();
        let how = match self {
            Self::Baton => "cargo build --release --workspace --bin baton",
            Self::Spin => "BATON_SPIN names it",
        };
        let missing = (!program.exists()).then(|| format!("{}: {how}", program.display()));
        missing.into_iter().chain(manifest.missing()).collect()
    }

    /// The command that runs a manifest with its files in this directory.
    pub fn command(self, manifest: &Manifest, home: &Path) -> Command {
        let mut command = Command::new(self.program());
        command.arg("up").arg("--from").arg(manifest.path()).arg("--state-dir").arg(home.join("state"));
        // A port that the system gives can't be anybody else's. Spin doesn't tell which one it got.
        let port = match self {
            Self::Baton => 0,
            Self::Spin => free_port(),
        };
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        // Spin keeps what it compiles in the user's cache; a first start is one without it.
        command.env("XDG_CACHE_HOME", home.join("cache"));
        command
    }

    /// Runs it, and waits until `/readyz` is answered with 200.
    pub async fn start(command: Command, home: &Path) -> Result<Program> {
        fs::create_dir_all(home.join("state"))?;
        Program::start(command, home, async |log: &Log| {
            let address = log.address()?;
            is_ready(address).await.unwrap_or(false).then_some(address)
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

    fn program(self) -> PathBuf {
        match env::var_os("BATON_SPIN") {
            Some(spin) if self == Self::Spin => PathBuf::from(spin),
            _ => baton(),
        }
    }
}

async fn is_ready(address: SocketAddr) -> Result<bool> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.call(request(&Method::GET, "/readyz", None, None)?).await?;
    Ok(answer.status == 200)
}
