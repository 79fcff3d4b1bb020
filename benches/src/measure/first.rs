//! The first request to each component of a server that has just been started: one that does what the component is for.

use anyhow::Result;
use http::Method;
use serde_json::json;

use crate::client::{Hosts, Seat};
use crate::operation::{get, post, timed};
use crate::work::Exchange;

/// The part that is worked on. Nobody holds it, before and afterwards.
const PART: &str = "FIRST-1";

/// What each component's first request took: its name, and milliseconds.
pub async fn requests(hosts: &Hosts) -> Result<Vec<(&'static str, f64)>> {
    // Connected first, so that what is measured is the request alone.
    let mut holder = Seat::open(hosts, "first", "editor").await?;
    let mut other = Seat::open(hosts, "second", "editor").await?;
    let mut admin = Seat::open(hosts, "first-admin", "admin").await?;
    let mut taken = Vec::new();
    let mut note = |component, exchange: Exchange| taken.push((component, exchange.milliseconds()));

    let ((), registered) = Exchange::of(holder.register("first")).await?;
    note("workstations", registered);
    let (session, acquired) = Exchange::of(holder.acquire(PART)).await?;
    note("edit-sessions", acquired);
    let question = json!({ "message": "May I?" });
    note("handoff", post(&mut other, &format!("{session}/request-handoff"), &question, 202).await?);
    let draft = json!({ "sketch": "half a part" });
    let (_, saved) = timed(&mut holder, &Method::PUT, &format!("{session}/draft"), Some(&draft), 204).await?;
    note("checkpoints", saved);
    let (_, polled) = Exchange::of(holder.events(None, 0)).await?;
    note("events", polled);
    let order = json!({ "reason": "It is urgent." });
    note("force-release", post(&mut admin, &format!("{session}/force-release"), &order, 200).await?);
    note("approvals", get(&mut admin, "/api/approvals?limit=10").await?);
    note("audit", get(&mut admin, "/api/audit?limit=10").await?);
    note("service", get(&mut admin, "/api/config").await?);
    Ok(taken)
}
