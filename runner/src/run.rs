//! From a manifest to an application that is served.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Runtime;

use crate::app::{Preparation, Runnable};
use crate::engine;
use crate::http::{Server, Service};
use crate::manifest::{LoadedManifest, Manifest};
use crate::redis_trigger::{self, Listener};
use crate::reuse::Reuse;
use crate::routes::Routes;
use crate::shutdown::Stopping;
use crate::state_dir::StateDir;
use crate::variables::Variables;

/// How an application is served.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Where HTTP is served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether components' output is kept off the console.
    pub quiet: bool,
    /// How instances are used.
    pub reuse: Reuse,
}

/// Serves an application until a signal comes.
///
/// Errors: whatever keeps it from starting.
pub fn run(loaded: &LoadedManifest, variables: &Variables, state: &StateDir, options: &Options) -> Result<()> {
    allow_many_connections();
    let runtime = Runtime::new().context("can't start the runtime")?;
    let application = prepare(loaded, variables, state, options)?;
    runtime.block_on(serve(application, options, &loaded.manifest))?;
    // What is left are tasks of requests that were given up.
    runtime.shutdown_background();
    eprintln!("Stopped");
    Ok(())
}

/// Lets the process have as many connections as the system allows, as every waiting client holds one.
fn allow_many_connections() {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limits.maximum, ..limits };
    // Fewer connections are no reason not to start.
    _ = setrlimit(Resource::Nofile, raised);
}

/// An application that is ready to be served.
struct Application {
    routes: Routes,
    /// The components of the HTTP triggers.
    answering: Vec<Runnable>,
    listeners: Vec<Listener>,
}

fn prepare(loaded: &LoadedManifest, variables: &Variables, state: &StateDir, options: &Options) -> Result<Application> {
    let subscriptions = redis_trigger::subscriptions(&loaded.manifest, variables)?;
    let routes = routes(&loaded.manifest)?;
    let answers = |name: &str| routes.iter().any(|(_, component)| component == name);
    let hears = |name: &str| subscriptions.iter().any(|subscription| subscription.component == name);
    let names: Vec<&str> =
        loaded.manifest.components.keys().map(String::as_str).filter(|name| answers(name) || hears(name)).collect();
    ensure!(!names.is_empty(), "there is nothing to serve");
    let preparation = Preparation { loaded, variables, state, quiet: options.quiet };
    let components = preparation.run(&engine::new()?, &names)?;
    let answering = components.iter().filter(|component| answers(&component.name)).cloned().collect();
    let listeners = redis_trigger::listeners(subscriptions, &components)?;
    Ok(Application { routes, answering, listeners })
}

fn routes(manifest: &Manifest) -> Result<Routes> {
    let mut routes = Routes::default();
    for trigger in &manifest.trigger.http {
        routes.add(&trigger.route.text, &trigger.component.text)?;
    }
    Ok(routes)
}

async fn serve(application: Application, options: &Options, manifest: &Manifest) -> Result<()> {
    // Not before: a signal while components are compiled ends the process at once.
    let stopping = Stopping::on_signals()?;
    let server = if application.answering.is_empty() {
        None
    } else {
        let Application { routes, answering, .. } = application;
        let service = Service::new(routes, answering, options.reuse, stopping.clone())?;
        Some(Server::bind(options.listen, service).await?)
    };
    for listener in application.listeners {
        tokio::spawn(listener.run());
    }
    match server {
        Some(server) => {
            server.announce(manifest)?;
            server.run(stopping).await;
        }
        None => stopping.wait().await,
    }
    Ok(())
}
