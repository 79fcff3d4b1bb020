//! A receiver of webhooks that is told of everything, and listens throughout.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use baton_tests::history::{Arrival, Heard, Trouble, stand_in};
use baton_tests::{Client, FalseClock, Json, Receiver, Reply, within};
use serde_json::json;

/// Of how many requests one is refused, and one broken off.
const TROUBLE_OF: usize = 50;

/// How far the clock goes forward at the end, in seconds: past the first retries, and what a clock that had jumped has put off.
const FORWARD: i64 = 3_000;

/// How long it may take until all has come then: where no clock can be set, what was refused twice comes after five minutes.
const PATIENCE: Duration = Duration::from_secs(400);

/// The receiver, and what has come to it.
pub struct Hook {
    receiver: Receiver,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    takes_everything: Arc<AtomicBool>,
}

impl Hook {
    /// From now on it listens.
    pub fn start() -> Self {
        let arrivals: Arc<Mutex<Vec<Arrival>>> = Arc::default();
        let takes_everything: Arc<AtomicBool> = Arc::default();
        let (noted, takes) = (Arc::clone(&arrivals), Arc::clone(&takes_everything));
        let receiver = Receiver::forgetting(move |request, before| {
            let reply = match before % TROUBLE_OF {
                _ if takes.load(Ordering::Relaxed) => Reply::ok(),
                17 => Reply::Status(500, String::new()),
                34 => Reply::BreakOff,
                _ => Reply::ok(),
            };
            noted.lock().expect("nobody panics here").push(Arrival {
                delivery: stand_in(request.header("webhook-id")),
                event: Heard::read(&request.document()),
                at: request.at,
                acknowledged: matches!(reply, Reply::Status(204, _)),
            });
            reply
        });
        Self { receiver, arrivals, takes_everything }
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> &str {
        self.receiver.host()
    }

    /// Has everything sent here from now on.
    pub fn register(&self, admin: &Client) {
        admin.post("/api/webhooks", &json!({ "url": self.receiver.url("/") })).ok(201);
    }

    /// Waits until all has come that there was to be sent; what came, and when the clock was another one meanwhile: what is on its
    /// way when it leaps may come again, as the lease on it is over.
    pub fn all(&self, admin: &Client, clock: Option<&FalseClock>) -> (Vec<Arrival>, Option<Trouble>) {
        self.takes_everything.store(true, Ordering::Relaxed);
        let from = Instant::now();
        if let Some(clock) = clock {
            clock.set(FORWARD);
        }
        let page = admin.get("/api/webhooks").ok(200);
        let id = page.list("webhooks")[0].text("id").to_owned();
        let pending = format!("/api/webhooks/{id}/deliveries?state=pending&limit=1");
        within(PATIENCE, "everything is delivered", || {
            admin.get(&pending).ok(200).list("deliveries").is_empty().then_some(())
        });
        let leap = clock.map(|clock| {
            clock.set(0);
            Trouble { from, until: Instant::now() }
        });
        (self.arrivals.lock().expect("nobody panics here").clone(), leap)
    }
}
