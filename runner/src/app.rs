//! The application: its components, compiled, checked and with all that they may use.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::compile::Compiler;
use crate::files;
use crate::host::bindings::SandboxPre;
use crate::host::{self, Grants, State};
use crate::hosts::AllowedHosts;
use crate::key_value::KeyValueStore;
use crate::logs::Log;
use crate::manifest::{Component, LoadedManifest};
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

/// What components are made runnable with.
pub struct Preparation<'a> {
    /// The manifest.
    pub loaded: &'a LoadedManifest,
    /// The values of the application's variables.
    pub variables: &'a Variables,
    /// Where state is kept.
    pub state: &'a StateDir,
    /// Whether components' output is kept off the console.
    pub quiet: bool,
}

impl Preparation<'_> {
    /// Makes the components in `names` runnable, each on a thread of its own.
    ///
    /// Errors: a component that can't be read or compiled, or imports what isn't provided, or a setting that isn't
    /// valid with the variables in place.
    pub fn run(&self, engine: &Engine, names: &[&str]) -> Result<Vec<Runnable>> {
        let compiler = Compiler::new(engine, self.state)?;
        let mut linker = Linker::new(engine);
        host::add_to_linker(&mut linker)?;
        let databases = Databases {
            database: Arc::new(Database::new(self.state.sqlite_database())),
            key_value_store: Arc::new(KeyValueStore::new(self.state.key_value_store())),
        };
        let runnables = std::thread::scope(|scope| {
            let threads: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(index, name)| {
                    let label = format!("component {} of {}, {name}", index + 1, names.len());
                    let (compiler, linker, databases) = (&compiler, &linker, &databases);
                    scope.spawn(move || self.runnable(name, &label, compiler, linker, databases))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| anyhow!("a compiler thread panicked"))?)
                .collect()
        });
        compiler.remove_unused();
        runnables
    }

    fn runnable(
        &self,
        name: &str,
        label: &str,
        compiler: &Compiler<'_>,
        linker: &Linker<State>,
        databases: &Databases,
    ) -> Result<Runnable> {
        let make = || {
            let component = &self.loaded.manifest.components[name];
            let source = self.loaded.directory.join(&component.source.text);
            let compiled = compiler.component(&source, label)?;
            let pre = linker
                .instantiate_pre(&compiled)
                .map_err(|error| anyhow!("it imports what `baton up` doesn't provide: {error:#}"))?;
            anyhow::Ok(Runnable {
                name: name.to_owned(),
                engine: linker.engine().clone(),
                grants: Arc::new(self.grants(name, component, databases)?),
                pre,
            })
        };
        make().with_context(|| format!("component {name:?}"))
    }

    fn grants(&self, name: &str, component: &Component, databases: &Databases) -> Result<Grants> {
        let variables = component
            .variables
            .iter()
            .map(|(name, template)| Ok((name.clone(), self.variables.render(template)?)))
            .collect::<Result<_>>()?;
        let logs = self.state.logs()?;
        let log = |stream| {
            Log::open(&logs, name, stream, !self.quiet)
                .with_context(|| format!("can't open its log in {}", logs.display()))
        };
        Ok(Grants {
            variables,
            allowed_hosts: self.allowed_hosts(component)?,
            database: granted(&component.sqlite_databases, &databases.database),
            key_value_store: granted(&component.key_value_stores, &databases.key_value_store),
            environment: component.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            files: files::copy(&component.files, &component.exclude_files, &self.loaded.directory)?,
            stdout: log("stdout")?,
            stderr: log("stderr")?,
        })
    }

    /// A host that is nothing but a variable without a value is left out, as in Spin.
    fn allowed_hosts(&self, component: &Component) -> Result<AllowedHosts> {
        let mut hosts = AllowedHosts::default();
        for template in &component.allowed_outbound_hosts {
            let host = self.variables.render(template)?;
            let is_absent = host != *template && matches!(&*host, "" | "http://" | "https://");
            if !is_absent {
                hosts.add(&host).with_context(|| format!("allowed_outbound_hosts: {template:?}"))?;
            }
        }
        Ok(hosts)
    }
}

/// What several components may share.
struct Databases {
    database: Arc<Database>,
    key_value_store: Arc<KeyValueStore>,
}

/// Something of which there is only the one labelled "default".
fn granted<T>(labels: &[String], default: &Arc<T>) -> Option<Arc<T>> {
    (!labels.is_empty()).then(|| Arc::clone(default))
}
