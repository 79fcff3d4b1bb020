//! A client of server-sent events.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::Call;

/// How long an expected frame may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What comes over the stream.
#[derive(Debug)]
pub enum Frame {
    /// An event.
    Event {
        /// The cursor after it.
        id: String,
        /// Its type.
        event: String,
        /// The document.
        data: Value,
    },
    /// A cursor without an event: where a client goes on that has seen none.
    Cursor(String),
    /// A line that only keeps the connection alive.
    Comment,
}

/// An open stream.
pub struct Sse {
    frames: Receiver<Frame>,
}

impl Sse {
    /// Opens a stream. The call should ask for `/api/events`.
    pub fn open(call: Call<'_>) -> Self {
        Self::try_open(call).expect("the stream opens").unwrap_or_else(|status| panic!("the stream opens: {status}"))
    }

    /// Opens a stream of a server that may be going down: the stream, or the status that came instead of it.
    pub fn try_open(call: Call<'_>) -> Result<Result<Self, u16>, ureq::Error> {
        let response = call.header("accept", "text/event-stream").open()?;
        if response.status() != 200 {
            return Ok(Err(response.status().as_u16()));
        }
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let is_stream = content_type.is_some_and(|value| value.starts_with("text/event-stream"));
        assert!(is_stream, "the content type of a stream: {content_type:?}");
        assert!(response.headers().contains_key("x-request-id"), "a stream without X-Request-Id");
        let (send, frames) = mpsc::channel();
        thread::spawn(move || read(BufReader::new(response.into_body().into_reader()), &send));
        Ok(Ok(Self { frames }))
    }

    /// The next frame, or nothing if none comes in this time; an error once the stream has ended.
    pub fn try_frame(&self, bound: Duration) -> Result<Option<Frame>, RecvTimeoutError> {
        match self.frames.recv_timeout(bound) {
            Ok(frame) => Ok(Some(frame)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(ended) => Err(ended),
        }
    }

    /// The next frame, whatever it is; nothing once the stream has ended.
    pub fn frame(&self, bound: Duration) -> Option<Frame> {
        self.frames.recv_timeout(bound).ok()
    }

    /// The next event: its id and its document. Checks that the frame and the document agree.
    pub fn event(&self) -> (String, Value) {
        loop {
            match self.frame(PATIENCE).expect("an event comes") {
                Frame::Comment | Frame::Cursor(_) => {}
                Frame::Event { id, event, data } => {
                    assert_eq!(data["type"], event, "the frame's type is not the event's");
                    assert_eq!(data["id"], id, "the frame's id is not the event's");
                    return (id, data);
                }
            }
        }
    }
}

impl Sse {
    /// The next cursor without an event.
    pub fn cursor(&self) -> String {
        loop {
            match self.frame(PATIENCE).expect("a cursor comes") {
                Frame::Cursor(id) => return id,
                Frame::Comment => {}
                Frame::Event { data, .. } => panic!("an event instead of a cursor: {data}"),
            }
        }
    }
}

fn read(lines: impl BufRead, frames: &Sender<Frame>) {
    let mut pending = Pending::default();
    for line in lines.lines() {
        // The server has gone, or the test's patience is over.
        let Ok(line) = line else { return };
        if pending.line(&line).is_some_and(|frame| frames.send(frame).is_err()) {
            return;
        }
    }
}

/// A frame of which not all lines have come.
#[derive(Default)]
struct Pending {
    id: String,
    has_id: bool,
    event: String,
    data: String,
}

impl Pending {
    fn line(&mut self, line: &str) -> Option<Frame> {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => {
                value.clone_into(&mut self.id);
                self.has_id = true;
            }
            "event" => value.clone_into(&mut self.event),
            "data" => self.data.push_str(value),
            "" if line.starts_with(':') => return Some(Frame::Comment),
            "" if !self.data.is_empty() => return Some(self.dispatch()),
            "" if std::mem::take(&mut self.has_id) => return Some(Frame::Cursor(self.id.clone())),
            _ => {}
        }
        None
    }

    /// The id stays, as it does in a browser.
    fn dispatch(&mut self) -> Frame {
        self.has_id = false;
        let text = std::mem::take(&mut self.data);
        let data = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Frame::Event { id: self.id.clone(), event: std::mem::take(&mut self.event), data }
    }
}
