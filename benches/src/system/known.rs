//! The systems that there are.

use std::rc::Rc;

use anyhow::{Result, bail, ensure};
use baton_tests::repo;

use super::api::System;
use super::application::{Application, Variant};
use super::bare::Bare;
use super::cluster::Cluster;
use super::etcd::Etcd;
use super::libsql::LibsqlInserts;
use super::manifest::Manifest;
use super::native::Native;
use super::postgres::Postgres;
use super::redis::DurableRedis;
use super::runner::Runner;

/// The manifest of the bare component.
const BARE: &str = "benches/bare/spin.toml";

/// The systems with these names; without names, all that there are but variants. A real Spin is started with these flags.
///
/// Errors: an unknown name, or something that has to be built or installed first.
pub fn all(manifest: Manifest, names: &[String], spin_flags: &str) -> Result<Vec<Box<dyn System>>> {
    let bare = Rc::new(Manifest::read(Some(&repo().join(BARE)))?);
    let known = known(&Rc::new(manifest), &bare, spin_flags);
    for name in names {
        let known: Vec<_> = known.iter().map(|system| system.name()).collect();
        ensure!(known.contains(&name.as_str()), "there is no side `{name}`, only {}", known.join(", "));
    }
    let is_chosen = |system: &dyn System| match names {
        [] => !system.only_where_named(),
        names => names.iter().any(|name| name == system.name()),
    };
    let chosen: Vec<_> = known.into_iter().filter(|system| is_chosen(system.as_ref())).collect();
    check(&chosen)?;
    Ok(chosen)
}

fn known(baton: &Rc<Manifest>, bare: &Rc<Manifest>, spin_flags: &str) -> Vec<Box<dyn System>> {
    let runners = || [Some(Runner::Baton), Runner::spin(spin_flags)].into_iter().flatten();
    let mut systems: Vec<Box<dyn System>> = Vec::new();
    for runner in runners() {
        for with_redis in [false, true] {
            systems.push(Box::new(Application::new(runner.clone(), with_redis, Rc::clone(baton))));
        }
    }
    for variant in [Variant::Keys, Variant::Unlimited] {
        systems.push(Box::new(Application::variant(variant, Rc::clone(baton))));
    }
    if let Some(spin) = Runner::spin(spin_flags)
        && let Some(inserts) = LibsqlInserts::known()
    {
        systems.push(Box::new(Cluster::of_baton(spin.clone(), Rc::clone(baton))));
        systems.push(Box::new(Cluster::of_bare(spin, Rc::clone(bare))));
        systems.push(Box::new(inserts));
    }
    systems.push(Box::new(Native));
    systems.push(Box::new(Postgres));
    for runner in runners() {
        systems.push(Box::new(Bare::new(runner, Rc::clone(bare))));
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
