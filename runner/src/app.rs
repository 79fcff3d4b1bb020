//! The application: its components, compiled, checked and with all that they may use.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use wasmtime::Engine;
use wasmtime::component::{Component as Compiled, InstancePre, Linker};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::compile::Compiler;
use crate::files;
use crate::host::bindings::SandboxPre;
use crate::host::{self, Connections, Grants, Neighbours, State};
use crate::hosts::AllowedHosts;
use crate::key_value::KeyValueStore;
use crate::logs::Log;
use crate::manifest::{Component, LoadedManifest};
use crate::own_redis;
use crate::sqlite::Database;
use crate::state_dir::StateDir;
use crate::variables::Variables;

/// A component that can be instantiated.
#[derive(Clone)]
pub struct Runnable {
    /// Its name in the manifest.
    pub name: String,
    /// The engine that it is compiled for.
    pub engine: Engine,
    /// What its instances may use.
    pub grants: Arc<Grants>,
    pre: InstancePre<State>,
}

impl Runnable {
    /// The component as one that answers requests.
    ///
    /// Errors: it doesn't.
    pub fn as_service(&self) -> Result<ServicePre<State>> {
        ServicePre::new(self.pre.clone()).map_err(|error| {
            anyhow!(
                "component {:?} has an HTTP trigger and exports no handler of wasi:http 0.3 (spin-sdk 7 makes one): {error}",
                self.name
            )
        })
    }

    /// The component as one that hears Redis messages.
    ///
    /// Errors: it doesn't.
    pub fn as_subscriber(&self) -> Result<SandboxPre<State>> {
        SandboxPre::new(self.pre.clone()).map_err(|error| {
            anyhow!(
                "component {:?} has a Redis trigger and doesn't export spin:redis/inbound-redis@3.0.0: {error}",
                self.name
            )
        })
    }
}

/// An application of a manifest.
#[derive(Clone, Copy)]
pub struct Application<'a> {
    /// The manifest.
    pub loaded: &'a LoadedManifest,
    /// The values of its variables.
    pub variables: &'a Variables,
    /// Their values for components that use Redis.
    pub with_redis: &'a Variables,
}

/// How components reach others.
pub struct Outbound<'a> {
    /// Hosts that who may connect to anybody may connect to wherever they are, as patterns.
    pub named_hosts: &'a [String],
    /// The components, as they reach each other.
    pub neighbours: Arc<Neighbours>,
    /// How other hosts are connected to.
    pub connections: Connections,
}

/// What components are made runnable with.
pub struct Workshop<'a> {
    state: &'a StateDir,
    quiet: bool,
    memory_max: usize,
    linker: Linker<State>,
    compiler: Compiler<'a>,
    database: Arc<Database>,
    key_value_store: Arc<KeyValueStore>,
    own_redis: Option<Arc<own_redis::Server>>,
    outbound: Outbound<'a>,
}

impl<'a> Workshop<'a> {
    /// A workshop with its state in a directory; `quiet` keeps components' output off the console, and `memory_max` bounds an
    /// instance's memory, in bytes.
    ///
    /// Errors: the state directory can't hold what is compiled.
    pub fn new(
        engine: &'a Engine,
        state: &'a StateDir,
        own_redis: Option<Arc<own_redis::Server>>,
        outbound: Outbound<'a>,
        quiet: bool,
        memory_max: usize,
    ) -> Result<Self> {
        let mut linker = Linker::new(engine);
        host::add_to_linker(&mut linker)?;
        Ok(Self {
            state,
            quiet,
            memory_max,
            linker,
            compiler: Compiler::new(engine, state)?,
            database: Arc::new(Database::new(state.sqlite_database())),
            key_value_store: Arc::new(KeyValueStore::new(state.key_value_store())),
            own_redis,
            outbound,
        })
    }

    /// Makes components runnable, each named with its application.
    ///
    /// Errors: a component that can't be read or compiled, or imports what isn't provided, or a setting that isn't
    /// valid with the variables in place.
    pub fn make(&self, components: &[(Application<'_>, &str)]) -> Result<Vec<Runnable>> {
        let sources: Vec<_> = components
            .iter()
            .map(|(application, name)| {
                let component = &application.loaded.manifest.components[*name];
                (*name, application.loaded.directory.join(&component.source.text))
            })
            .collect();
        let compiled = self.compiler.components(&sources)?;
        self.compiler.remove_unused();
        components
            .iter()
            .zip(compiled)
            .map(|((application, name), compiled)| {
                self.runnable(*application, name, &compiled).with_context(|| format!("component {name:?}"))
            })
            .collect()
    }

    fn runnable(&self, application: Application<'_>, name: &str, compiled: &Compiled) -> Result<Runnable> {
        let pre = self
            .linker
            .instantiate_pre(compiled)
            .map_err(|error| anyhow!("it imports what `baton up` doesn't provide: {error:#}"))?;
        let imported = compiled.component_type();
        let uses_redis =
            imported.imports(self.linker.engine()).any(|(import, _)| import.starts_with("spin:redis/redis@"));
        let variables = if uses_redis { application.with_redis } else { application.variables };
        let grants = self.grants(application.loaded, variables, name)?;
        Ok(Runnable { name: name.to_owned(), engine: self.linker.engine().clone(), grants: Arc::new(grants), pre })
    }

    fn grants(&self, loaded: &LoadedManifest, variables: &Variables, name: &str) -> Result<Grants> {
        let component = &loaded.manifest.components[name];
        let values = component
            .variables
            .iter()
            .map(|(name, template)| Ok((name.clone(), variables.render(template)?)))
            .collect::<Result<_>>()?;
        let logs = self.state.logs()?;
        let log = |stream| {
            Log::open(&logs, name, stream, !self.quiet)
                .with_context(|| format!("can't open its log in {}", logs.display()))
        };
        Ok(Grants {
            variables: values,
            allowed_hosts: Arc::new(allowed_hosts(component, variables, self.outbound.named_hosts)?),
            neighbours: Arc::clone(&self.outbound.neighbours),
            connections: self.outbound.connections.clone(),
            database: granted(&component.sqlite_databases, &self.database),
            key_value_store: granted(&component.key_value_stores, &self.key_value_store),
            own_redis: self.own_redis.clone(),
            memory_max: self.memory_max,
            environment: component.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            files: files::copy(&component.files, &component.exclude_files, &loaded.directory)?,
            stdout: log("stdout")?,
            stderr: log("stderr")?,
        })
    }
}

/// A host that is nothing but a variable without a value is left out, as in Spin.
fn allowed_hosts(component: &Component, variables: &Variables, named: &[String]) -> Result<AllowedHosts> {
    let mut hosts = AllowedHosts::default();
    for template in &component.allowed_outbound_hosts {
        let host = variables.render(template)?;
        let is_absent = host != *template && matches!(&*host, "" | "http://" | "https://");
        if !is_absent {
            hosts.add(&host).with_context(|| format!("allowed_outbound_hosts: {template:?}"))?;
        }
    }
    if hosts.have_anybody() {
        for host in named {
            hosts.add(host).with_context(|| format!("the host {host:?}"))?;
        }
    }
    Ok(hosts)
}

/// Something of which there is only the one labelled "default".
fn granted<T>(labels: &[String], default: &Arc<T>) -> Option<Arc<T>> {
    (!labels.is_empty()).then(|| Arc::clone(default))
}
