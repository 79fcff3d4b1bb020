//! A user who edits, asks, answers and stands in line, and asks again where an answer got lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use baton_tests::{Call, Json, paths};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::notes::{Answer, Notes};
use crate::scene::Desk;

/// How often a request is repeated whose answer got lost.
const TRIES: usize = 8;

/// How long a session may last, in seconds. Faults are longer than the first.
const TERMS: [u64; 3] = [2, 5, 60];

/// Somebody at a desk.
pub struct Editor<'a> {
    began: Instant,
    desk: &'a Desk,
    rng: Rng,
    notes: Notes,
}

impl<'a> Editor<'a> {
    /// What they do follows from the seed, and from what they are answered.
    pub fn new(began: Instant, desk: &'a Desk, seed: u64) -> Self {
        Self { began, desk, rng: Rng::with_seed(seed), notes: Notes::default() }
    }

    /// Works until it is over.
    pub fn work(mut self, over: &AtomicBool) -> Self {
        while !over.load(Ordering::Relaxed) {
            match self.rng.u32(..100) {
                0..80 => self.edit(),
                80..90 => self.look(),
                _ => self.answer(),
            }
        }
        self
    }

    /// What they have noted.
    pub fn into_notes(self) -> Notes {
        self.notes
    }

    fn edit(&mut self) {
        let part = self.rng.choice(&self.desk.parts).expect("parts").clone();
        let object = *self.rng.choice(&[None, None, None, Some("A"), Some("B")]).expect("five");
        let term = *self.rng.choice(&TERMS).expect("three");
        let Some(session) = self.acquire(&part, object, term) else { return };
        for _ in 0..self.rng.u32(..4) {
            self.use_session(&session);
        }
        // Others are left to expire, or to whoever asks for them.
        if self.rng.u32(..10) > 0 {
            self.release(&session);
        }
    }

