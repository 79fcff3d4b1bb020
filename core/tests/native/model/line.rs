//! Handoff requests, and the line of those with `auto_acquire`.

use serde_json::json;

use super::Model;
use super::sessions::Grant;
use crate::store::Answer;
use crate::world::{Request, Session};

impl Model {
    /// After something has ended that was in somebody's way: whoever is there and whose scope is free gets it, in the order
    /// of their places; the others wait on whoever is in their way now.
    pub(super) fn advance(&mut self, part_number: &str) {
        for request in self.line(part_number) {
            if self.can_be_granted(&request) {
                self.grant_request(&request);
            }
        }
        self.move_line(part_number);
    }

    /// The requests in line for an item, in that order.
    fn line(&self, part_number: &str) -> Vec<Request> {
        let in_line = |request: &&Request| request.part_number == part_number && request.place.is_some();
        let mut line: Vec<_> = self.world.requests.iter().filter(in_line).cloned().collect();
        line.sort_by_key(|request| request.place);
        line
    }

    fn can_be_granted(&self, request: &Request) -> bool {
        let (part_number, object) = (&request.part_number, request.object.as_deref());
        let Some(workstation) = request.workstation.as_deref() else { return false };
        !request.absent
            && self.leaving.as_deref() != Some(workstation)
            && self.in_the_way(part_number, workstation, object).is_none()
            && self.first_in_line(part_number, Some(workstation), object, request.place).is_none()
    }

    /// Who stands first in line among those who keep `workstation` from `object`, before `place` if there is one.
    pub(super) fn first_in_line(
        &self,
        part_number: &str,
        workstation: Option<&str>,
        object: Option<&str>,
        place: Option<i64>,
    ) -> Option<Request> {
        self.line(part_number).into_iter().find(|request| request.is_before(workstation, object, place))
    }

    /// The place of who joins next.
    pub(super) fn end_of_the_line(&self) -> i64 {
        self.world.requests.iter().filter_map(|request| request.place).max().unwrap_or(0) + 1
    }

    /// Those in line whose session is over wait on another one, if one is in their way.
    pub(super) fn move_line(&mut self, part_number: &str) {
        let mut line = self.line(part_number);
        line.sort_by_key(|request| self.world.requests.iter().position(|other| other.name == request.name));
        for request in line {
            if !self.session_mut(&request.session).is_active() {
                self.move_on(&request);
            }
        }
    }

    /// Requests for a session that is over have lost their object, but for those in line.
    pub(super) fn supersede(&mut self, session: &str) {
        for request in self.waiting(session).into_iter().filter(|request| request.place.is_none()) {
            self.conclude(&request.name, "superseded");
            self.note("edit.handoff_superseded", &request);
        }
    }

    /// Records who in line has gone, and who has come back; false if nobody has.
    pub(super) fn note_presence(&mut self, part_number: &str) -> bool {
        let mut changed = self.line(part_number);
        changed.retain(|request| {
            request.absent != request.workstation.as_ref().is_some_and(|own| self.gone.contains(own))
        });
        changed.sort_by_key(|request| self.world.requests.iter().position(|other| other.name == request.name));
        for request in &changed {
            self.request_mut(&request.name).absent = !request.absent;
            self.note_place(if request.absent { "edit.line_resumed" } else { "edit.line_passed_over" }, request);
        }
        !changed.is_empty()
    }

    /// What the audit log says of a place in line.
    pub(super) fn note_place(&mut self, action: &str, request: &Request) {
        let details = json!({"request_id": request.name, "requester": request.requester,
            "workstation_id": request.workstation, "object_id": request.object, "scope": "item"});
        self.record(action, &request.session, &request.part_number, details);
    }

    /// Whoever has left the line may have kept others waiting.
    pub(super) fn give_up_place(&mut self, request: &Request) {
        if request.place.is_some() {
            self.advance(&request.part_number);
        }
    }

