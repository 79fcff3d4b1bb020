//! A plain service on PostgreSQL, as it comes: what a team would write instead of Baton.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use baton_tests::token;
use nix::unistd::{Uid, User};

use super::api::System;
use super::application::work;
use super::installed;
use super::log::Log;
use super::program::{Program, answers};
use super::server::Server;
use crate::pending::Pending;
use crate::work::{Task, Work};

const SERVICE: &str = "postgres-service";

/// Where Debian keeps the server's programs.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Whom the server runs as where the bench runs as root, which the server refuses to.
const USER: &str = "postgres";

/// The plain service.
pub struct Postgres;

impl System for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn missing(&self) -> Vec<String> {
        let server = programs().is_none();
        let server = server.then(|| "postgres: apt-get install postgresql, or leave it out with --sides".to_owned());
        installed::unbuilt(SERVICE).into_iter().chain(server).collect()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(work(task))
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let home = home.join("postgres");
            fs::create_dir_all(&home)?;
            let database = database(&home).await?;
            let mut command = Command::new(installed::built(SERVICE));
            command.arg("--database").arg(format!("host={} user=baton dbname=postgres", home.display()));
            command.env("AUTH_SECRET", token::SECRET);
            let service = home.join("service");
            let program = Program::start(command, &service, async |log: &Log| {
                let address = log.address()?;
                answers(address, "/readyz").await.then_some(address)
            });
            Ok(Server::new(program.await?, Some(database)))
        })
    }
}

/// Starts the server with its defaults, on a socket in this directory, and waits until it is ready.
async fn database(home: &Path) -> Result<Program> {
    let programs = programs().context("there is no PostgreSQL")?;
    let data = home.join("data");
    let mut server = Command::new(programs.join("postgres"));
    let mut setup = Command::new(programs.join("initdb"));
    if Uid::effective().is_root() {
        let user = User::from_name(USER)?.with_context(|| format!("there is no user {USER}"))?;
        chown(home, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        for command in [&mut server, &mut setup] {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir(home);
        }
    }
    if !data.exists() {
        setup.arg("--pgdata").arg(&data).args(["--username=baton", "--auth=trust", "--encoding=UTF8"]);
        let output = setup.arg("--locale=C.UTF-8").output()?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    }
    server.arg("-D").arg(&data).arg("-k").arg(home).args(["-c", "listen_addresses="]);
    let state = data.join("postmaster.pid");
    let nowhere = SocketAddr::from(([0; 4], 0));
    let logs = home.join("log");
    Program::start(server, &logs, async |_| is_ready(&state).then_some(nowhere)).await
}

/// Whether the server that keeps this file says in it that it takes connections.
fn is_ready(state: &Path) -> bool {
    fs::read_to_string(state).is_ok_and(|text| text.lines().any(|line| line.trim() == "ready"))
}

/// Where the newest server is installed.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(PROGRAMS).ok()?.flatten();
    let programs = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("postgres").exists());
    programs.max()
}
