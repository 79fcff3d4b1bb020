//! The commands, with names in the places of ids.

use std::collections::BTreeSet;

use serde_json::json;

use super::Model;
use super::sessions::Grant;
use crate::store::{Answer, REQUEST_TTL};
use crate::world::{Request, TIME};

/// A request for a session.
pub struct Ask<'a> {
    pub user: &'a str,
    pub session: &'a str,
    pub workstation: Option<&'a str>,
    pub auto_acquire: Option<bool>,
    pub message: &'a str,
}

impl Model {
    pub fn register(&mut self, user: &str, name: &str) {
        self.world.workstations.insert(name.to_owned(), user.to_owned());
        let details = json!({"user": user, "name": name, "fingerprint": name});
        self.record_on("workstation.registered", ("workstation", name), None, details);
    }

    pub fn acquire(
        &mut self,
        (user, workstation): (&str, &str),
        part_number: &str,
        object: Option<&str>,
        level: &str,
        ttl: i64,
    ) -> Answer {
        if let Err(refused) = self.own_workstation(user, workstation) {
            return refused;
        }
        self.see(part_number);
        self.expire(Some(part_number));
        if let Some(own) = self.held_by(workstation, part_number, object) {
            self.prolong(&own, Some(ttl));
            return Answer::Kept(own);
        }
        if let Some(holder) = self.in_the_way(part_number, workstation, object) {
            return Answer::Held(holder.name.clone());
        }
        Answer::Made(self.grant(Grant {
            part_number: part_number.to_owned(),
            user: user.to_owned(),
            workstation: workstation.to_owned(),
            level: level.to_owned(),
            object: object.map(str::to_owned),
            ttl,
            origin: "acquired",
        }))
    }

    pub fn renew(&mut self, user: &str, session: &str, ttl: Option<i64>) -> Answer {
        if let Err(refused) = self.own_session(user, session) {
            return refused;
        }
        match self.session_mut(session).end.clone() {
            Some(reason) => Answer::Gone(reason),
            None => {
                self.prolong(session, ttl);
                Answer::Done
            }
        }
    }

    pub fn release(&mut self, user: &str, session: &str) -> Answer {
        if let Err(refused) = self.own_session(user, session) {
            return refused;
        }
        match self.session_mut(session).end.clone() {
            Some(reason) if reason == "released" => Answer::Done,
            Some(reason) => Answer::Gone(reason),
            None => {
                self.end(session, "released");
                Answer::Done
            }
        }
    }

    pub fn expire_all(&mut self) -> Answer {
        self.expire(None);
        Answer::Done
    }

    pub fn ask(&mut self, ask: Ask<'_>) -> Answer {
        let Some(session) = self.session(ask.session).cloned() else { return Answer::Refused(404) };
        if let Some(Err(refused)) = ask.workstation.map(|workstation| self.own_workstation(ask.user, workstation)) {
            return refused;
        }
        self.expire(Some(&session.part_number));
        match self.session_mut(ask.session).end.clone() {
            Some(reason) => Answer::Gone(reason),
            None if session.user == ask.user => Answer::OwnSession,
            None => match self.pending(ask.session, ask.user).map(|request| request.name.clone()) {
                Some(name) => self.ask_again(&name, &ask),
                None => self.ask_anew(&ask),
            },
        }
    }

    fn ask_again(&mut self, name: &str, ask: &Ask<'_>) -> Answer {
        let request = self.request_mut(name);
        request.message = ask.message.to_owned();
        request.workstation = ask.workstation.map(str::to_owned).or(request.workstation.take());
        request.auto_acquire = ask.auto_acquire.unwrap_or(request.auto_acquire);
        self.tell_holder(name, "edit.handoff_requested");
        Answer::Kept(name.to_owned())
    }

    fn ask_anew(&mut self, ask: &Ask<'_>) -> Answer {
        let session = self.session_mut(ask.session).clone();
        let name = format!("r{}", self.world.requests.len() + 1);
        self.world.requests.push(Request {
            name: name.clone(),
            session: session.name,
            part_number: session.part_number,
            requester: ask.user.to_owned(),
            workstation: ask.workstation.map(str::to_owned),
            holder: session.user,
            message: ask.message.to_owned(),
            auto_acquire: ask.auto_acquire.unwrap_or(false),
            status: "pending".to_owned(),
            answer: None,
            level: session.level,
            object: session.object,
            ttl: REQUEST_TTL,
            granted: None,
        });
        self.tell_holder(&name, "edit.handoff_requested");
        Answer::Made(name)
    }

