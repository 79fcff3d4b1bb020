//! Baton's own handlers and SQL behind axum, without a sandbox: what WebAssembly and its host cost, measured beside them.
//!
//! It registers workstations, and grants, reads and releases sessions. What needs more than SQLite and a request, such as
//! waiting for events, has only a component's host. Variables come from the environment (`SPIN_VARIABLE_AUTH_SECRET`).

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "this is how a command speaks")]

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Error, Result};
use axum::Router;
use axum::extract::Request;
use axum::serve::ListenerExt;
use clap::Parser;
use tokio::net::TcpListener;

/// Baton's handlers for edit sessions, without a sandbox.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The file that the state is kept in
    #[arg(long, value_name = "FILE")]
    database: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    baton_core::db::serve_file(options.database).await.map_err(Error::msg)?;
    let listener = TcpListener::bind(options.listen).await?;
    println!("Serving http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Head and body of an answer don't wait for each other's acknowledgement.
        _ = stream.set_nodelay(true);
    });
    axum::serve(listener, application()).await?;
    Ok(())
}

/// The components' routes, each request on the way that it has in a component.
fn application() -> Router {
    let routes = edit_sessions::routes().merge(workstations::routes()).merge(service::routes());
    Router::new().fallback(async move |request: Request| baton_core::http::serve("native", &routes, request).await)
}
