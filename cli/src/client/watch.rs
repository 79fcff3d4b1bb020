//! `baton watch`

use std::time::Duration;

use baton_client::Events;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::args::WatchArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::herald::Herald;
use super::{parts, say};

/// How long one look for news takes at most, in seconds.
const LOOK: u32 = 30;

/// When a server that can't be reached is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Tells what happens to parts, or all that this workstation hears, until it is interrupted.
///
/// Errors: nobody is there at the beginning, or the user may not.
pub async fn watch(mut desk: Desk, args: WatchArgs) -> Result<(), Failure> {
    // From now on, so that what is begun is also ended.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let patterns = parts::patterns(desk.api.url(), &args.parts)?;
    let workstation = desk.workstation().await?.id;
    let mut cursor = desk.api.events(&workstation, None, 0).await?.cursor;
    let mut new = Vec::new();
    for pattern in &patterns {
        if desk.api.watch(&workstation, pattern).await? {
            new.push(pattern.clone());
        }
    }
    let mut herald = Herald::new(&args.tell, desk.json);
    let outcome = tokio::select! {
        outcome = listen(&mut desk, &workstation, &mut cursor, &patterns, &mut herald) => outcome,
        _ = interrupts.recv() => Ok(()),
    };
    for pattern in &new {
        // Whoever has gone hears nothing of it anyway.
        let _ = desk.api.unwatch(&workstation, pattern).await;
    }
    herald.end().await;
    outcome
}

async fn listen(
    desk: &mut Desk,
    workstation: &str,
    cursor: &mut String,
    patterns: &[String],
    herald: &mut Herald,
) -> Result<(), Failure> {
    let mut is_away = false;
    loop {
        match desk.api.events(workstation, Some(cursor), LOOK).await {
            Ok(Events { events, cursor: next }) => {
                if std::mem::take(&mut is_away) {
                    say::note("The server is there again; nothing was missed");
                }
                *cursor = next;
                let told = events.iter().filter(|event| parts::fits(patterns, event));
                told.for_each(|event| herald.tell(event));
            }
            Err(error) => match Failure::from(error) {
                failure if failure.code == Code::Unreachable => {
                    if !std::mem::replace(&mut is_away, true) {
                        say::note(&format!("{}; trying again", failure.told));
                    }
                    sleep(TRY_AGAIN).await;
                }
                failure => return Err(failure),
            },
        }
    }
}