    /// The holder accepts a request, or declines it with a word.
    pub fn answer(&mut self, user: &str, name: &str, accepted: bool, message: Option<&str>) -> Answer {
        let request = match self.request(name) {
            None => return Answer::Refused(404),
            Some(request) if request.holder != user => return Answer::Refused(403),
            Some(request) => request,
        };
        self.expire(Some(&request.part_number));
        let request = self.request_mut(name);
        match request.clone() {
            now if now.holder != user => Answer::Refused(403),
            now if !now.is_pending() => Answer::NotPending(now.status),
            now if accepted => self.accept(&now),
            _ => {
                request.answer = message.map(str::to_owned);
                self.conclude(name, "declined");
                self.tell_requester(name, "edit.handoff_declined");
                Answer::Done
            }
        }
    }

    pub fn cancel(&mut self, user: &str, name: &str) -> Answer {
        let request = match self.request(name) {
            None => return Answer::Refused(404),
            Some(request) if request.requester != user => return Answer::Refused(403),
            Some(request) => request,
        };
        self.expire(Some(&request.part_number));
        let request = self.request_mut(name).clone();
        match request.status.as_str() {
            "pending" => {
                self.withdraw(&request);
                Answer::Done
            }
            "cancelled" => Answer::Done,
            _ => Answer::NotPending(request.status),
        }
    }

    pub fn remove(&mut self, workstation: &str) -> Answer {
        let Some(user) = self.world.workstations.get(workstation).cloned() else { return Answer::Done };
        let requests = self.world.requests.clone();
        let own = requests.iter().filter(|request| request.workstation.as_deref() == Some(workstation));
        own.filter(|request| request.is_pending()).for_each(|request| self.withdraw(request));
        let parts = self.parts_held_by(workstation);
        self.expire_where(|session| parts.contains(&session.part_number));
        for session in self.active(|session| session.workstation == workstation) {
            self.end(&session, "released");
        }
        self.world.watches.retain(|(_, watcher)| watcher != workstation);
        for event in &mut self.world.events {
            event.to.remove(workstation);
        }
        let details = json!({"user": user, "name": workstation, "fingerprint": workstation});
        self.record_on("workstation.deleted", ("workstation", workstation), None, details);
        self.world.workstations.remove(workstation);
        Answer::Done
    }

    pub fn subscribe(&mut self, (user, workstation): (&str, &str), part_number: &str) -> Answer {
        if self.own_workstation(user, workstation).is_err() {
            return Answer::Refused(404);
        }
        self.see(part_number);
        if self.world.watches.contains(&(part_number.to_owned(), workstation.to_owned())) {
            return Answer::Kept(part_number.to_owned());
        }
        self.watch(part_number, workstation);
        Answer::Made(part_number.to_owned())
    }

    pub fn unsubscribe(&mut self, (user, workstation): (&str, &str), part_number: &str) -> Answer {
        let is_own = self.own_workstation(user, workstation).is_ok();
        if is_own && self.world.watches.remove(&(part_number.to_owned(), workstation.to_owned())) {
            self.record_on("subscription.deleted", ("workstation", workstation), Some(part_number), json!({}));
        }
        Answer::Done
    }

    /// Forgets the oldest events, all of which are old enough.
    pub fn prune(&mut self, batch: usize) -> Answer {
        let count = batch.min(self.world.events.len());
        self.world.events.drain(..count);
        self.world.pruned += i64::try_from(count).expect("a few");
        Answer::Done
    }

    fn parts_held_by(&self, workstation: &str) -> BTreeSet<String> {
        let held =
            self.world.sessions.iter().filter(|session| session.workstation == workstation && session.end.is_none());
        held.map(|session| session.part_number.clone()).collect()
    }

    fn own_workstation(&self, user: &str, workstation: &str) -> Result<(), Answer> {
        match self.world.workstations.get(workstation) {
            None => Err(Answer::Refused(422)),
            Some(owner) if owner != user => Err(Answer::Refused(403)),
            Some(_) => Ok(()),
        }
    }

    /// Records what has expired on the session's item, if the session is the user's own.
    fn own_session(&mut self, user: &str, session: &str) -> Result<(), Answer> {
        let session = self.session(session).cloned().ok_or(Answer::Refused(404))?;
        if session.user != user {
            return Err(Answer::Refused(403));
        }
        self.expire(Some(&session.part_number));
        Ok(())
    }

    fn held_by(&self, workstation: &str, part_number: &str, object: Option<&str>) -> Option<String> {
        let session = self.in_the_way(part_number, workstation, object)?;
        (session.workstation == workstation).then(|| session.name.clone())
    }

    fn prolong(&mut self, name: &str, ttl: Option<i64>) {
        let session = self.session_mut(name);
        session.ttl = ttl.unwrap_or(session.ttl);
        let session = session.clone();
        let details = json!({"user": session.user, "expires_at": TIME});
        self.record("edit.session_renewed", name, &session.part_number, details);
    }
}
