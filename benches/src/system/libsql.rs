//! libSQL's server: what a cluster keeps its state in, and bare inserts there.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use baton_tests::free_port;

use super::api::System;
use super::program::{Program, answers};
use super::server::Server;
use crate::pending::Pending;
use crate::work::{Insert, Task, Work};

/// Bare inserts.
pub struct LibsqlInserts(());

impl LibsqlInserts {
    /// It, where BATON_SQLD names the server.
    pub fn known() -> Option<Self> {
        program().map(|_| Self(()))
    }
}

impl System for LibsqlInserts {
    fn name(&self) -> &'static str {
        "libsql-inserts"
    }

    fn missing(&self) -> Vec<String> {
        missing()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        (task == Task::Edit).then(|| Box::new(Insert) as Box<dyn Work>)
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move { Ok(Server::new(start(home).await?, None)) })
    }
}

/// Starts the server that BATON_SQLD names, with its files in this directory, and waits until it is ready.
pub async fn start(home: &Path) -> Result<Program> {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = Command::new(program().context("BATON_SQLD names no server of libSQL")?);
    command.arg("--db-path").arg(home.join("libsql")).arg("--http-listen-addr").arg(address.to_string());
    // As the README asks of an operator.
    command.args(["--max-concurrent-connections", "1024", "--checkpoint-interval-s", "60"]);
    Program::start(command, home, async |_| answers(address, "/health").await.then_some(address)).await
}

/// What has to be there and isn't.
pub fn missing() -> Vec<String> {
    let program = program().filter(|program| !program.exists());
    program.iter().map(|program| format!("{}: BATON_SQLD names it", program.display())).collect()
}

fn program() -> Option<PathBuf> {
    env::var_os("BATON_SQLD").map(PathBuf::from)
}
