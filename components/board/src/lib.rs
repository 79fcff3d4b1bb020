//! The board (contract, "The board"): a page for a browser, and the files that it is made of. They hold nothing of anybody: the
//! page asks the API for all that it shows, with its user's token.

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;

mod files;
mod handlers;

/// This component's routes.
pub fn routes() -> Router {
    Router::new().route("/", get(handlers::page)).route("/board/{file}", get(handlers::file))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::page, handlers::file))]
pub struct Api;

baton_core::http_component!(routes);
