//! A component that does next to nothing, on one of the runners: what the runner takes of every request.

use std::path::Path;
use std::rc::Rc;

use anyhow::Result;

use super::api::System;
use super::manifest::Manifest;
use super::runner::Runner;
use super::server::Server;
use crate::pending::Pending;
use crate::work::{Ask, InsertByComponent, Task, Work};

/// The bare component.
pub struct Bare {
    runner: Runner,
    manifest: Rc<Manifest>,
}

impl Bare {
    /// The application of this manifest.
    pub fn new(runner: Runner, manifest: Rc<Manifest>) -> Self {
        Self { runner, manifest }
    }
}

/// What it does instead of a task: a fixed text, one row read, one row inserted.
pub fn work(task: Task) -> Box<dyn Work> {
    match task {
        Task::Floor => Box::new(Ask("/")),
        Task::Read => Box::new(Ask("/row")),
        Task::Edit => Box::new(InsertByComponent),
    }
}

impl System for Bare {
    fn name(&self) -> &str {
        match self.runner {
            Runner::Baton => "bare",
            Runner::Spin(_) => "bare-spin",
        }
    }

    fn missing(&self) -> Vec<String> {
        self.runner.missing(&self.manifest)
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(work(task))
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let program = Runner::start(self.runner.serving(&self.manifest, home), home).await?;
            Ok(Server::new(program, None))
        })
    }
}
