//! What is measured: a system that can be started and listens on a loopback address.
//!
//! Another one is another implementation of [`System`], listed in [`known`].

mod application;
mod etcd;
mod fixed_text;
mod installed;
mod log;
mod manifest;
mod program;
mod redis;
mod runner;
mod server;

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Result, bail, ensure};
use baton_tests::repo;

pub use manifest::Manifest;
pub use server::Server;

use crate::pending::Pending;
use crate::room::WaitingRoom;
use crate::work::{Task, Work};
use application::Application;
use etcd::Etcd;
use fixed_text::FixedText;
use redis::DurableRedis;
use runner::Runner;

/// The manifest of the fixed text.
const FIXED_TEXT: &str = "benches/fixed-text/spin.toml";

/// A system under test.
pub trait System {
    /// Its name in the report and on the command line.
    fn name(&self) -> &str;

    /// What has to be built or installed first, and how.
    fn missing(&self) -> Vec<String>;

    /// How it does this, if it can.
    fn work(&self, task: Task) -> Option<Box<dyn Work>>;

    /// How clients wait for news there, if they can.
    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        None
    }

    /// Whether its first start is another thing than a later one, because it compiles components.
    fn compiles(&self) -> bool {
        false
    }

    /// The SQLite file that it keeps in its directory, if it does.
    fn database(&self, _home: &Path) -> Option<PathBuf> {
        None
    }

    /// Lets one directory share the machine code that another one has, where that is kept there.
    fn share_machine_code(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Starts it with its files in this directory, and waits until it is ready.
    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>>;
}

/// The systems with these names; without names, all that there are.
///
/// Errors: an unknown name, or something that has to be built or installed first.
pub fn all(manifest: Manifest, names: &[String]) -> Result<Vec<Box<dyn System>>> {
    let known = known(&Rc::new(manifest), &Rc::new(Manifest::read(Some(&repo().join(FIXED_TEXT)))?));
    for name in names {
        let known: Vec<_> = known.iter().map(|system| system.name()).collect();
        ensure!(known.contains(&name.as_str()), "there is no side `{name}`, only {}", known.join(", "));
    }
    let is_chosen = |system: &dyn System| names.is_empty() || names.iter().any(|name| name == system.name());
    let chosen: Vec<_> = known.into_iter().filter(|system| is_chosen(system.as_ref())).collect();
    check(&chosen)?;
    Ok(chosen)
}

fn known(baton: &Rc<Manifest>, fixed_text: &Rc<Manifest>) -> Vec<Box<dyn System>> {
    let mut systems: Vec<Box<dyn System>> = Vec::new();
    for runner in Runner::all() {
        for with_redis in [false, true] {
            systems.push(Box::new(Application::new(runner, with_redis, Rc::clone(baton))));
        }
    }
    for runner in Runner::all() {
        systems.push(Box::new(FixedText::new(runner, Rc::clone(fixed_text))));
    }
    systems.push(Box::new(Etcd));
    systems.push(Box::new(DurableRedis));
    systems
}

fn check(systems: &[Box<dyn System>]) -> Result<()> {
    let mut missing: Vec<_> = systems.iter().flat_map(|system| system.missing()).collect();
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("the bench builds nothing itself, and this is missing:\n  {}", missing.join("\n  "))
}
