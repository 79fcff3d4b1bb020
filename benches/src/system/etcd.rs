//! etcd: one member, as it comes, which syncs its log to the disk before it acknowledges a change.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use baton_tests::free_port;

use super::api::{Many, System};
use super::installed;
use super::program::{Program, answers};
use super::server::Server;
use crate::pending::Pending;
use crate::work::{CreateDelete, Task, Work};

/// etcd as a peer.
pub struct Etcd;

impl System for Etcd {
    fn name(&self) -> &str {
        "etcd"
    }

    fn missing(&self) -> Vec<String> {
        installed::missing("etcd", "etcd-server")
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        (task == Task::Edit).then(|| Box::new(CreateDelete) as Box<dyn Work>)
    }

    fn many(&self) -> Option<Many> {
        Some(Many::Transactions)
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let [clients, peers] = [free_port(), free_port()].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
            let ready = async |_: &_| answers(clients, "/health").await.then_some(clients);
            let program = Program::start(command(home, clients, peers), home, ready).await?;
            Ok(Server::new(program, None))
        })
    }
}

fn command(home: &Path, clients: SocketAddr, peers: SocketAddr) -> Command {
    let mut command = Command::new("etcd");
    command.arg("--data-dir").arg(home.join("etcd")).args(["--log-level", "error"]);
    for flag in ["--listen-client-urls", "--advertise-client-urls"] {
        command.arg(flag).arg(format!("http://{clients}"));
    }
    for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
        command.arg(flag).arg(format!("http://{peers}"));
    }
    command.arg("--initial-cluster").arg(format!("default=http://{peers}"));
    command
}
