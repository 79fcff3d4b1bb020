//! Git LFS (contract, "Git LFS"): locks, which are edit sessions on what lies in a repository, and the way to its objects.

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;

mod handlers;
mod message;
mod model;
mod repositories;
mod store;
mod upstream;

/// This component's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/lfs/{repository}/locks", get(handlers::list).post(handlers::lock))
        .route("/lfs/{repository}/locks/verify", post(handlers::verify))
        .route("/lfs/{repository}/locks/{id}/unlock", post(handlers::unlock))
        .route("/lfs/{repository}/objects/batch", post(handlers::objects))
        .route("/api/repositories", get(repositories::list))
        .route(
            "/api/repositories/{repository}",
            get(repositories::repository).put(repositories::put).delete(repositories::delete),
        )
}

/// This component's part of the API's description.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    handlers::list,
    handlers::lock,
    handlers::verify,
    handlers::unlock,
    handlers::objects,
    repositories::list,
    repositories::repository,
    repositories::put,
    repositories::delete
))]
pub struct Api;

baton_core::http_component!(routes);
