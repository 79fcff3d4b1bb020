//! Holding parts, and waiting for them in line where somebody else has them.

use std::collections::BTreeSet;
use std::time::Duration;

use baton_client::{Acquire, Error, Session};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::desk::Desk;
use super::failure::{Code, Failure};
use super::parts::{self, Part};
use super::{in_the_way, say, show};

/// How long one look for news takes at most, in seconds.
const LOOK: u32 = 30;

/// When a server that can't be reached is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Holds parts: all of them, or none. Where `wait` says so, as soon as nobody else holds one.
///
/// Errors: somebody else holds one; who waits for it has given up, or was told no.
pub async fn hold(desk: &mut Desk, parts: &[Part], how: &Acquire, wait: bool) -> Result<Value, Failure> {
    let workstation = desk.workstation().await?.id;
    let name = parts::names(parts);
    for (repository, path) in parts.iter().filter_map(|part| part.file.as_ref()) {
        desk.api.make_known(repository, path).await?;
    }
    let parts: Vec<_> = parts.iter().map(|part| part.number.clone()).collect();
    let parts = parts.as_slice();
    if !wait {
        let tried = say::patiently("Acquiring", acquire(desk, &workstation, parts, how)).await;
        return tried.map_err(|error| in_the_way::told(&name, error));
    }
    // From now on, so that nobody is left in line.
    let mut interrupts = signal(SignalKind::interrupt())?;
    // From before the first try, so that nothing is missed between it and the wait.
    let cursor = desk.api.events(&workstation, None, 0).await?.cursor;
    let mut turn =
        Turn { workstation, name: name.clone(), parts, how, cursor, asked: BTreeSet::new(), watched: Vec::new() };
    let outcome = tokio::select! {
        outcome = turn.wait(desk) => outcome,
        _ = interrupts.recv() => Err(Failure::failed(format!("Given up: {name}"))),
    };
    turn.leave(desk, outcome.is_ok()).await;
    outcome
}

async fn acquire(desk: &mut Desk, workstation: &str, parts: &[String], how: &Acquire) -> baton_client::Result<Value> {
    match parts {
        [part] => desk.api.acquire(workstation, part, how).await.map(|(_, session)| session),
        parts if how.tree => acquire_trees(desk, workstation, parts, how).await,
        parts => desk.api.acquire_all(workstation, parts, how).await,
    }
}

/// The API holds several parts in one step, but not several trees: what was got is given back where one is held.
async fn acquire_trees(
    desk: &mut Desk,
    workstation: &str,
    parts: &[String],
    how: &Acquire,
) -> baton_client::Result<Value> {
    let (mut sessions, mut new) = (Vec::new(), Vec::new());
    for part in parts {
        match desk.api.acquire(workstation, part, how).await {
            Ok((is_new, session)) => {
                new.extend(is_new.then(|| Session::of(&session)).transpose()?);
                sessions.push(session);
            }
            Err(error) => {
                for session in new {
                    desk.api.release(&session.part_number, &session.id).await?;
                }
                return Err(error);
            }
        }
    }
    Ok(json!({ "edit_sessions": sessions }))
}

/// One who waits.
struct Turn<'a> {
    workstation: String,
    /// What people call the parts.
    name: String,
    parts: &'a [String],
    how: &'a Acquire,
    cursor: String,
    /// The requests that stand in line.
    asked: BTreeSet<(String, String)>,
    /// What was not watched before.
    watched: Vec<String>,
}

