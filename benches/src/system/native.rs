//! Baton's own handlers and SQL without a sandbox, on a SQLite file.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use baton_tests::token;

use super::api::System;
use super::application::{RATE_LIMIT, work};
use super::installed;
use super::log::Log;
use super::program::{Program, answers};
use super::server::Server;
use crate::pending::Pending;
use crate::work::{Task, Work};

const PROGRAM: &str = "baton-native";

/// Baton without a sandbox.
pub struct Native;

impl System for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn missing(&self) -> Vec<String> {
        installed::unbuilt(PROGRAM)
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(work(task))
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let mut command = Command::new(installed::built(PROGRAM));
            command.arg("--database").arg(home.join("native.db"));
            command.env("SPIN_VARIABLE_AUTH_SECRET", token::SECRET);
            command.env("SPIN_VARIABLE_RATE_LIMIT_CHANGES_PER_MINUTE", RATE_LIMIT);
            let program = Program::start(command, home, async |log: &Log| {
                let address = log.address()?;
                answers(address, "/healthz").await.then_some(address)
            });
            Ok(Server::new(program.await?, None))
        })
    }
}
