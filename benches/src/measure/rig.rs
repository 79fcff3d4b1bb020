//! One handoff request after the other: a holder who waits for events, and a requester.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::http::text;
use crate::seat::Seat;

/// How long the holder waits for an event, in seconds: far longer than an answer takes.
const WAIT: u32 = 20;

/// The holder's poll is left alone for this long at least before the request, so that it does wait.
const REST: Duration = Duration::from_millis(20);

/// And for up to this much longer. Without Redis the log is looked at every 50 ms: the requests must not come in step
/// with that, but at all moments alike.
const STAGGER: Duration = Duration::from_millis(50);

/// The golden ratio's fraction: its multiples, modulo 1, fill the interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// The holder of a session and somebody who wants it.
pub struct Rig {
    holder: Seat,
    listener: Seat,
    requester: Seat,
    session: String,
    cursor: String,
    asked: u32,
}

impl Rig {
    /// Has the holder acquire this part.
    pub async fn new(address: SocketAddr, part: &str) -> Result<Self> {
        let mut holder = Seat::take(address, "holder").await?;
        let mut listener = holder.beside().await?;
        let requester = Seat::take(address, "requester").await?;
        let session = holder.acquire(part).await?;
        let cursor = text(&listener.events(None, 0).await?, "cursor")?;
        Ok(Self { holder, listener, requester, session, cursor, asked: 0 })
    }

    /// Asks for the session while the holder waits: from sending the request until the holder's answer is there.
    pub async fn sample(&mut self) -> Result<Duration> {
        self.asked += 1;
        let pause = REST + STAGGER.mul_f64(f64::from(self.asked) * GOLDEN % 1.0);
        let listening = listen(&mut self.listener, &self.cursor);
        let asking = ask(&mut self.requester, &self.session, pause);
        let ((events, heard), (request, begun)) = tokio::try_join!(listening, asking)?;
        ensure!(heard > begun, "the holder's poll was answered before the request: {events}");
        ensure!(tells_of(&events, &request), "not the event of request {request}: {events}");
        self.cursor = text(&events, "cursor")?;
        self.decline(&request).await?;
        Ok(heard - begun)
    }

    /// Makes room for the next request. The requester's workstation is told of it; the holder's isn't.
    async fn decline(&mut self, request: &str) -> Result<()> {
        let path = format!("/api/handoff-requests/{request}/decline");
        self.holder.call(&Method::POST, &path, Some(&json!({}))).await?.expect(&[200]).map(drop)
    }
}

async fn listen(listener: &mut Seat, cursor: &str) -> Result<(Value, Instant)> {
    let events = listener.events(Some(cursor), WAIT).await?;
    Ok((events, Instant::now()))
}

async fn ask(requester: &mut Seat, session: &str, pause: Duration) -> Result<(String, Instant)> {
    let path = format!("{session}/request-handoff");
    let body = json!({ "message": "May I?", "workstation_id": requester.identity().workstation });
    sleep(pause).await;
    let begun = Instant::now();
    let answer = requester.call(&Method::POST, &path, Some(&body)).await?.expect(&[202])?;
    Ok((text(&answer.json()?, "id")?, begun))
}

/// Whether this is the event of that request, and no other.
fn tells_of(events: &Value, request: &str) -> bool {
    let [event] = events["events"].as_array().map_or(&[][..], Vec::as_slice) else { return false };
    event["type"] == "edit.handoff_requested" && event["data"]["request_id"] == request
}
