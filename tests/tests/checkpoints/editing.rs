//! An editor who holds a part, and uploads to it.

use std::ops::Deref;

use baton_tests::{App, Call, Json, Raw, Response, Seat, paths, shape, unique};
use serde_json::{Value, json};

/// An editor with a session.
pub struct Editing {
    /// The editor.
    pub seat: Seat,
    /// The session, as it began.
    pub session: Value,
}

impl Editing {
    /// Acquires a part that nobody else knows.
    pub fn begin(app: &App) -> Self {
        let seat = app.seat();
        let session = seat.acquire(&unique::part());
        Self { seat, session }
    }

    /// The part number.
    pub fn part(&self) -> &str {
        self.session.text("part_number")
    }

    /// Where checkpoints are made.
    pub fn keeping(&self) -> String {
        paths::of_session(&self.session, "checkpoints")
    }

    /// Where the draft is saved.
    pub fn draft(&self) -> String {
        paths::of_session(&self.session, "draft")
    }

    /// Tries to make a checkpoint.
    pub fn try_keep(&self, bytes: &[u8]) -> Response {
        self.call("POST", &self.keeping()).body("application/octet-stream", bytes).send()
    }

    /// Makes a checkpoint.
    pub fn keep(&self, bytes: &[u8]) -> Value {
        let response = self.try_keep(bytes);
        let checkpoint = response.ok(201);
        shape::checkpoint(&checkpoint);
        assert_eq!(response.header("location"), Some(paths::checkpoint(&checkpoint).as_str()));
        assert_eq!(checkpoint["size"], bytes.len());
        checkpoint
    }

    /// Tries to save a draft.
    pub fn try_save(&self, bytes: &[u8]) -> Response {
        self.call("PUT", &self.draft()).body("model/step", bytes).send()
    }

    /// Saves a draft.
    pub fn save(&self, bytes: &[u8]) {
        self.try_save(bytes).ok(204);
    }

    /// The checkpoints of the part.
    pub fn listed(&self) -> Vec<Value> {
        let all = self.pages(&paths::checkpoints(self.part()), "checkpoints", 1000);
        all.iter().for_each(shape::checkpoint);
        all
    }

    /// Asks for the bytes of a checkpoint.
    pub fn content(&self, method: &str, checkpoint: &Value) -> Call<'_> {
        self.call(method, &format!("{}/content", paths::checkpoint(checkpoint)))
    }

    /// The bytes of a checkpoint.
    pub fn bytes(&self, checkpoint: &Value) -> Vec<u8> {
        let response = self.content("GET", checkpoint).send();
        assert_eq!(response.status, 200, "{response}");
        response.body
    }

    /// Begins a request by hand, with these headers besides the token.
    pub fn send_head(&self, app: &App, method: &str, path: &str, headers: &[(&str, &str)]) -> Raw {
        let mut raw = Raw::connect(app);
        let token = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", token.as_str())];
        all.extend_from_slice(headers);
        assert!(raw.head(method, path, &all));
        raw
    }

    /// Has an admin end the session, and returns the checkpoint that its draft became.
    pub fn force_release(&self, app: &App) -> Option<Value> {
        let path = paths::of_session(&self.session, "force-release");
        let released = app.user("admin").post(&path, &json!({ "reason": "He is on leave." })).ok(200);
        let id = released["checkpoint_id"].as_str()?;
        Some(self.get(&format!("{}/{id}", paths::checkpoints(self.part()))).ok(200))
    }
}

impl Deref for Editing {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

/// How many chunks of bytes the database holds, of whomever.
pub fn chunks(app: &App) -> i64 {
    app.sql().number("SELECT count(*) FROM chunks", &[])
}

/// Bytes that tell where they stand: no two chunks of a power of two are alike.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}
