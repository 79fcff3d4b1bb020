//! Who takes part in the operations, and what they work on.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{SecondsFormat, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Hosts, Seat, text};
use crate::past::Sizes;
use crate::work::Exchange;

/// The part that the holder holds throughout.
pub const HELD: &str = "PAST-00001";

/// The part that is acquired and given back.
pub const FREE: &str = "PAST-00002";

/// The part whose sessions end in other ways.
pub const CONTESTED: &str = "PAST-00003";

/// Longer than any scene takes.
const TIME_MAX: Duration = Duration::from_secs(3600);

/// Users at workstations of the past, if there was one.
pub struct Scene {
    /// Holds [`HELD`].
    pub holder: Seat,
    /// Wants it.
    pub other: Seat,
    /// Sees everything.
    pub admin: Seat,
    /// The path of the session on [`HELD`].
    pub held: String,
    /// The holder's cursor at the beginning.
    pub cursor: String,
    /// When it began.
    pub begun: String,
    /// When it is over, at the latest.
    pub over: String,
    /// How much had happened before.
    pub past: Sizes,
    count: u32,
}

impl Scene {
    /// Everybody takes their seat.
    pub async fn open(hosts: &Hosts, past: Sizes) -> Result<Self> {
        let now = Utc::now();
        let [begun, over] = [now, now + TIME_MAX].map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true));
        let mut holder = Seat::take(hosts, "user-1").await?;
        let other = Seat::take(hosts, "user-2").await?;
        let admin = Seat::take_as(hosts, "user-3", "admin").await?;
        let held = holder.acquire(HELD).await?;
        let cursor = text(&holder.events(None, 0).await?, "cursor")?;
        Ok(Self { holder, other, admin, held, cursor, begun, over, past, count: 0 })
    }

    /// A number that has not been given before.
    pub fn next_number(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    /// The other one asks for the held session: the request's path.
    pub async fn ask(&mut self) -> Result<String> {
        let path = self.request_path();
        let (answer, _) = timed(&mut self.other, &Method::POST, &path, Some(&question()), 202).await?;
        request_in(&answer)
    }

    /// The path that a handoff of the held session is asked for at.
    pub fn request_path(&self) -> String {
        format!("{}/request-handoff", self.held)
    }
}

/// What the other one asks with.
pub fn question() -> Value {
    json!({ "message": "May I?" })
}

/// The path of the handoff request in an answer.
pub fn request_in(answer: &Answer) -> Result<String> {
    Ok(format!("/api/handoff-requests/{}", text(&answer.json()?, "id")?))
}

/// Sends a request: its answer, which must have this status, and its times.
pub async fn timed(
    seat: &mut Seat,
    method: &Method,
    path: &str,
    body: Option<&Value>,
    status: u16,
) -> Result<(Answer, Exchange)> {
    let (answer, exchange) = Exchange::of(seat.call(method, path, body)).await?;
    let answer = answer.expect(&[status]).with_context(|| format!("{method} {path}"))?;
    Ok((answer, exchange))
}

/// Reads this path.
pub async fn get(seat: &mut Seat, path: &str) -> Result<Exchange> {
    timed(seat, &Method::GET, path, None, 200).await.map(|(_, exchange)| exchange)
}

/// Posts this to that path.
pub async fn post(seat: &mut Seat, path: &str, body: &Value, status: u16) -> Result<Exchange> {
    timed(seat, &Method::POST, path, Some(body), status).await.map(|(_, exchange)| exchange)
}

/// Deletes what is at this path.
pub async fn delete(seat: &mut Seat, path: &str) -> Result<Exchange> {
    timed(seat, &Method::DELETE, path, None, 204).await.map(|(_, exchange)| exchange)
}
