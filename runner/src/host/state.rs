//! The host's side of an instance.

use std::collections::HashMap;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::Semaphore;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{DirPerms, FilePerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use super::outbound::{Connections, Neighbours, OutboundHttp};
use crate::hosts::AllowedHosts;
use crate::key_value::KeyValueStore;
use crate::logs::Log;
use crate::own_redis;
use crate::sqlite::Database;

/// The connections, or stores, of one kind that an instance may have open at once, as in Spin.
const MAX_OPEN: usize = 256;

/// What a component may use, the same for all its instances.
pub struct Grants {
    /// Its variables.
    pub variables: HashMap<String, String>,
    /// Whom it may connect to.
    pub allowed_hosts: Arc<AllowedHosts>,
    /// The application's components, as they reach each other.
    pub neighbours: Arc<Neighbours>,
    /// How it connects to other hosts.
    pub connections: Connections,
    /// The database "default".
    pub database: Option<Arc<Database>>,
    /// The key-value store "default".
    pub key_value_store: Option<Arc<KeyValueStore>>,
    /// The Redis in this process, if it may use that.
    pub own_redis: Option<Arc<own_redis::Server>>,
    /// How large the memory of an instance may become, in bytes.
    pub memory_max: usize,
    /// Its environment.
    pub environment: Vec<(String, String)>,
    /// Its files, which it sees as `/` and can't change.
    pub files: Option<TempDir>,
    /// Its standard output.
    pub stdout: Log,
    /// Its standard error.
    pub stderr: Log,
}

/// The host's side of one instance.
pub struct State {
    /// What its component may use.
    pub grants: Arc<Grants>,
    /// What the component holds in its hands.
    pub table: ResourceTable,
    /// Places for what it may open.
    pub places: Places,
    limits: StoreLimits,
    /// Ticks since the component last asked the host for something.
    ticks: u32,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    http_hooks: OutboundHttp,
}

/// Places for what an instance may have open; who has something open holds a permit.
pub struct Places {
    /// For connections to databases.
    pub databases: Arc<Semaphore>,
    /// For key-value stores.
    pub key_value_stores: Arc<Semaphore>,
    /// For connections to Redis.
    pub redis_connections: Arc<Semaphore>,
}

impl Places {
    fn new() -> Self {
        let places = || Arc::new(Semaphore::new(MAX_OPEN));
        Self { databases: places(), key_value_stores: places(), redis_connections: places() }
    }
}

impl State {
    /// The state of a new instance.
    ///
    /// Errors: the files can't be opened.
    pub fn new(grants: Arc<Grants>) -> wasmtime::Result<Self> {
        let mut wasi = WasiCtx::builder();
        wasi.envs(&grants.environment)
            .stdout(grants.stdout.clone())
            .stderr(grants.stderr.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        if let Some(files) = &grants.files {
            wasi.preopened_dir(files.path(), "/", DirPerms::READ, FilePerms::READ)?;
        }
        Ok(Self {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            http_hooks: OutboundHttp::new(
                Arc::clone(&grants.allowed_hosts),
                Arc::clone(&grants.neighbours),
                grants.connections.clone(),
            ),
            limits: StoreLimitsBuilder::new().memory_size(grants.memory_max).build(),
            ticks: 0,
            table: ResourceTable::new(),
            places: Places::new(),
            grants,
        })
    }
}

impl State {
    /// What bounds the instance's memory.
    pub fn limits(&mut self) -> &mut dyn ResourceLimiter {
        &mut self.limits
    }

    /// Counts the ticks of the engine between two calls of the host.
    pub fn count_tick(&mut self) -> u32 {
        self.ticks += 1;
        self.ticks
    }

    /// The component asks the host for something.
    pub fn note_call(&mut self) -> &mut Self {
        self.ticks = 0;
        self
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.note_call();
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.note_call();
        WasiHttpCtxView { hooks: &mut self.http_hooks, table: &mut self.table, ctx: &mut self.http }
    }
}
