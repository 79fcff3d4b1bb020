//! What webhooks cost those who make changes, and how long an event is on its way to a receiver.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::progress::Progress;
use super::side::{Side, turns};
use crate::client::{Hosts, Seat};
use crate::figures::{Hooked, Latencies, WEBHOOKS, Webhooks};
use crate::options::Options;
use crate::receiver::{Noted, Receivers, receivers};
use crate::work::{Editor, Exchange};

/// How many clients make the changes.
const CLIENTS: u32 = 8;

/// How many changes they make in a second, together.
const CHANGES_PER_SECOND: u32 = 100;

/// How many clients are prepared at once.
const PREPARING: usize = 8;

/// How long is waited for what hasn't come when the last change is made.
const LATE_MAX: Duration = Duration::from_secs(30);

/// How often is looked whether it has.
const LOOKING: Duration = Duration::from_millis(20);

/// How long nothing has come when no more is thought to come.
const QUIET: Duration = Duration::from_millis(500);

/// Measures all sides that keep edit sessions, with each number of webhooks in every round.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Webhooks> {
    let sides: Vec<_> = sides.iter().filter(|side| side.system.sends_webhooks()).collect();
    let named = |side: &&Side| Webhooks { side: side.name().to_owned(), ..Webhooks::default() };
    let mut found: Vec<_> = sides.iter().map(named).collect();
    for round in 0..options.rounds {
        for turn in turns(sides.len(), round) {
            for turn_of_hooks in turns(WEBHOOKS.len(), round) {
                let hooks = WEBHOOKS[turn_of_hooks];
                if progress.leaves_out() {
                    continue;
                }
                let place = format!("webhooks, {}, {hooks} of them", sides[turn].name());
                progress.next(&place);
                let done = on(sides[turn], hooks, options).await;
                found[turn].rounds.extend(progress.note(&place, done).map(|hooked| (round, hooked)));
            }
        }
    }
    found
}

/// On a server of its own, with files of its own: what came before weighs on none.
async fn on(side: &Side, hooks: usize, options: &Options) -> Result<Hooked> {
    let home = baton_tests::Scratch::new();
    side.system.share_machine_code(side.home.path(), home.path())?;
    let mut server = side.system.start(home.path()).await?;
    let done = with(&server.hosts, hooks, options).await.map_err(|error| server.explain(error));
    server.stop();
    done
}

async fn with(hosts: &Hosts, hooks: usize, options: &Options) -> Result<Hooked> {
    let preparing = stream::iter((0..CLIENTS).map(|number| Editor::open(hosts, number))).buffered(PREPARING);
    let mut editors: Vec<_> = preparing.try_collect().await?;
    let mut admin = Seat::open(hosts, "admin", "admin").await?;
    for address in &receivers()?.addresses()[..hooks] {
        let body = json!({ "url": format!("http://{address}/hook") });
        admin.call(&Method::POST, "/api/webhooks", Some(&body)).await?.expect(&[201])?;
    }
    // The first changes find caches and connections cold.
    changes(&mut editors, options.warm_up()).await?;
    nothing_more(receivers()?).await;
    receivers()?.take();
    let (changes, made) = changes(&mut editors, options.webhooks_for()).await?;
    let expected = made * hooks as u64;
    arrived(receivers()?, expected).await;
    let Noted { latencies: deliveries, connections } = receivers()?.take();
    let missing = expected.saturating_sub(deliveries.count());
    Ok(Hooked { hooks, changes, missing, deliveries, connections })
}

/// Waits until so much has come.
async fn arrived(receivers: &Receivers, expected: u64) {
    let until = Instant::now() + LATE_MAX;
    while receivers.count() < expected && Instant::now() < until {
        sleep(LOOKING).await;
    }
}

/// Waits until nothing more comes.
async fn nothing_more(receivers: &Receivers) {
    let (until, mut before) = (Instant::now() + LATE_MAX, u64::MAX);
    while receivers.count() != before && Instant::now() < until {
        before = receivers.count();
        sleep(QUIET).await;
    }
}

/// Changes at their times, for so long: how long each took from when it was due, and how many there were.
async fn changes(editors: &mut [Editor], span: Duration) -> Result<(Latencies, u64)> {
    // A client's acquire and release are two changes, of which each has its time.
    let every = Duration::from_secs(1) * CLIENTS / CHANGES_PER_SECOND;
    let begin = Instant::now();
    let working = editors.iter_mut().zip(0..).map(|(editor, number)| async move {
        let (mut latencies, mut due) = (Latencies::default(), begin + every * number / CLIENTS);
        while due < begin + span {
            sleep_until(due).await;
            let (session, acquired) = editor.acquire().await?;
            latencies.add(late(due, acquired));
            due += every;
            sleep_until(due).await;
            latencies.add(late(due, editor.release(&session).await?));
            due += every;
        }
        anyhow::Ok(latencies)
    });
    let mut all = Latencies::default();
    for latencies in join_all(working).await {
        all.merge(&latencies.context("a change")?);
    }
    let made = all.count();
    Ok((all, made))
}

fn late(due: Instant, exchange: Exchange) -> Duration {
    exchange.answered - due.into_std()
}
