//! What a team would write instead of Baton: a plain service on PostgreSQL that does the same work for an edit session
//! (contract, "Edit sessions"), to be measured beside it.
//!
//! As a good engineer would write it: a pool of kept connections, prepared statements, a lock on the item's row where two
//! might meet, and a session, its event, its deliveries and its audit row in one transaction, which goes to the database in
//! one message.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "this is how a command speaks")]

mod answer;
mod auth;
mod model;
mod routes;
mod store;

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;

use crate::auth::Verifier;
use crate::routes::Service;
use crate::store::Store;

/// A plain service on PostgreSQL that does for an edit session what Baton does.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The database, as libpq names it
    #[arg(long, value_name = "PARAMETERS")]
    database: String,

    /// How many connections to the database are kept
    #[arg(long, default_value_t = 32)]
    connections: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let secret = std::env::var("AUTH_SECRET").context("AUTH_SECRET")?;
    let store = Store::open(&options.database, options.connections).await?;
    let routes = routes::routes(Service { store, verifier: Verifier::new(secret.as_bytes()) });
    let listener = TcpListener::bind(options.listen).await?;
    println!("Serving http://{}", listener.local_addr()?);
    // Head and body of an answer don't wait for each other's acknowledgement.
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await?;
    Ok(())
}
