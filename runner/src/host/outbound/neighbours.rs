//! Requests from one component to another one (Spin's service chaining): `http://NAME.spin.internal` is the component of that
//! name, whatever routes it has. Nothing of that leaves the process.

use std::sync::{OnceLock, Weak};

use bytes::Bytes;
use http::Uri;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use wasmtime_wasi_http::handler;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use crate::http::Service;

/// What the names of components end in.
const DOMAIN: &str = "spin.internal";

type Body = UnsyncBoxBody<Bytes, ErrorCode>;

/// The components of an application, as they reach each other.
#[derive(Default)]
pub struct Neighbours {
    service: OnceLock<Weak<Service>>,
}

impl Neighbours {
    /// From now on they are reached.
    pub fn settle(&self, service: Weak<Service>) {
        _ = self.service.set(service);
    }

    /// Has a component answer a request.
    pub async fn call(&self, component: &str, request: http::Request<Body>) -> Result<http::Response<Body>, ErrorCode> {
        let service = self.service.get().and_then(Weak::upgrade).ok_or(ErrorCode::DestinationUnavailable)?;
        let request = request.map(|body| body.map_err(handler::ErrorCode::P3).boxed_unsync());
        let response = service.answer_neighbour(component, request).await?;
        Ok(response.map(|body| body.map_err(|error| ErrorCode::InternalError(Some(error.to_string()))).boxed_unsync()))
    }
}

/// The component that a URL means, if it means one.
pub fn meant(uri: &Uri) -> Option<String> {
    let (name, domain) = uri.host()?.split_once('.')?;
    (domain == DOMAIN).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_meant_by_its_name() {
        for (url, name) in [
            ("http://webhooks.spin.internal/send", Some("webhooks")),
            ("http://webhooks.spin.internal:81/", Some("webhooks")),
            ("http://a.b.spin.internal/", None),
            ("http://spin.internal/", None),
            ("http://webhooks.spin.internal.example/", None),
        ] {
            assert_eq!(meant(&url.parse().unwrap()).as_deref(), name, "{url}");
        }
    }
}