    fn grant_request(&mut self, request: &Request) {
        self.conclude(&request.name, "granted");
        let (level, object) = (request.level.clone(), request.object.clone());
        let session = self.grant(grant_of(request, (level, object), "granted"));
        self.request_mut(&request.name).granted = Some(session.clone());
        let fence = self.world.items[&request.part_number];
        let data = json!({"request_id": request.name, "session_id": session, "fence": fence,
            "expires_at": crate::world::TIME});
        let to: Vec<_> = request.workstation.iter().cloned().collect();
        self.tell("edit.session_granted", &request.part_number, &to, data);
        self.note("edit.handoff_granted", &Request { session, ..request.clone() });
    }

    /// Lets a request in line wait on the session that is in its way now, if one is.
    fn move_on(&mut self, request: &Request) {
        let Some(workstation) = request.workstation.as_deref() else { return };
        let in_the_way = self.in_the_way(&request.part_number, workstation, request.object.as_deref());
        let Some(target) = in_the_way.cloned() else { return };
        let moved = self.request_mut(&request.name);
        (moved.session, moved.holder) = (target.name, target.user);
        self.tell_holder(&request.name, "edit.handoff_moved");
    }

    /// Who asks is told to the holder.
    pub(super) fn tell_holder(&mut self, name: &str, action: &str) {
        let request = self.request_mut(name).clone();
        if let Some(workstation) = request.workstation.as_ref().filter(|_| action == "edit.handoff_requested") {
            self.watch(&request.part_number, workstation);
        }
        let data = json!({"item_id": request.part_number, "part_number": request.part_number,
            "session_id": request.session, "request_id": name, "requester": request.requester,
            "message": request.message});
        let to = [self.session_mut(&request.session).workstation.clone()];
        self.tell("edit.handoff_requested", &request.part_number, &to, data);
        let details = json!({"requester": request.requester, "holder": request.holder, "message": request.message,
            "request_id": name});
        self.record(action, &request.session, &request.part_number, details);
    }

    /// The holder's answer is told to the requester: to the workstation that the request names, or to all.
    pub(super) fn tell_requester(&mut self, name: &str, kind: &str) {
        let request = self.request_mut(name).clone();
        let to: Vec<_> = match &request.workstation {
            Some(workstation) => vec![workstation.clone()],
            None => self.workstations_of(&request.requester),
        };
        let data = json!({"request_id": name, "session_id": request.session, "holder": request.holder,
            "message": request.answer});
        self.tell(kind, &request.part_number, &to, data);
        let details = json!({"requester": request.requester, "holder": request.holder, "message": request.answer,
            "request_id": name});
        self.record(kind, &request.session, &request.part_number, details);
    }

    /// The session passes to the requester's workstation, or is released where the request names none. Another session
    /// can be in the way of what is handed over.
    pub(super) fn accept(&mut self, request: &Request) -> Answer {
        let old = self.session_mut(&request.session).clone();
        let Some(workstation) = request.workstation.clone() else {
            self.conclude(&request.name, "accepted");
            self.tell_requester(&request.name, "edit.handoff_accepted");
            self.end(&old.name, "released");
            return Answer::Done;
        };
        let object = old.object.clone().filter(|_| request.object.is_some());
        let is_more = object != old.object;
        let is_behind = is_more
            && self.first_in_line(&request.part_number, Some(&workstation), object.as_deref(), request.place).is_some();
        if self.keeps_from(&old, &workstation, object.as_deref()).is_some() || is_behind {
            return Answer::NotPending("pending".to_owned());
        }
        self.request_mut(&request.name).object = object.clone();
        self.conclude(&request.name, "accepted");
        self.tell_requester(&request.name, "edit.handoff_accepted");
        let grant = grant_of(request, (old.level.clone(), object), "transferred");
        let new = self.transfer(&old, grant);
        self.request_mut(&request.name).granted = Some(new);
        Answer::Done
    }

    /// A session passes to another workstation: it ends, and another one begins. Returns the new one's name.
    pub(super) fn transfer(&mut self, old: &Session, grant: Grant) -> String {
        let fence = self.world.items[&old.part_number] + 1;
        let new = format!("{}#{fence}", old.part_number);
        let data = json!({"session_id": old.name, "new_session_id": new, "from": old.user, "to": grant.user,
            "fence": fence});
        let sides = [old.workstation.clone(), grant.workstation.clone()];
        self.close(&old.name, "transferred", Some(&new));
        self.grant(grant);
        self.tell_watchers_and("edit.session_transferred", &old.part_number, &sides, data);
        self.advance(&old.part_number);
        new
    }

