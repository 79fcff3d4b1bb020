//! A user at a workstation: whoever edits.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::{Client, Inbox, Json, Response, paths, shape};

/// A user at a workstation.
#[derive(Clone)]
pub struct Seat {
    client: Client,
    /// The workstation's id.
    pub workstation: String,
}

impl Seat {
    /// Registers a workstation for this user.
    pub fn new(client: Client) -> Self {
        let workstation = client.workstation();
        Self { client, workstation }
    }

    /// The same workstation, with requests that go another way.
    pub fn with(&self, client: Client) -> Self {
        Self { client, workstation: self.workstation.clone() }
    }

    /// The body of an acquisition, with further members.
    fn with_workstation(&self, more: &Value) -> Value {
        let mut body = json!({ "workstation_id": self.workstation });
        let members = more.as_object().expect("more members");
        body.as_object_mut().expect("an object").extend(members.clone());
        body
    }

    /// Tries to acquire a part, with further members in the body (`json!({})` for none).
    pub fn try_acquire(&self, part: &str, more: &Value) -> Response {
        self.post(&paths::sessions(part), &self.with_workstation(more))
    }

    /// Acquires a part that is free.
    pub fn acquire(&self, part: &str) -> Value {
        self.acquire_with(part, &json!({}))
    }

    /// Acquires a part that is free, with further members in the body.
    pub fn acquire_with(&self, part: &str, more: &Value) -> Value {
        let session = self.try_acquire(part, more).ok(201);
        shape::session(&session);
        assert_eq!(session["user"], self.user);
        assert_eq!(session["workstation_id"], self.workstation);
        session
    }

    /// Acquires a part for a second.
    pub fn acquire_briefly(&self, part: &str) -> Value {
        self.acquire_with(part, &json!({ "ttl_seconds": 1 }))
    }

    /// Tries to renew a session.
    pub fn renew(&self, session: &Value) -> Response {
        self.post_empty(&paths::of_session(session, "renew"))
    }

    /// Tries to release a session.
    pub fn try_release(&self, session: &Value) -> Response {
        self.delete(&paths::session(session))
    }

    /// Releases a session.
    pub fn release(&self, session: &Value) {
        self.try_release(session).ok(204);
    }

    /// Asks whether a session with this fence is still the one.
    pub fn verify(&self, session: &Value, fence: i64) -> Response {
        self.post(&paths::of_session(session, "verify"), &json!({ "fence": fence }))
    }

    /// Watches an item.
    pub fn watch(&self, part: &str) {
        self.put(&paths::subscription(&self.workstation, part)).ok(201);
    }

    /// Asks the holder for a session, without naming a workstation.
    pub fn ask(&self, session: &Value) -> Value {
        self.ask_with(session, &json!({ "message": "May I?" }))
    }

    /// Asks the holder to pass a session to this workstation.
    pub fn ask_for_transfer(&self, session: &Value) -> Value {
        self.ask_with(session, &self.with_workstation(&json!({ "message": "To me, please." })))
    }

    /// Stands in line for a session.
    pub fn stand_in_line(&self, session: &Value) -> Value {
        let body = json!({ "message": "Next one's mine.", "auto_acquire": true });
        self.ask_with(session, &self.with_workstation(&body))
    }

    /// Asks the holder for a session with this body.
    pub fn ask_with(&self, session: &Value, body: &Value) -> Value {
        let request = self.try_ask(session, body).ok(202);
        shape::request(&request);
        assert_eq!(request["status"], "pending");
        assert_eq!(request["requester"], self.user);
        assert_eq!(request["holder"], session["user"]);
        assert_eq!(request["session_id"], session["id"]);
        request
    }

    /// Tries to ask the holder for a session.
    pub fn try_ask(&self, session: &Value, body: &Value) -> Response {
        self.post(&paths::of_session(session, "request-handoff"), body)
    }

    /// Accepts a request.
    pub fn accept(&self, request: &Value) -> Value {
        self.answered(request, "accept", "accepted")
    }

    /// Declines a request.
    pub fn decline(&self, request: &Value) -> Value {
        self.answered(request, "decline", "declined")
    }

    fn answered(&self, request: &Value, action: &str, status: &str) -> Value {
        let answered = self.post(&paths::of_request(request, action), &json!({})).ok(200);
        shape::request(&answered);
        assert_eq!(answered["id"], request["id"]);
        assert_eq!(answered["status"], status);
        assert!(shape::is_time(&answered["answered_at"]), "not answered: {answered}");
        answered
    }

    /// The only active session on an item, which must be this workstation's.
    pub fn held(&self, part: &str) -> Value {
        let active = self.active(part);
        assert_eq!(active.len(), 1, "not one session on {part}: {active:?}");
        assert_eq!(active[0]["workstation_id"], self.workstation, "someone else's: {active:?}");
        shape::session(&active[0]);
        active[0].clone()
    }

    /// Follows what this workstation hears from now on.
    pub fn inbox(&self) -> Inbox {
        Inbox::open(self.client.clone(), &self.workstation)
    }

    /// What this workstation watches, as part numbers.
    pub fn watched(&self) -> Vec<String> {
        let path = format!("{}/subscriptions", paths::workstation(&self.workstation));
        let all = self.pages(&path, "subscriptions", 1000);
        all.iter().map(|s| s.text("part_number").to_owned()).collect()
    }
}

impl Deref for Seat {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
