//! A component that answers a fixed text, on one of the runners: what a request costs that does nothing.

use std::path::Path;
use std::rc::Rc;

use anyhow::Result;

use super::api::System;
use super::manifest::Manifest;
use super::runner::Runner;
use super::server::Server;
use crate::pending::Pending;
use crate::work::{Ask, Task, Work};

/// The fixed text.
pub struct FixedText {
    runner: Runner,
    manifest: Rc<Manifest>,
}

impl FixedText {
    /// The application of this manifest.
    pub fn new(runner: Runner, manifest: Rc<Manifest>) -> Self {
        Self { runner, manifest }
    }
}

impl System for FixedText {
    fn name(&self) -> &str {
        match self.runner {
            Runner::Baton => "fixed-text",
            Runner::Spin(_) => "fixed-text-spin",
        }
    }

    fn missing(&self) -> Vec<String> {
        self.runner.missing(&self.manifest)
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        (task == Task::Floor).then(|| Box::new(Ask("/")) as Box<dyn Work>)
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let program = Runner::start(self.runner.serving(&self.manifest, home), home).await?;
            Ok(Server::new(program, None))
        })
    }
}
