//! The word that has webhooks sent. One component sends (`components/webhooks`); the others call it within the host (Spin's
//! service chaining), and no request comes from outside for that.
//!
//! The database says what is to be sent; this only wakes. Whatever goes wrong here costs time, never a delivery.

use std::cell::RefCell;
use std::time::Duration;

use crate::db::{Database, params};
use crate::task::{self, within};
use crate::{Result, log};

/// Where the sender hears. `spin.toml` lets components call it.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively nobody sends"))]
const SENDER: &str = "http://webhooks.spin.internal/send";

/// The path of that.
pub const SEND: &str = "/send";

/// How long a call may take: it is answered when the sender has heard.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long an instance rests between two calls. What comes meanwhile goes with the next one.
const REST: Duration = Duration::from_millis(10);

/// Whether the sender is to look: something is to be sent that nobody is sending, or something is for later and nobody stays awake
/// for that (the process that did has ended).
const UNATTENDED: &str = "
    SELECT 1
    WHERE EXISTS (SELECT 1 FROM webhook_work)
       OR (EXISTS (SELECT 1 FROM webhook_pauses)
           AND NOT EXISTS (SELECT 1 FROM webhook_watch WHERE until > (SELECT now FROM clock)))";

#[derive(Default)]
struct Calling {
    /// Whether somebody sees to it.
    is_served: bool,
    /// Whether there is something that the last call may not have told of.
    is_wanted: bool,
}

thread_local! {
    static CALLING: RefCell<Calling> = RefCell::default();
}

/// Has the sender look, beside this request and after its answer.
pub fn wake() {
    let must_serve = CALLING.with_borrow_mut(|calling| {
        calling.is_wanted = true;
        !std::mem::replace(&mut calling.is_served, true)
    });
    if must_serve {
        task::spawn(serve(Service));
    }
}

/// Has the sender look if nobody sees to what is to be sent.
pub async fn see_to(database: &Database) -> Result<()> {
    if database.row(UNATTENDED, params![]).await?.is_some() {
        wake();
    }
    Ok(())
}

/// Whoever holds this calls. What is wanted when it goes is told of by whoever looks next.
struct Service;

impl Drop for Service {
    fn drop(&mut self) {
        CALLING.take();
    }
}

async fn serve(service: Service) {
    while CALLING.with_borrow_mut(|calling| std::mem::take(&mut calling.is_wanted)) {
        match within(PATIENCE, host::call()).await {
            Some(Ok(())) => {}
            Some(Err(error)) => log::line(format_args!("the sender of webhooks can't be called: {error}")),
            None => log::line(format_args!("the sender of webhooks doesn't answer")),
        }
        task::sleep(REST).await;
    }
    drop(service);
}

#[cfg(target_arch = "wasm32")]
mod host {
    use send_wrapper::SendWrapper;
    use spin_sdk::http::{EmptyBody, Request, send};

    pub async fn call() -> Result<(), String> {
        SendWrapper::new(async {
            let request = Request::post(super::SENDER).body(EmptyBody::new()).map_err(|error| error.to_string())?;
            let response = send(request).await.map_err(|error| format!("{error:?}"))?;
            if response.status().is_success() { Ok(()) } else { Err(format!("status {}", response.status())) }
        })
        .await
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    pub async fn call() -> Result<(), String> {
        Ok(())
    }
}
