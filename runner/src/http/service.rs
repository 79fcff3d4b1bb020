//! From a request to its response.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use wasmtime_wasi_http::handler::{ErrorCode, ProxyHandler};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode as NeighbourError;

use super::body::{self, ResponseBody};
use super::gate::Gate;
use super::instances::Instances;
use super::pace::{GRACE, PacedBody};
use super::problem;
use super::request::{self, BadRequest};
use crate::app::Runnable;
use crate::reuse::Reuse;
use crate::routes::{RouteMatch, Routes};
use crate::shutdown::Stopping;

/// Paths that the runner answers itself, as Spin does.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// What a component that calls another one is known by, as in Spin.
const NEIGHBOUR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Why no component answers, and what the client is told.
type Refusal = (StatusCode, &'static str);

const NO_ROUTE: Refusal = (StatusCode::NOT_FOUND, "there is no such route");

const HEAD_TOO_LARGE: Refusal = (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too large");

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
        let request_id = problem::request_id(request.headers());
        let refusal = |(status, detail)| problem::response(status, detail, request_id.clone());
        if request::is_head_too_large(&request) {
            return refusal(HEAD_TOO_LARGE);
        }
        match request.uri().path().strip_prefix(WELL_KNOWN) {
            Some("health") => Response::new(body::text("OK")),
            Some(_) => refusal(NO_ROUTE),
            None => self.dispatch(request, client).await.unwrap_or_else(refusal),
        }
    }

    /// Has a component answer a request of another one, whatever routes lead to it.
    ///
    /// Errors: there is no such component, and so nobody has seen the request; or it has failed, and may have done something before.
    pub async fn answer_neighbour(
        &self,
        component: &str,
        mut request: Request<UnsyncBoxBody<Bytes, ErrorCode>>,
    ) -> Result<Response<ResponseBody>, NeighbourError> {
        let (gate, handler) = self.components.get(component).ok_or(NeighbourError::DestinationNotFound)?;
        let path_info = request.uri().path().to_owned();
        let route = RouteMatch { component, route: "/...", path_info, captures: Vec::new() };
        request::prepare(&mut request, &route, NEIGHBOUR)
            .map_err(|BadRequest(problem)| NeighbourError::InternalError(Some(problem.to_owned())))?;
        handler.handle(gate.enter().await, request).await.map_err(|error| {
            eprintln!("Component {component} failed at a request of another component: {error}");
            NeighbourError::InternalError(Some(format!("the component {component} has failed")))
        })
    }

    async fn dispatch(
        &self,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>, Refusal> {
        let route = self.routes.find(request.uri().path()).ok_or(NO_ROUTE)?;
        request::prepare(&mut request, &route, client)
            .map_err(|BadRequest(problem)| (StatusCode::BAD_REQUEST, problem))?;
        let request = request.map(|body| PacedBody::new(body, GRACE).boxed_unsync());
        let (gate, handler) = &self.components[route.component];
        match handler.handle(gate.enter().await, request).await {
            Ok(response) => Ok(body::finish(response, &self.stopping).await),
            Err(error) => {
                // Without the path, which its client has chosen.
                eprintln!("Component {} failed at a request for {}: {error}", route.component, route.route);
                Err((StatusCode::INTERNAL_SERVER_ERROR, "the component that answers this route has failed"))
            }
        }
    }
}