    /// What a workstation has asked for is over, where it is what it gets.
    pub(super) fn supersede_own(&mut self, workstation: &str, given: &Session) {
        let is_own = |request: &&Request| {
            request.is_pending()
                && request.workstation.as_deref() == Some(workstation)
                && (&request.part_number, &request.object) == (&given.part_number, &given.object)
        };
        let own: Vec<_> = self.world.requests.iter().filter(is_own).cloned().collect();
        for request in own {
            self.conclude(&request.name, "superseded");
            self.note("edit.handoff_superseded", &request);
        }
    }

    /// The oldest session, other than `given`, that keeps a workstation from a scope.
    pub(super) fn keeps_from(&self, given: &Session, workstation: &str, object: Option<&str>) -> Option<&Session> {
        self.world.sessions.iter().find(|session| {
            let is_in_the_way = match session.workstation == workstation {
                true => session.object.as_deref() == object,
                false => session.overlaps(object),
            };
            session.part_number == given.part_number
                && session.is_active()
                && session.name != given.name
                && is_in_the_way
        })
    }

    /// A request is taken back.
    pub(super) fn withdraw(&mut self, request: &Request) {
        self.conclude(&request.name, "cancelled");
        let to = [self.session_mut(&request.session).workstation.clone()];
        let data = json!({"request_id": request.name, "session_id": request.session, "requester": request.requester});
        self.tell("edit.handoff_cancelled", &request.part_number, &to, data);
        self.note("edit.handoff_cancelled", request);
        self.give_up_place(request);
    }

    /// A request is over.
    pub(super) fn conclude(&mut self, name: &str, status: &str) {
        let request = self.request_mut(name);
        request.status = status.to_owned();
        request.place = None;
    }

    fn note(&mut self, action: &str, request: &Request) {
        let details = json!({"requester": request.requester, "holder": request.holder, "request_id": request.name});
        self.record(action, &request.session, &request.part_number, details);
    }

    /// The workstations of those who have asked for a session.
    pub(super) fn askers(&self, session: &str) -> Vec<String> {
        let of = |request: Request| match request.workstation {
            Some(workstation) => vec![workstation],
            None => self.workstations_of(&request.requester),
        };
        self.waiting(session).into_iter().flat_map(of).collect()
    }

    /// The pending requests for a session, in the order of asking.
    fn waiting(&self, session: &str) -> Vec<Request> {
        let found = self.world.requests.iter().filter(|request| request.is_pending() && request.session == session);
        found.cloned().collect()
    }

    /// A user's pending request for a session, by preference for this workstation.
    pub(super) fn pending(&self, session: &str, user: &str, workstation: Option<&str>) -> Option<&Request> {
        let requests = self.world.requests.iter();
        requests
            .filter(|request| request.is_pending() && request.session == session && request.requester == user)
            .min_by_key(|request| request.workstation.as_deref() != workstation)
    }

    pub(super) fn request(&self, name: &str) -> Option<Request> {
        self.world.requests.iter().find(|request| request.name == name).cloned()
    }

    pub(super) fn request_mut(&mut self, name: &str) -> &mut Request {
        let found = self.world.requests.iter_mut().find(|request| request.name == name);
        found.unwrap_or_else(|| panic!("the model has no request {name}"))
    }

    fn workstations_of(&self, user: &str) -> Vec<String> {
        let found = self.world.workstations.iter().filter(|(_, owner)| *owner == user);
        found.map(|(workstation, _)| workstation.clone()).collect()
    }
}

fn grant_of(request: &Request, (level, object): (String, Option<String>), origin: &'static str) -> Grant {
    Grant {
        part_number: request.part_number.clone(),
        user: request.requester.clone(),
        workstation: request.workstation.clone().expect("only a request with a workstation is granted"),
        level,
        object,
        ttl: request.ttl,
        note: None,
        origin,
    }
}
