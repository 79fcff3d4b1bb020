//! What a workstation hears, followed with the cursor as a client does.

use std::collections::HashSet;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Client, Json, Response, shape};

/// How long an expected event may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// The wait of the last look, after which nothing more is expected.
const QUIET: u32 = 1;

/// The events of a workstation, from the moment of opening. No event may come twice.
pub struct Inbox {
    client: Client,
    workstation: String,
    /// The cursor of the last answer.
    pub cursor: String,
    ids: HashSet<String>,
    /// Everything heard so far.
    pub heard: Vec<Value>,
    taken: usize,
}

impl Inbox {
    /// Listens from now on.
    pub fn open(client: Client, workstation: &str) -> Self {
        let cursor = client.cursor(workstation);
        let workstation = workstation.to_owned();
        Self { client, workstation, cursor, ids: HashSet::new(), heard: Vec::new(), taken: 0 }
    }

    /// Polls once, and says how many events came.
    pub fn poll(&mut self, wait: u32) -> usize {
        let response = self.client.events(&self.workstation, Some(&self.cursor), wait);
        self.take_in(&response)
    }

    /// Polls a server that may be down, in which case nothing came.
    pub fn try_poll(&mut self, wait: u32) -> usize {
        match self.client.try_events(&self.workstation, Some(&self.cursor), wait) {
            Ok(response) if response.status == 200 => self.take_in(&response),
            _ => 0,
        }
    }

    fn take_in(&mut self, response: &Response) -> usize {
        let answer = response.ok(200);
        for event in answer.list("events") {
            shape::event(event, &[]);
            assert!(self.ids.insert(event.id()), "heard twice: {event}");
            self.heard.push(event.clone());
        }
        answer.text("cursor").clone_into(&mut self.cursor);
        answer.list("events").len()
    }

    /// The next event, in the order in which they came.
    pub fn take(&mut self) -> Value {
        let deadline = Instant::now() + PATIENCE;
        while self.heard.len() == self.taken {
            assert!(Instant::now() < deadline, "no event came after these: {:?}", self.heard);
            self.poll(2);
        }
        self.taken += 1;
        self.heard[self.taken - 1].clone()
    }

    /// The next event, which must be of this type and have these members in its data.
    pub fn expect(&mut self, kind: &str, data: &[&str]) -> Value {
        let event = self.take();
        assert_eq!(event["type"], kind, "{event}");
        shape::event(&event, data);
        event
    }

    /// The next events, which must be of these types, in any order (they came of one step). They are returned in the
    /// order of `kinds`.
    pub fn expect_all(&mut self, kinds: &[&str]) -> Vec<Value> {
        let mut events: Vec<Value> = kinds.iter().map(|_| self.take()).collect();
        let mut of_kind = |kind: &&str| {
            let found = events.iter().position(|event| event["type"] == *kind);
            events.remove(found.unwrap_or_else(|| panic!("no {kind} in {events:?}")))
        };
        kinds.iter().map(&mut of_kind).collect()
    }

    /// Checks that nothing more has come than what was expected.
    pub fn expect_nothing_more(&mut self) {
        self.settle();
        let more = &self.heard[self.taken..];
        assert!(more.is_empty(), "more came than expected: {more:?}");
    }

    /// Takes in whatever there is, until a look finds nothing.
    pub fn settle(&mut self) {
        while self.poll(QUIET) > 0 {}
    }
}

/// A long poll in the background.
pub struct Poll {
    answer: Receiver<(Response, Duration)>,
}

impl Poll {
    /// Sends the poll.
    pub fn start(client: Client, workstation: &str, after: Option<&str>, wait: u32) -> Self {
        let (send, answer) = mpsc::channel();
        let (workstation, after) = (workstation.to_owned(), after.map(str::to_owned));
        thread::spawn(move || {
            let begun = Instant::now();
            let response = client.events(&workstation, after.as_deref(), wait);
            // Nobody receives it when the test has failed meanwhile.
            let _ = send.send((response, begun.elapsed()));
        });
        Self { answer }
    }

    /// The answer, if it has come.
    pub fn try_answer(&self) -> Option<(Response, Duration)> {
        self.answer.try_recv().ok()
    }

    /// Waits for the answer, and says how long the poll took.
    pub fn answer(self) -> (Response, Duration) {
        self.answer.recv_timeout(Duration::from_secs(75)).expect("a poll answers after its wait at the latest")
    }
}
