//! Instances of a component: made when there is work, shared by requests, and dropped when idle.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, ViewFn, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::WasiHttpView;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::gate::{Beginnings, Entry};
use crate::app::Runnable;
use crate::engine;
use crate::host::State;
use crate::reuse::Reuse;
use crate::shutdown::Stopping;

/// Makes the instances of a component.
pub struct Instances {
    component: Runnable,
    service: ServicePre<State>,
    reuse: Reuse,
    stopping: Stopping,
}

impl Instances {
    /// What makes instances of `component`.
    ///
    /// Errors: it doesn't answer requests.
    pub fn new(component: Runnable, reuse: Reuse, stopping: Stopping) -> anyhow::Result<Self> {
        Ok(Self { service: component.as_service()?, component, reuse, stopping })
    }
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Lifetime;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Lifetime>> {
        let state = State::new(self.component.grants.clone())?;
        let mut store = engine::store(&self.component.engine, state);
        let proxy = Proxy::P3(self.service.instantiate_async(&mut store).await?);
        let beginnings = Arc::new(Beginnings::default());
        Ok(Instance {
            store,
            proxy,
            view: ViewFn::P3(State::http),
            expiration: Expiration::new(self.reuse, Arc::clone(&beginnings)),
            state: Lifetime {
                component: self.component.name.clone(),
                reuse: self.reuse,
                stopping: self.stopping.clone(),
                beginnings,
            },
        })
    }
}

/// When an instance is dropped: idle for long enough, or with a request that takes too long.
pub struct Expiration {
    reuse: Reuse,
    sleep: Pin<Box<Sleep>>,
    beginnings: Arc<Beginnings>,
}

impl Expiration {
    fn new(reuse: Reuse, beginnings: Arc<Beginnings>) -> Self {
        Self { sleep: Box::pin(tokio::time::sleep(reuse.idle_instance_timeout)), reuse, beginnings }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, since: Instant) -> Poll<()> {
        // It is asked for whenever nothing in the instance can go on.
        self.beginnings.note_wait();
        let limit = match status {
            WorkerStatus::Idle => Some(self.reuse.idle_instance_timeout),
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.reuse.request_timeout,
        };
        let Some(deadline) = limit.and_then(|limit| since.checked_add(limit)) else {
            return Poll::Pending;
        };
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        self.sleep.as_mut().poll(context)
    }
}

/// How much an instance serves.
pub struct Lifetime {
    component: String,
    reuse: Reuse,
    stopping: Stopping,
    beginnings: Arc<Beginnings>,
}

impl WorkerState for Lifetime {
    type StoreData = State;
    type RequestId = Option<Entry>;

    fn should_accept_request(&self, at_once: usize, in_total: usize) -> ShouldAccept {
        self.beginnings.let_others_in();
        if in_total >= self.reuse.max_instance_reuse_count {
            ShouldAccept::Never
        } else if at_once >= self.reuse.max_instance_concurrent_reuse_count {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        entry: Option<Entry>,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        self.beginnings.begin(entry);
        match self.reuse.request_timeout {
            Some(timeout) => Box::pin(sleep(timeout)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        // At the end of the process instances are dropped whatever they do, which is no failure.
        if let Err(error) = result
            && !self.stopping.is_asked()
        {
            eprintln!("An instance of component {} failed: {error:#}", self.component);
        }
        drop(store);
    }
}

async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
