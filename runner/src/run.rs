//! From a manifest to an application that is served.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use tokio::runtime::Runtime;

use crate::app::{Application, Outbound, Runnable, Workshop};
use crate::engine;
use crate::host::{Connections, Neighbours, Tls};
use crate::http::{ConnectionLimits, Server, Service};
use crate::manifest::LoadedManifest;
use crate::own_redis;
use crate::redis_trigger::{self, Listener, Subscription};
use crate::reuse::Reuse;
use crate::routes::Routes;
use crate::shutdown::Stopping;
use crate::state_dir::StateDir;
use crate::variables::Variables;

/// How many open files clients leave to the runner itself: each instance of a component opens the database several times.
const FILES_RESERVED: usize = 1024;

/// How applications are served.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Where HTTP is served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether components' output is kept off the console.
    pub quiet: bool,
    /// How instances are used.
    pub reuse: Reuse,
    /// The most connections; none: as many as there may be open files, but for a reserve.
    pub max_connections: Option<usize>,
    /// The most connections of one address; none: all for this machine's own, a quarter for others.
    pub max_connections_per_address: Option<usize>,
    /// What a browser is for: what it is called, and its path, which is printed as an address of this server.
    pub welcome: Option<(&'a str, &'a str)>,
    /// The variables that are to name a Redis in this process, in components that use Redis; none: there is none.
    pub own_redis: Option<&'a [&'a str]>,
    /// Hosts, as patterns of `allowed_outbound_hosts`, that components which may connect to anybody may connect to wherever they
    /// are: others are reached outside alone.
    pub named_hosts: &'a [String],
    /// Certificates (PEM) that are trusted beside the usual roots where components connect to others.
    pub more_roots: Option<&'a Path>,
}

/// Serves applications, each with the values of its variables, in one process and with one state, until a signal comes.
///
/// Errors: whatever keeps them from starting.
pub fn run(applications: &[(LoadedManifest, Variables)], state: &StateDir, options: &Options<'_>) -> Result<()> {
    // Databases and logs are for their owner alone.
    umask(Mode::RWXG | Mode::RWXO);
    let files = allow_many_files();
    let runtime = Runtime::new().context("can't start the runtime")?;
    let ready = prepare(applications, state, options)?;
    let limits = ConnectionLimits {
        in_all: options.max_connections.unwrap_or(usize::MAX).min(files - files_reserved(files)),
        of_one_address: options.max_connections_per_address,
    };
    runtime.block_on(serve(ready, options, limits, applications))?;
    // What is left are tasks of requests that were given up.
    runtime.shutdown_background();
    eprintln!("Stopped");
    Ok(())
}

/// Lets the process have as many open files as the system allows, as every waiting client holds one; how many that is.
fn allow_many_files() -> usize {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limits.maximum, ..limits };
    // Fewer connections are no reason not to start.
    _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// How many files are kept for databases, logs and Redis: clients can't take them.
fn files_reserved(files: usize) -> usize {
    (files / 4).min(FILES_RESERVED)
}

/// Applications that are ready to be served.
struct Ready {
    routes: Routes,
    /// The components of the HTTP triggers.
    answering: Vec<Runnable>,
    listeners: Vec<Listener>,
    neighbours: Arc<Neighbours>,
}

fn prepare(applications: &[(LoadedManifest, Variables)], state: &StateDir, options: &Options<'_>) -> Result<Ready> {
    let own_redis = options.own_redis.map(|_| own_redis::Server::new());
    let addresses: Vec<_> =
        options.own_redis.unwrap_or_default().iter().map(|name| (*name, own_redis::ADDRESS)).collect();
    let with_redis: Vec<_> = applications.iter().map(|(_, variables)| variables.with(&addresses)).collect();
    let applications: Vec<_> = applications
        .iter()
        .zip(&with_redis)
        .map(|((loaded, variables), with_redis)| Application { loaded, variables, with_redis })
        .collect();
    let plan = Plan::new(&applications)?;
    let engine = engine::new()?;
    let neighbours = Arc::new(Neighbours::default());
    let outbound = Outbound {
        named_hosts: options.named_hosts,
        neighbours: Arc::clone(&neighbours),
        connections: Connections::new(Tls::new(options.more_roots)?),
    };
    let memory_max = options.reuse.max_instance_memory;
    let workshop = Workshop::new(&engine, state, own_redis.clone(), outbound, options.quiet, memory_max)?;
    let components = workshop.make(&plan.components)?;
    let answers = |component: &Runnable| plan.routes.iter().any(|(_, name)| name == component.name);
    let answering = components.iter().filter(|component| answers(component)).cloned().collect();
    let listeners = redis_trigger::listeners(plan.subscriptions, &components, own_redis.as_ref())?;
    Ok(Ready { routes: plan.routes, answering, listeners, neighbours })
}

/// What all applications respond to, and with which components.
struct Plan<'a> {
    routes: Routes,
    subscriptions: Vec<Subscription>,
    components: Vec<(Application<'a>, &'a str)>,
}

impl<'a> Plan<'a> {
    fn new(applications: &[Application<'a>]) -> Result<Self> {
        let mut plan = Self { routes: Routes::default(), subscriptions: Vec::new(), components: Vec::new() };
        for application in applications {
            plan.add(*application)?;
        }
        ensure!(!plan.components.is_empty(), "there is nothing to serve");
        Ok(plan)
    }

    fn add(&mut self, application: Application<'a>) -> Result<()> {
        let manifest = &application.loaded.manifest;
        for trigger in &manifest.trigger.http {
            self.routes.add(&trigger.route.text, &trigger.component.text)?;
        }
        let subscriptions = redis_trigger::subscriptions(manifest, application.with_redis)?;
        for name in manifest.components.keys() {
            let answers = manifest.trigger.http.iter().any(|trigger| trigger.component.text == *name);
            let hears = subscriptions.iter().any(|subscription| subscription.component == *name);
            if answers || hears {
                let is_new = self.components.iter().all(|(_, other)| other != name);
                ensure!(is_new, "two applications that are served together have a component {name:?}");
                self.components.push((application, name));
            }
        }
        self.subscriptions.extend(subscriptions);
        Ok(())
    }
}

async fn serve(
    ready: Ready,
    options: &Options<'_>,
    limits: ConnectionLimits,
    applications: &[(LoadedManifest, Variables)],
) -> Result<()> {
    // Not before: a signal while components are compiled ends the process at once.
    let stopping = Stopping::on_signals()?;
    let server = if ready.answering.is_empty() {
        None
    } else {
        let service = Arc::new(Service::new(ready.routes, ready.answering, options.reuse, stopping.clone())?);
        ready.neighbours.settle(Arc::downgrade(&service));
        Some(Server::bind(options.listen, service, limits).await?)
    };
    for listener in ready.listeners {
        tokio::spawn(listener.run());
    }
    match server {
        Some(server) => {
            let manifests = applications.iter().map(|(loaded, _)| &loaded.manifest);
            server.announce(&manifests.collect::<Vec<_>>(), options.welcome)?;
            server.run(stopping).await;
        }
        None => stopping.wait().await,
    }
    Ok(())
}
