//! Waiting for events in long polls, and the handoff request that ends the holder's.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::api::{Arrival, Counts, Pair, Waiter, WaitingRoom};
use super::pace::Pace;
use crate::client::{Hosts, Identity, Poll, Seat, text};
use crate::pending::Pending;

/// How many register at once.
const REGISTERING: usize = 32;

/// How long they wait for an event before they ask again, in seconds: the longest that the contract allows.
const WAIT_LONGEST: u32 = 60;

/// How long the holder waits for an event, in seconds: far longer than an answer takes.
const WAIT: u32 = 20;

/// When one who was refused asks again. The server says so too; the same for all keeps what it does comparable.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Waits for events. The workstations of those who wait are registered once and for all: the side must keep its files.
#[derive(Default)]
pub struct Events {
    registered: RefCell<Vec<Identity>>,
}

impl Events {
    /// Registers the workstations that are missing, each of a user of its own.
    async fn register(&self, hosts: &Hosts, count: u32) -> Result<Vec<Identity>> {
        let mut identities = self.registered.take();
        let known = u32::try_from(identities.len())?;
        let registering = (known..count).map(|number| async move {
            let seat = Seat::take(&hosts.of(number), &format!("bystander-{number}")).await?;
            Ok::<_, Error>(seat.identity().clone())
        });
        let new: Vec<_> = stream::iter(registering).buffer_unordered(REGISTERING).try_collect().await?;
        identities.extend(new);
        self.registered.replace(identities.clone());
        identities.truncate(count as usize);
        Ok(identities)
    }
}

impl WaitingRoom for Events {
    fn others(&self, hosts: &Hosts, count: u32, counts: &Arc<Counts>) -> Pending<'_, Result<Vec<Arrival>>> {
        let (hosts, counts) = (hosts.clone(), Arc::clone(counts));
        Box::pin(async move {
            let identities = self.register(&hosts, count).await?;
            let come = |(identity, number)| Box::pin(come(hosts.of(number), identity, Arc::clone(&counts))) as Arrival;
            Ok(identities.into_iter().zip(0..).map(come).collect())
        })
    }

    fn pair(&self, hosts: &Hosts, name: &str) -> Pending<'_, Result<Box<dyn Pair>>> {
        let (hosts, part) = (hosts.clone(), name.to_owned());
        Box::pin(async move { Ok(Box::new(Handoff::new(&hosts, &part).await?) as Box<dyn Pair>) })
    }
}

async fn come(hosts: Hosts, identity: Identity, counts: Arc<Counts>) -> Result<Waiter> {
    let seat = Seat::resume(&hosts, identity).await?;
    Ok(Box::pin(wait(seat, counts)))
}

async fn wait(mut seat: Seat, counts: Arc<Counts>) -> Error {
    let mut cursor = None;
    loop {
        match seat.poll(cursor.as_deref(), WAIT_LONGEST).await {
            Ok(Poll::Answered(events)) => match text(&events, "cursor") {
                Ok(next) => {
                    counts.answered();
                    cursor = Some(next);
                }
                Err(error) => return error,
            },
            Ok(Poll::Refused) => {
                counts.refused();
                sleep(ASK_AGAIN).await;
            }
            Err(error) => return error,
        }
    }
}

/// The holder of a session and somebody who wants it.
struct Handoff {
    holder: Seat,
    listener: Seat,
    requester: Seat,
    session: String,
    cursor: String,
    pace: Pace,
}

impl Handoff {
    /// Has the holder acquire this part. Where there are several hosts, the requester is at another one than the holder.
    async fn new(hosts: &Hosts, part: &str) -> Result<Self> {
        let mut holder = Seat::take(hosts, "holder").await?;
        let mut listener = holder.beside().await?;
        let requester = Seat::take(&hosts.of(1), "requester").await?;
        let session = holder.acquire(part).await?;
        let cursor = text(&listener.events(None, 0).await?, "cursor")?;
        Ok(Self { holder, listener, requester, session, cursor, pace: Pace::default() })
    }

    /// Asks for the session while the holder waits: from sending the request until the holder's answer is there.
    async fn request(&mut self) -> Result<Duration> {
        let pause = self.pace.next();
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

impl Pair for Handoff {
    fn wake(&mut self) -> Pending<'_, Result<Duration>> {
        Box::pin(self.request())
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