    /// Sends what `call` makes until there is an answer.
    fn insist(&mut self, what: &str, expected: &[u16], call: impl Fn(&'a Desk) -> Call<'a>) -> Option<Answer> {
        for _ in 0..TRIES {
            let answer = self.notes.ask(self.began, what, call(self.desk), expected);
            if answer.is_some() {
                return answer;
            }
            thread::sleep(Duration::from_millis(self.rng.u64(20..200)));
        }
        None
    }

    fn acquire(&mut self, part: &str, object: Option<&str>, term: u64) -> Option<Value> {
        let seat = &self.desk.seat;
        let body = json!({ "workstation_id": seat.workstation, "ttl_seconds": term, "object_id": object });
        let path = paths::sessions(part);
        let answer = self.insist("acquire", &[200, 201, 409], |desk| desk.seat.call("POST", &path).json(&body))?;
        let action = match answer.status {
            201 => "edit.session_acquired",
            200 => "edit.session_renewed",
            _ => {
                self.meet(part, &answer.body);
                return None;
            }
        };
        self.notes.acknowledge(action, answer.body.text("id"), Some(&answer.request));
        self.notes.sight(&answer.body, &answer);
        Some(answer.body)
    }

    /// Somebody else holds it: asks, stands in line, or overrides.
    fn meet(&mut self, part: &str, problem: &Value) {
        let Some(holder) = problem["holder"]["session_id"].as_str() else { return };
        let path = |action: &str| format!("{}/{holder}/{action}", paths::sessions(part));
        let desk = self.desk;
        match (self.rng.u32(..100), &desk.admin) {
            (0..3, Some(admin)) => {
                let call = admin.call("DELETE", &path("force-release")).json(&json!({ "reason": "a fault test" }));
                if let Some(answer) = self.notes.ask(self.began, "force-release", call, &[200, 404, 410])
                    && answer.status == 200
                {
                    self.notes.acknowledge("edit.force_released", holder, Some(&answer.request));
                }
            }
            (3..20, _) => {
                let (line, workstation) = (self.rng.bool(), &desk.seat.workstation);
                let body = json!({ "message": "May I?", "workstation_id": workstation, "auto_acquire": line });
                let call = desk.seat.call("POST", &path("request-handoff")).json(&body);
                let answer = self.notes.ask(self.began, "ask", call, &[200, 202, 404, 409, 410]);
                if let Some(answer) = answer.filter(|answer| answer.status == 202) {
                    let session = answer.body.text("session_id");
                    self.notes.acknowledge("edit.handoff_requested", session, Some(&answer.request));
                }
            }
            _ => thread::sleep(Duration::from_millis(self.rng.u64(5..50))),
        }
    }

    fn use_session(&mut self, session: &Value) {
        let seat = &self.desk.seat;
        match self.rng.u32(..20) {
            0..6 => self.verify(session),
            6..10 => {
                let call = seat.call("POST", &paths::of_session(session, "renew"));
                if let Some(answer) = self.notes.ask(self.began, "renew", call, &[200, 410])
                    && answer.status == 200
                {
                    self.notes.acknowledge("edit.session_renewed", session.text("id"), Some(&answer.request));
                    self.notes.sight(&answer.body, &answer);
                }
            }
            10..12 => {
                let bytes = vec![b'd'; self.rng.usize(..20_000)];
                let call = seat.call("PUT", &paths::of_session(session, "draft")).body("model/step", bytes);
                if let Some(answer) = self.notes.ask(self.began, "draft", call, &[204, 410])
                    && answer.status == 204
                {
                    self.notes.acknowledge("edit.draft_saved", session.text("id"), Some(&answer.request));
                }
            }
            12..14 => {
                let bytes = vec![b'c'; self.rng.usize(..20_000)];
                let call = seat.call("POST", &paths::of_session(session, "checkpoints")).body("model/step", bytes);
                if let Some(answer) = self.notes.ask(self.began, "checkpoint", call, &[201, 410])
                    && answer.status == 201
                {
                    self.notes.acknowledge("checkpoint.created", answer.body.text("id"), Some(&answer.request));
                }
            }
            // Sleeps beyond the shortest lease, and doesn't notice.
            14 => {
                thread::sleep(Duration::from_millis(2_300));
                self.verify(session);
            }
            _ => thread::sleep(Duration::from_millis(self.rng.u64(1..40))),
        }
    }

    fn verify(&mut self, session: &Value) {
        let call = self.desk.seat.call("POST", &paths::of_session(session, "verify"));
        let call = call.json(&json!({ "fence": session["fence"] }));
        if let Some(answer) = self.notes.ask(self.began, "verify", call, &[200, 409])
            && answer.status == 200
        {
            self.notes.sight(session, &answer);
        }
    }

    fn release(&mut self, session: &Value) {
        let path = paths::session(session);
        let answer = self.insist("release", &[204, 410], |desk| desk.seat.call("DELETE", &path));
        if answer.is_some_and(|answer| answer.status == 204) {
            // One whose answer got lost may have done it.
            self.notes.acknowledge("edit.session_released", session.text("id"), None);
        }
    }

    /// Reads something.
    fn look(&mut self) {
        let part = self.rng.choice(&self.desk.parts).expect("parts");
        let paths = [
            paths::item(part),
            paths::sessions(part),
            paths::checkpoints(part),
            "/api/edit-sessions".to_owned(),
            "/api/handoff-requests".to_owned(),
            "/api/quotas".to_owned(),
            "/readyz".to_owned(),
        ];
        let path = self.rng.choice(&paths).expect("seven");
        self.notes.ask(self.began, path, self.desk.seat.call("GET", path), &[200]);
    }

    /// Answers what has been asked for, and takes back what one has asked for.
    fn answer(&mut self) {
        for request in self.list("/api/handoff-requests?limit=1000", "handoff_requests") {
            let is_own = request["requester"] == self.desk.seat.user.as_str();
            if request["status"] == "pending" && self.rng.u32(..3) == 0 {
                let choice = if self.rng.bool() {
                    ("accept", "edit.handoff_accepted")
                } else {
                    ("decline", "edit.handoff_declined")
                };
                if is_own { self.cancel(&request) } else { self.decide(&request, choice) }
            }
        }
    }

    fn decide(&mut self, request: &Value, (action, recorded): (&str, &'static str)) {
        let call = self.desk.seat.call("POST", &paths::of_request(request, action)).json(&json!({}));
        if let Some(answer) = self.notes.ask(self.began, action, call, &[200, 403, 409, 410])
            && answer.status == 200
        {
            // It may wait on another session of the same holder's since it was listed.
            let session = answer.body["session_id"].as_str().unwrap_or(request.text("session_id"));
            self.notes.acknowledge(recorded, session, Some(&answer.request));
        }
    }

    fn cancel(&mut self, request: &Value) {
        let path = paths::request(request);
        self.insist("cancel", &[200, 204, 409, 410], |desk| desk.seat.call("DELETE", &path));
    }

    fn list(&mut self, path: &str, plural: &str) -> Vec<Value> {
        let answer = self.insist(path, &[200], |desk| desk.seat.call("GET", path));
        answer.map(|answer| answer.body.list(plural).to_vec()).unwrap_or_default()
    }

    /// Takes back all that one has asked for.
    pub fn leave_the_line(&mut self) {
        for request in self.list("/api/handoff-requests?limit=1000", "handoff_requests") {
            if request["status"] == "pending" && request["requester"] == self.desk.seat.user.as_str() {
                self.cancel(&request);
            }
        }
    }

    /// Gives back all that one holds.
    pub fn release_all(&mut self) {
        for session in self.list("/api/edit-sessions?limit=1000", "edit_sessions") {
            self.release(&session);
        }
    }
}
