//! What components can call: WASI, and Spin's interfaces for SQLite, key-value stores, Redis and variables.

pub mod bindings;
mod key_value;
mod outbound;
mod redis;
mod resources;
mod sqlite;
mod state;
mod stream;
mod variables;

use wasmtime::component::{HasSelf, Linker};

pub use outbound::{Connections, Neighbours, Tls};
pub use state::{Grants, State};

/// Puts everything that components can call into a linker.
///
/// Errors: none that the operator could do anything about.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    bindings::spin::key_value::key_value::add_to_linker::<_, HasSelf<State>>(linker, State::note_call)?;
    bindings::spin::redis::redis::add_to_linker::<_, HasSelf<State>>(linker, State::note_call)?;
    bindings::spin::sqlite::sqlite::add_to_linker::<_, HasSelf<State>>(linker, State::note_call)?;
    bindings::spin::variables::variables::add_to_linker::<_, HasSelf<State>>(linker, State::note_call)
}
