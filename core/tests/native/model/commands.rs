//! The commands, with names in the places of ids.

use serde_json::json;

use super::Model;
use super::sessions::Grant;
use crate::store::{Answer, REQUEST_TTL, Terms};
use crate::world::{Request, Session, TIME};

/// A request for a session.
pub struct Ask<'a> {
    pub user: &'a str,
    pub session: &'a str,
    pub workstation: Option<&'a str>,
    pub auto_acquire: Option<bool>,
    pub whole_item: bool,
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
        terms: &Terms<'_>,
    ) -> Answer {
        if let Err(refused) = self.own_workstation(user, workstation) {
            return refused;
        }
        self.hear(workstation);
        self.see(part_number);
        self.expire(part_number);
        if let Some(own) = self.held_by(workstation, part_number, object) {
            self.prolong(&own, Some(terms.ttl), terms.note);
            return Answer::Kept(own);
        }
        if let Some(holder) = self.in_the_way(part_number, workstation, object) {
            return Answer::Held(holder.name.clone());
        }
        if let Some(first) = self.first_in_line(part_number, Some(workstation), object, None) {
            return Answer::InLine(first.name.clone());
        }
        let session = self.grant(Grant {
            part_number: part_number.to_owned(),
            user: user.to_owned(),
            workstation: workstation.to_owned(),
            level: terms.level.to_owned(),
            object: object.map(str::to_owned),
            ttl: terms.ttl,
            note: terms.note.filter(|note| !note.is_empty()).map(str::to_owned),
            origin: "acquired",
        });
        self.move_line(part_number);
        Answer::Made(session)
    }

    pub fn renew(&mut self, user: &str, session: &str, (ttl, note): (Option<i64>, Option<&str>)) -> Answer {
        if let Err(refused) = self.own_session(user, session) {
            return refused;
        }
        match self.session_mut(session).end.clone() {
            Some(reason) => Answer::Gone(reason),
            None => {
                self.prolong(session, ttl, note);
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

    /// The holder gives a session to a workstation. Who gets it waits for it no longer.
    pub fn give(&mut self, user: &str, session: &str, workstation: &str) -> Answer {
        if let Err(refused) = self.own_session(user, session) {
            return refused;
        }
        let given = self.session_mut(session).clone();
        let recipient = self.world.workstations[workstation].clone();
        if let Some(reason) = given.end {
            return Answer::Gone(reason);
        }
        if recipient == user {
            return Answer::OwnSession;
        }
        if let Some(other) = self.keeps_from(&given, workstation, given.object.as_deref()) {
            return Answer::Held(other.name.clone());
        }
        self.supersede_own(workstation, &given);
        let grant = Grant {
            part_number: given.part_number.clone(),
            user: recipient,
            workstation: workstation.to_owned(),
            level: given.level.clone(),
            object: given.object.clone(),
            ttl: given.ttl,
            note: given.note.clone(),
            origin: "transferred",
        };
        Answer::Made(self.transfer(&given, grant))
    }

    /// Tells of the sessions that lie idle, once.
    pub fn tell_stale(&mut self) -> Answer {
        for (name, was_told) in self.idle.clone() {
            let session = self.session_mut(&name).clone();
            if was_told || !session.is_active() || self.due.contains(&name) {
                continue;
            }
            self.idle.iter_mut().filter(|(idle, _)| *idle == name).for_each(|(_, told)| *told = true);
            let about = json!({"user": session.user, "workstation_id": session.workstation, "object_id": session.object,
                "fence": session.fence, "active_at": TIME});
            let mut data = about.clone();
            data["session_id"] = json!(name);
            let to: Vec<_> = self.askers(&name).into_iter().chain([session.workstation]).collect();
            self.tell_watchers_and("edit.session_stale", &session.part_number, &to, data);
            self.record("edit.session_stale", &name, &session.part_number, about);
        }
        Answer::Done
    }

    pub fn expire_all(&mut self) -> Answer {
        self.expire_everywhere();
        Answer::Done
    }

    pub fn ask(&mut self, ask: Ask<'_>) -> Answer {
        let Some(session) = self.session(ask.session).cloned() else { return Answer::Refused(404) };
        if let Some(Err(refused)) = ask.workstation.map(|workstation| self.own_workstation(ask.user, workstation)) {
            return refused;
        }
        ask.workstation.into_iter().for_each(|workstation| self.hear(workstation));
        self.expire(&session.part_number);
        match self.session_mut(ask.session).end.clone() {
            Some(reason) => Answer::Gone(reason),
            None if session.user == ask.user => Answer::OwnSession,
            None => match self.pending(ask.session, ask.user, ask.workstation).map(|request| request.name.clone()) {
                Some(name) => self.ask_again(&name, &ask),
                None => self.ask_anew(&ask),
            },
        }
    }

    fn ask_again(&mut self, name: &str, ask: &Ask<'_>) -> Answer {
        let end = self.end_of_the_line();
        let request = self.request_mut(name);
        let (place, workstation) = (request.place, request.workstation.clone());
        request.message = ask.message.to_owned();
        request.workstation = ask.workstation.map(str::to_owned).or(request.workstation.take());
        request.auto_acquire = ask.auto_acquire.unwrap_or(request.auto_acquire);
        let wants_more = ask.whole_item && request.object.is_some();
        request.object = request.object.take().filter(|_| !ask.whole_item);
        let kept = place.filter(|_| !wants_more).unwrap_or(end);
        request.place = request.auto_acquire.then_some(kept);
        let request = request.clone();
        self.tell_holder(name, "edit.handoff_requested");
        if request.place != place {
            self.note_place(if request.place.is_some() { "edit.line_joined" } else { "edit.line_left" }, &request);
        }
        if place.is_some() && (request.place != place || request.workstation != workstation) {
            self.advance(&request.part_number);
        }
        Answer::Kept(name.to_owned())
    }

    fn ask_anew(&mut self, ask: &Ask<'_>) -> Answer {
        let session = self.session_mut(ask.session).clone();
        let (name, end) = (format!("r{}", self.world.requests.len() + 1), self.end_of_the_line());
        let auto_acquire = ask.auto_acquire.unwrap_or(false);
        let request = Request {
            name: name.clone(),
            session: session.name,
            part_number: session.part_number,
            requester: ask.user.to_owned(),
            workstation: ask.workstation.map(str::to_owned),
            holder: session.user,
            message: ask.message.to_owned(),
            auto_acquire,
            status: "pending".to_owned(),
            answer: None,
            level: session.level,
            object: session.object.filter(|_| !ask.whole_item),
            ttl: REQUEST_TTL,
            granted: None,
            place: auto_acquire.then_some(end),
            absent: false,
        };
        self.world.requests.push(request.clone());
        self.tell_holder(&name, "edit.handoff_requested");
        if auto_acquire {
            self.note_place("edit.line_joined", &request);
        }
        Answer::Made(name)
    }

    /// The holder accepts a request, or declines it with a word.
    pub fn answer(&mut self, user: &str, name: &str, accepted: bool, message: Option<&str>) -> Answer {
        let request = match self.request(name) {
            None => return Answer::Refused(404),
            Some(request) if request.holder != user => return Answer::Refused(403),
            Some(request) => request,
        };
        self.expire(&request.part_number);
        match self.request_mut(name).clone() {
            now if now.holder != user => Answer::Refused(403),
            now if !now.is_pending() => Answer::NotPending(now.status),
            now if self.session(&now.session).is_none_or(|session| !session.is_active()) => {
                Answer::NotPending(now.status)
            }
            now if accepted => self.accept(&now),
            now => {
                self.request_mut(name).answer = message.map(str::to_owned);
                self.conclude(name, "declined");
                self.tell_requester(name, "edit.handoff_declined");
                self.give_up_place(&now);
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
        self.expire(&request.part_number);
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
        self.leaving = Some(workstation.to_owned());
        let is_own = |request: &&Request| request.workstation.as_deref() == Some(workstation) && request.is_pending();
        let own: Vec<_> = self.world.requests.iter().filter(is_own).map(|request| request.name.clone()).collect();
        for name in own {
            let part_number = self.request_mut(&name).part_number.clone();
            self.expire(&part_number);
            let request = self.request_mut(&name).clone();
            if request.is_pending() {
                self.withdraw(&request);
            }
        }
        let is_held = |session: &&Session| session.workstation == workstation && session.is_active();
        let held: Vec<_> = self.world.sessions.iter().filter(is_held).cloned().collect();
        for session in held {
            self.expire(&session.part_number);
            if self.session_mut(&session.name).is_active() {
                self.end(&session.name, "released");
            }
        }
        let watched = self.watching.iter().filter(|(_, watcher)| watcher == workstation).map(|(part, _)| part.clone());
        watched.collect::<Vec<_>>().iter().for_each(|part| self.forget(part, workstation));
        let patterns = self.patterns.iter().filter(|(_, watcher)| watcher == workstation).map(|(name, _)| name.clone());
        patterns.collect::<Vec<_>>().iter().for_each(|pattern| self.forget_pattern(pattern, workstation));
        self.leaving = None;
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
        self.hear(workstation);
        if part_number.ends_with('*') {
            let is_new = self.watch_pattern(part_number, workstation);
            return if is_new { Answer::Made(part_number.to_owned()) } else { Answer::Kept(part_number.to_owned()) };
        }
        self.see(part_number);
        if self.world.watches.contains(&(part_number.to_owned(), workstation.to_owned())) {
            return Answer::Kept(part_number.to_owned());
        }
        self.watch(part_number, workstation);
        Answer::Made(part_number.to_owned())
    }

    pub fn unsubscribe(&mut self, (user, workstation): (&str, &str), part_number: &str) -> Answer {
        if self.own_workstation(user, workstation).is_ok() {
            self.hear(workstation);
            self.forget(part_number, workstation);
            self.forget_pattern(part_number, workstation);
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

    pub(super) fn own_workstation(&self, user: &str, workstation: &str) -> Result<(), Answer> {
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
        self.expire(&session.part_number);
        Ok(())
    }

    pub(super) fn held_by(&self, workstation: &str, part_number: &str, object: Option<&str>) -> Option<String> {
        let session = self.in_the_way(part_number, workstation, object)?;
        (session.workstation == workstation).then(|| session.name.clone())
    }

    pub(super) fn prolong(&mut self, name: &str, ttl: Option<i64>, note: Option<&str>) {
        let session = self.session_mut(name);
        session.ttl = ttl.unwrap_or(session.ttl);
        session.note = note.map(str::to_owned).or(session.note.take()).filter(|note| !note.is_empty());
        let session = session.clone();
        self.idle.retain(|(idle, _)| idle != name);
        let details = json!({"user": session.user, "note": session.note, "expires_at": TIME});
        self.record("edit.session_renewed", name, &session.part_number, details);
        self.hear(&session.workstation);
    }
}
