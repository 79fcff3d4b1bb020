//! The end: the first signal asks for it, the second one doesn't wait.

use std::process;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Exit code after a second signal, as shells have it for an interrupted command.
const IMPATIENT: i32 = 130;

/// Tells whether the process has been asked to stop.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Listens for SIGINT and SIGTERM from now on. Must be called on the runtime.
    ///
    /// Errors: the system doesn't let it.
    pub fn on_signals() -> Result<Self> {
        let interrupts = signal(SignalKind::interrupt()).context("can't listen for SIGINT")?;
        let terminations = signal(SignalKind::terminate()).context("can't listen for SIGTERM")?;
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(listen(interrupts, terminations, stop));
        Ok(Self(stopping))
    }

    /// Whether the process has been asked to stop.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the process has been asked to stop.
    pub async fn wait(mut self) {
        // The sender lives as long as the runtime does.
        _ = self.0.wait_for(|stop| *stop).await;
    }
}

async fn listen(mut interrupts: Signal, mut terminations: Signal, stop: watch::Sender<bool>) {
    next(&mut interrupts, &mut terminations).await;
    eprintln!("Stopping: requests in flight are finished; a second signal ends them");
    stop.send_replace(true);
    next(&mut interrupts, &mut terminations).await;
    process::exit(IMPATIENT);
}

async fn next(interrupts: &mut Signal, terminations: &mut Signal) {
    tokio::select! {
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
}
