//! Time and tasks, through the host.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};
use uuid::Uuid;

/// Lets `future` go on beside the request, and after its answer. It lives as long as the instance does.
///
/// It may begin only when something else happens to whatever calls this: who goes on to wait says `yield_now().await` first.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    host::spawn(future);
}

/// Lets others go on, those among them that have just been spawned.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits without holding up the instance's other requests.
pub async fn sleep(duration: Duration) {
    host::sleep(duration).await;
}

/// Tells the host to hand no more requests to this instance, which ends when it has answered those that have begun.
pub fn take_no_more() {
    host::take_no_more();
}

/// Takes back what [`take_no_more`] has told the host.
pub fn take_again() {
    host::take_again();
}

/// What `future` gives, if it does so within `duration`; otherwise it is dropped.
pub async fn within<T>(duration: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(duration))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// A random part of `most`: what instances differ in, so that they don't all do the same at the same time.
pub fn jitter(most: Duration) -> Duration {
    most.mul_f64(random())
}

/// Whether something happens that is so likely, from 0 to 1.
pub fn is_drawn(odds: f64) -> bool {
    random() < odds
}

/// Between 0 and 1.
fn random() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

#[cfg(target_arch = "wasm32")]
mod host {
    use std::time::Duration;

    use send_wrapper::SendWrapper;

    pub fn spawn(future: impl Future<Output = ()> + 'static) {
        spin_sdk::wasip3::wit_bindgen::spawn(future);
    }

    pub async fn sleep(duration: Duration) {
        SendWrapper::new(spin_sdk::time::sleep(duration)).await;
    }

    pub fn take_no_more() {
        spin_sdk::wasip3::wit_bindgen::backpressure_inc();
    }

    pub fn take_again() {
        spin_sdk::wasip3::wit_bindgen::backpressure_dec();
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::time::Duration;

    /// Natively a handler is called on its own, and nobody goes on after it.
    pub fn spawn(future: impl Future<Output = ()> + 'static) {
        drop(future);
    }

    pub async fn sleep(duration: Duration) {
        std::thread::sleep(duration);
    }

    /// Natively nobody hands requests in.
    pub fn take_no_more() {}

    pub fn take_again() {}
}
