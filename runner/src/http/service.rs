//! From a request to its response.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::Result;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use wasmtime_wasi_http::handler::{ErrorCode, ProxyHandler};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode as BodyError;

use super::body::{self, ResponseBody};
use super::gate::Gate;
use super::instances::Instances;
use super::request::{self, BadRequest};
use crate::app::Runnable;
use crate::reuse::Reuse;
use crate::routes::Routes;
use crate::shutdown::Stopping;

/// Paths that the runner answers itself, as Spin does.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Answers requests with the components that the routes name.
pub struct Service {
    routes: Routes,
    components: HashMap<String, (Gate, ProxyHandler<Instances>)>,
    stopping: Stopping,
}

impl Service {
    /// A service for `routes`, each of which leads to one of `components`.
    ///
    /// Errors: a component that doesn't answer requests.
    pub fn new(routes: Routes, components: Vec<Runnable>, reuse: Reuse, stopping: Stopping) -> Result<Self> {
        let components = components
            .into_iter()
            .map(|component| {
                let name = component.name.clone();
                let instances = Instances::new(component, reuse, stopping.clone())?;
                Ok((name, (Gate::new(), ProxyHandler::new(instances))))
            })
            .collect::<Result<_>>()?;
        Ok(Self { routes, components, stopping })
    }

    /// The routes.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Answers a request of a client.
    pub async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<ResponseBody> {
        if let Some(own) = request.uri().path().strip_prefix(WELL_KNOWN) {
            return match own {
                "health" => Response::new(body::text("OK")),
                _ => status(StatusCode::NOT_FOUND),
            };
        }
        match self.dispatch(request, client).await {
            Ok(response) => response,
            Err(BadRequest(problem)) => {
                let mut response = Response::new(body::text(problem));
                *response.status_mut() = StatusCode::BAD_REQUEST;
                response
            }
        }
    }

    async fn dispatch(
        &self,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>, BadRequest> {
        let path = request.uri().path().to_owned();
        let Some(route) = self.routes.find(&path) else {
            return Ok(status(StatusCode::NOT_FOUND));
        };
        request::prepare(&mut request, &route, client)?;
        let request = request.map(|body| body.map_err(unreadable).boxed_unsync());
        let (gate, handler) = &self.components[route.component];
        match handler.handle(gate.enter().await, request).await {
            Ok(response) => Ok(body::finish(response, &self.stopping).await),
            Err(error) => {
                eprintln!("Component {} failed at {path}: {error}", route.component);
                Ok(status(StatusCode::INTERNAL_SERVER_ERROR))
            }
        }
    }
}

/// The request's body can't be read to its end, for the most part as the client has gone.
fn unreadable(error: hyper::Error) -> ErrorCode {
    BodyError::from_hyper_request_error(error).into()
}

fn status(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(body::empty());
    *response.status_mut() = status;
    response
}
