//! Reservations (contract, "Reservations"): who is to have which parts when, once or by a rule that repeats (RFC 5545), and the same
//! as a calendar.

use axum::Router;
use axum::routing::{delete, get};
use utoipa::OpenApi;

mod calendar;
mod filter;
mod handlers;
mod model;
mod rule;
mod store;
mod times;
mod zone;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/api/reservations", get(handlers::list).post(handlers::reserve))
        .route("/api/reservations/{id}", delete(handlers::withdraw))
        .route("/api/reservations.ics", get(handlers::feed))
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(handlers::reserve, handlers::list, handlers::withdraw, handlers::feed))]
pub struct Api;

baton_core::http_component!(routes);
