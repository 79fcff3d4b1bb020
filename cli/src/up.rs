//! `baton up`

use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::app::{Preparation, Runnable};
use crate::build;
use crate::cli::UpArgs;
use crate::engine;
use crate::http::{Server, Service};
use crate::manifest::{LoadedManifest, Manifest};
use crate::redis_trigger::{self, Listener};
use crate::routes::Routes;
use crate::shutdown::Stopping;
use crate::state_dir::StateDir;
use crate::variables::Variables;

/// Runs the application until a signal comes.
///
/// Errors: whatever keeps it from starting.
pub fn run(mut args: UpArgs) -> Result<()> {
    if let Some(url) = args.redis_url.take() {
        args.app.variables.push(("redis_url".to_owned(), url));
    }
    let loaded = LoadedManifest::read(&args.app.from)?;
    let state = StateDir::open(args.app.state_dir.as_deref(), &loaded.directory)?;
    let variables = Variables::resolve(&loaded.manifest, &args.app.variables, &state)?;
    if args.build {
        build::run(&loaded)?;
    }
    let runtime = Runtime::new().context("can't start the runtime")?;
    let _guard = runtime.enter();
    let stopping = Stopping::on_signals()?;
    let application = prepare(&args, &loaded, &variables, &state, &stopping)?;
    runtime.block_on(serve(application, &args, &loaded.manifest, stopping))?;
    // What is left are tasks of requests that were given up.
    runtime.shutdown_background();
    eprintln!("Stopped");
    Ok(())
}

/// An application that is ready to be served.
struct Application {
    service: Option<Service>,
    listeners: Vec<Listener>,
}

fn prepare(
    args: &UpArgs,
    loaded: &LoadedManifest,
    variables: &Variables,
    state: &StateDir,
    stopping: &Stopping,
) -> Result<Application> {
    let subscriptions = redis_trigger::subscriptions(&loaded.manifest, variables)?;
    let mut names: Vec<&str> = Vec::new();
    let http = loaded.manifest.trigger.http.iter().map(|trigger| &*trigger.component.text);
    let redis = subscriptions.iter().map(|subscription| &*subscription.component);
    for name in http.clone().chain(redis) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let preparation = Preparation { loaded, variables, state, quiet: args.quiet };
    let components = preparation.run(&engine::new()?, &names)?;
    let answering: Vec<Runnable> =
        components.iter().filter(|component| http.clone().any(|name| name == component.name)).cloned().collect();
    let service = match answering.is_empty() {
        true => None,
        false => Some(Service::new(routes(&loaded.manifest)?, answering, args.reuse, stopping.clone())?),
    };
    let listeners = redis_trigger::listeners(subscriptions, &components)?;
    Ok(Application { service, listeners })
}

fn routes(manifest: &Manifest) -> Result<Routes> {
    let mut routes = Routes::default();
    for trigger in &manifest.trigger.http {
        routes.add(&trigger.route.text, &trigger.component.text)?;
    }
    Ok(routes)
}

async fn serve(application: Application, args: &UpArgs, manifest: &Manifest, stopping: Stopping) -> Result<()> {
    ensure!(application.service.is_some() || !application.listeners.is_empty(), "there is nothing to serve");
    let server = match application.service {
        Some(service) => Some(Server::bind(args.listen, service).await?),
        None => None,
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
