//! What is measured: a system that can be started and listens on a loopback address.
//!
//! Another one is another implementation of [`System`], listed in [`all`].

mod application;
mod built;
mod log;
mod manifest;
mod server;

use std::path::Path;
use std::rc::Rc;

use anyhow::{Result, ensure};

pub use manifest::Manifest;
pub use server::Server;

use crate::pending::Pending;
use application::Application;

/// A system under test.
pub trait System {
    /// Its name in the report and on the command line.
    fn name(&self) -> &str;

    /// Starts it with its files in this directory, and waits until it is ready.
    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>>;
}

/// The systems with these names; without names, all that are there.
///
/// Errors: an unknown name, or something that has to be built or installed first.
pub fn all(manifest: Manifest, names: &[String]) -> Result<Vec<Box<dyn System>>> {
    let kinds = application::kinds();
    let known: Vec<_> = kinds.iter().map(application::Kind::name).collect();
    for name in names {
        ensure!(known.contains(name), "there is no side `{name}`, only {}", known.join(", "));
    }
    let chosen: Vec<_> = kinds.into_iter().filter(|kind| names.is_empty() || names.contains(&kind.name())).collect();
    built::check(&manifest, &chosen)?;
    let manifest = Rc::new(manifest);
    let application = |kind| Box::new(Application::new(kind, Rc::clone(&manifest))) as Box<dyn System>;
    Ok(chosen.into_iter().map(application).collect())
}
