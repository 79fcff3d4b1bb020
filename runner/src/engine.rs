//! The engine that all components run on.

use std::time::Duration;

use anyhow::{Context, Result};
use wasmtime::{Config, Engine, Store, StoreContextMut, UpdateDeadline};

use crate::host::State;

/// How often a component that computes without a pause lets others have their turn.
const TICK: Duration = Duration::from_millis(10);

/// For how many ticks a component may compute without asking the host for anything: ten seconds.
const TICKS_MAX: u32 = 1_000;

/// Makes the engine, and the thread that ticks for it until the process ends.
///
/// Errors: this machine can't run WebAssembly, or can't have another thread.
pub fn new() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true).wasm_component_model_async(true).epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let ticking = engine.clone();
    std::thread::Builder::new()
        .name("ticks".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                ticking.increment_epoch();
            }
        })
        .context("can't start a thread")?;
    Ok(engine)
}

/// A store for a new instance, whose component yields at each tick, and is ended if it does nothing but compute.
pub fn store(engine: &Engine, state: State) -> Store<State> {
    let mut store = Store::new(engine, state);
    store.limiter(State::limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(on_tick);
    store
}

fn on_tick(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    match store.data_mut().count_tick() {
        ticks if ticks > TICKS_MAX => wasmtime::bail!("it computes for too long"),
        _ => Ok(UpdateDeadline::Yield(1)),
    }
}
