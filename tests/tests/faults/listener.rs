//! Those who listen: by long polls, or to a stream.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use baton_tests::history::{Defect, Heard, Rule};
use baton_tests::{Frame, Json, Seat, Sse, encode};
use fastrand::Rng;
use serde_json::Value;

use crate::notes::Notes;

/// How long those who got no answer wait before they ask again.
const PAUSE: Duration = Duration::from_millis(100);

/// How somebody listens.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Polls,
    Streams,
}

/// A workstation that listens from a cursor on.
pub struct Listener {
    pub name: String,
    pub parts: Vec<String>,
    seat: Seat,
    way: Way,
    from: String,
}

impl Listener {
    /// Begins to listen now; the parts are what the workstation watches.
    pub fn new(seat: &Seat, parts: &[String], way: Way) -> Self {
        let name = format!("{way:?} {}", seat.user);
        Self { name, parts: parts.to_owned(), seat: seat.clone(), way, from: seat.cursor(&seat.workstation) }
    }

    /// Listens until it is quiet and nothing more comes.
    pub fn listen(&self, began: Instant, quiet: &AtomicBool) -> (Listened, Notes) {
        let (listened, notes) = (Listened::default(), Notes::default());
        let mut ear = Ear { listener: self, began, cursor: self.from.clone(), listened, notes };
        match self.way {
            Way::Polls => ear.poll(quiet),
            Way::Streams => ear.stream(quiet),
        }
        while ear.ask(0).is_none_or(|count| count > 0) {}
        (ear.listened, ear.notes)
    }

    /// What the log has for it, asked when all is well.
    pub fn log(&self, seat: &Seat) -> Vec<Heard> {
        let (mut log, mut cursor) = (Vec::new(), self.from.clone());
        loop {
            let path = format!("{}&limit=1000", self.path(&cursor, 0));
            let page = seat.get(&path).ok(200);
            if page.list("events").is_empty() {
                return log;
            }
            log.extend(page.list("events").iter().map(Heard::read));
            page.text("cursor").clone_into(&mut cursor);
        }
    }

    /// Who listens.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    fn path(&self, cursor: &str, wait: u32) -> String {
        format!("/api/events?workstation_id={}&wait={wait}&after={}", self.seat.workstation, encode(cursor))
    }
}

/// What somebody has heard.
#[derive(Default)]
pub struct Listened {
    /// The events in the order in which they came.
    pub ids: Vec<u64>,
    /// The polls that were answered.
    polls: Vec<Polled>,
}

/// A poll that was answered: what one looks at when an event has been passed over.
#[derive(Debug)]
#[expect(dead_code, reason = "it is printed")]
struct Polled {
    request: String,
    wait: u32,
    /// When it was sent, and when all of the answer was there.
    times: (Duration, Duration),
    after: String,
    cursor: String,
    /// Where its events are among all.
    heard: Range<usize>,
}

impl Listened {
    /// The polls that brought the events before and after this place, and those between them.
    pub fn around(&self, place: usize) -> String {
        let near = self.polls.iter().filter(|poll| poll.heard.start <= place && place <= poll.heard.end);
        near.map(|poll| format!("\n    {poll:?}")).collect()
    }
}

struct Ear<'a> {
    listener: &'a Listener,
    began: Instant,
    cursor: String,
    listened: Listened,
    notes: Notes,
}

impl Ear<'_> {
    fn poll(&mut self, quiet: &AtomicBool) {
        let mut rng = Rng::new();
        while !quiet.load(Ordering::Relaxed) {
            if self.ask(rng.u32(0..5)).is_none() {
                thread::sleep(PAUSE);
            }
        }
    }

    /// How many events came, if there was an answer.
    fn ask(&mut self, wait: u32) -> Option<usize> {
        let path = self.listener.path(&self.cursor, wait);
        let call = self.listener.seat.call("GET", &path);
        let answer = self.notes.ask(self.began, "a poll", call, &[200])?;
        let (events, cursor) = (answer.body.list("events"), answer.body.text("cursor"));
        let after = std::mem::replace(&mut self.cursor, cursor.to_owned());
        let heard = self.listened.ids.len()..self.listened.ids.len() + events.len();
        self.listened.ids.extend(events.iter().map(|event| Heard::read(event).id));
        let (request, cursor, times) = (answer.request, cursor.to_owned(), (answer.asked, answer.answered));
        self.listened.polls.push(Polled { request, wait, times, after, cursor, heard });
        Some(events.len())
    }

    /// Opens a stream again whenever it ends, from where it was.
    fn stream(&mut self, quiet: &AtomicBool) {
        while !quiet.load(Ordering::Relaxed) {
            let path = format!("/api/events?workstation_id={}", self.listener.seat.workstation);
            let call = self.listener.seat.call("GET", &path).header("last-event-id", &self.cursor);
            match Sse::try_open(call) {
                Ok(Ok(stream)) => self.follow(&stream, quiet),
                Ok(Err(503 | 429)) | Err(_) => {}
                Ok(Err(status)) => {
                    self.notes.defects.push(Defect::new(Rule::Answers, format!("a stream is answered by {status}")));
                }
            }
            thread::sleep(PAUSE);
        }
    }

    fn follow(&mut self, stream: &Sse, quiet: &AtomicBool) {
        while !quiet.load(Ordering::Relaxed) {
            match stream.try_frame(PAUSE) {
                Ok(Some(Frame::Event { id, data, .. })) => self.hear(id, &data),
                Ok(Some(Frame::Cursor(id))) => self.cursor = id,
                Ok(Some(Frame::Comment) | None) => {}
                Err(_) => return,
            }
        }
    }

    fn hear(&mut self, id: String, event: &Value) {
        self.listened.ids.push(Heard::read(event).id);
        self.cursor = id;
    }
}
