//! Many who wait for events at once, each on a connection of its own and none on a thread of its own.

use std::sync::Once;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::Value;

use crate::{App, Raw, Seat, encode};

/// Lets this process, and the servers that it starts from now on, have as many connections as the system allows.
pub fn allow_crowds() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
        setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("the limit can be raised as far as it goes");
    });
}

/// One who waits. Dropping it is going away without a word.
pub struct Bystander(Raw);

impl Bystander {
    /// Begins to wait for the events of a seat's workstation.
    pub fn new(app: &App, seat: &Seat, after: &str, wait: u32) -> Self {
        let mut raw = Raw::connect(app);
        let path = format!("/api/events?workstation_id={}&wait={wait}&after={}", seat.workstation, encode(after));
        assert!(raw.head("GET", &path, &[("authorization", &format!("Bearer {}", seat.token))]), "the server hangs up");
        Self(raw)
    }

    /// Waits for the answer.
    pub fn answer(self) -> Value {
        let (status, text) = self.0.read();
        assert_eq!(status, 200, "{text}");
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}