impl Turn<'_> {
    async fn wait(&mut self, desk: &mut Desk) -> Result<Value, Failure> {
        for part in self.parts {
            self.watch(desk, part).await?;
        }
        let mut last = String::new();
        loop {
            let error = match acquire(desk, &self.workstation, self.parts, self.how).await {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            let failure = match &error {
                Error::Unreachable(_) => {
                    tell_once(&mut last, format!("{error}; trying again"));
                    sleep(TRY_AGAIN).await;
                    continue;
                }
                Error::Refused(refused) => {
                    let document = refused.document.clone();
                    let failure = in_the_way::told(&self.name, error);
                    if failure.code != Code::Held {
                        return Err(failure);
                    }
                    self.watch_holders(desk, &document).await?;
                    self.stand_in_line(desk, &document).await?;
                    failure
                }
                _ => return Err(error.into()),
            };
            tell_once(&mut last, in_the_way::waiting(&failure));
            self.look(desk).await?;
        }
    }

    async fn watch(&mut self, desk: &mut Desk, part: &str) -> Result<(), Failure> {
        if desk.api.watch(&self.workstation, part).await? {
            self.watched.push(part.to_owned());
        }
        Ok(())
    }

    /// What is held may be another part than those that are wanted: one of a tree, or a tree to which one belongs.
    async fn watch_holders(&mut self, desk: &mut Desk, document: &Value) -> Result<(), Failure> {
        let several = document["holders"].as_array().into_iter().flatten().map(|one| &one["holder"]);
        let held = several.chain([&document["holder"]]).filter_map(|holder| holder["part_number"].as_str());
        let wanted = self.parts;
        for part in held.filter(|held| !wanted.iter().any(|part| part == held)) {
            self.watch(desk, part).await?;
        }
        Ok(())
    }

    /// Of one part, its holder hears who waits, and nobody can slip in between. Who wants a part of a tree that is held would be in
    /// line for all of that. Who waits for several holds none meanwhile, so
    /// that no two can wait for each other.
    async fn stand_in_line(&mut self, desk: &mut Desk, document: &Value) -> Result<(), Failure> {
        let ([part], Some(session), false) = (self.parts, document["holder"]["session_id"].as_str(), self.how.tree)
        else {
            return Ok(());
        };
        if document["holder"]["part_number"].as_str().is_some_and(|held| held != part) {
            return Ok(());
        }
        let message = match &self.how.note {
            Some(note) => format!("I wait for {}: {note}", self.name),
            None => format!("I wait for {}", self.name),
        };
        match desk.api.ask(&self.workstation, part, session, &message, true).await {
            Ok((_, request)) => {
                self.asked.insert((show::text(&request, "id"), part.clone()));
                Ok(())
            }
            // It has ended meanwhile, or is one's own at another workstation.
            Err(error) if matches!(error.status(), Some(404 | 409 | 410)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Until something has happened to one of the parts.
    async fn look(&mut self, desk: &mut Desk) -> Result<(), Failure> {
        let news = match desk.api.events(&self.workstation, Some(&self.cursor), LOOK).await {
            Ok(news) => news,
            Err(Error::Unreachable(_)) => {
                sleep(TRY_AGAIN).await;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.cursor = news.cursor;
        let declined = news.events.iter().find(|event| self.is_declined(event));
        match declined {
            Some(event) => Err(Failure::new(Code::Held, show::event(event))),
            None => Ok(()),
        }
    }

    fn is_declined(&self, event: &Value) -> bool {
        let request = &event["data"]["request_id"];
        event["type"] == "edit.handoff_declined" && self.asked.iter().any(|(id, _)| request == id.as_str())
    }

    /// Takes back what was only for waiting. What was granted in the last moment to one who has given up is given back.
    async fn leave(&self, desk: &mut Desk, is_held: bool) {
        for part in &self.watched {
            // What is held is watched by itself.
            if !(is_held && self.parts.contains(part)) && desk.api.unwatch(&self.workstation, part).await.is_err() {
                return;
            }
        }
        for (request, part) in &self.asked {
            if is_held || desk.api.cancel(request).await.is_ok() {
                continue;
            }
            let sessions = desk.api.sessions_on(part).await.unwrap_or_default();
            let granted = sessions.iter().find(|session| session["workstation_id"] == self.workstation.as_str());
            if let Some(session) = granted
                && let Err(error) = desk.api.release(part, &show::text(session, "id")).await
            {
                say::failure(&format!("{part} is yours by now, and couldn't be released: {error}"));
            }
        }
    }
}

fn tell_once(last: &mut String, line: String) {
    if *last != line {
        say::note(&line);
        *last = line;
    }
}
