//! Handoff requests, and the line of those with `auto_acquire`.

use serde_json::json;

use super::Model;
use super::sessions::Grant;
use crate::store::Answer;
use crate::world::{Request, Session};

impl Model {
    /// After the end of a session: whoever's scope is free gets it, the oldest first; the others in line wait on
    /// whoever is in their way now; the requests of those who don't stand in line have lost their object.
    pub(super) fn advance(&mut self, ended: &str) {
        self.grant_the_free(ended);
        for request in self.waiting(ended) {
            self.move_on(&request);
        }
        for request in self.waiting(ended) {
            self.conclude(&request.name, "superseded");
            self.note("edit.handoff_superseded", &request);
        }
    }

    fn grant_the_free(&mut self, ended: &str) {
        while let Some(request) = self.waiting(ended).into_iter().find(|request| self.can_be_granted(request)) {
            self.grant_request(&request);
        }
    }

    fn can_be_granted(&self, request: &Request) -> bool {
        let Some(workstation) = &request.workstation else { return false };
        let in_the_way = self.in_the_way(&request.part_number, workstation, request.object.as_deref());
        request.auto_acquire && in_the_way.is_none()
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

    /// Lets a request in line wait on the session that is in its way now, if it has a place there.
    fn move_on(&mut self, request: &Request) {
        let Some(workstation) = request.workstation.as_deref().filter(|_| request.auto_acquire) else { return };
        let in_the_way = self.in_the_way(&request.part_number, workstation, request.object.as_deref()).cloned();
        let Some(target) = in_the_way.filter(|session| session.workstation != workstation) else { return };
        if self.pending(&target.name, &request.requester).is_some() {
            return;
        }
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
        if self.is_kept_from(&old, &workstation) {
            return Answer::NotPending("pending".to_owned());
        }
        self.conclude(&request.name, "accepted");
        self.tell_requester(&request.name, "edit.handoff_accepted");
        let fence = self.world.items[&request.part_number] + 1;
        let new = format!("{}#{fence}", request.part_number);
        self.request_mut(&request.name).granted = Some(new.clone());
        self.close(&old.name, "transferred", Some(&new));
        self.grant(grant_of(request, (old.level, old.object), "transferred"));
        let data = json!({"session_id": old.name, "new_session_id": new, "from": old.user, "to": request.requester,
            "fence": fence});
        let sides = [old.workstation, workstation];
        self.tell_watchers_and("edit.session_transferred", &request.part_number, &sides, data);
        self.advance(&request.session);
        Answer::Done
    }

    /// Whether another session than `given` keeps a workstation from what it covers.
    fn is_kept_from(&self, given: &Session, workstation: &str) -> bool {
        self.world.sessions.iter().any(|session| {
            let is_in_the_way = match session.workstation == workstation {
                true => session.object == given.object,
                false => session.overlaps(given.object.as_deref()),
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
    }

    /// A request is over.
    pub(super) fn conclude(&mut self, name: &str, status: &str) {
        self.request_mut(name).status = status.to_owned();
    }

    fn note(&mut self, action: &str, request: &Request) {
        let details = json!({"requester": request.requester, "holder": request.holder, "request_id": request.name});
        self.record(action, &request.session, &request.part_number, details);
    }

    /// The pending requests for a session, in the order of asking.
    fn waiting(&self, session: &str) -> Vec<Request> {
        let found = self.world.requests.iter().filter(|request| request.is_pending() && request.session == session);
        found.cloned().collect()
    }

    /// A user's pending request for a session.
    pub(super) fn pending(&self, session: &str, user: &str) -> Option<&Request> {
        let mut requests = self.world.requests.iter();
        requests.find(|request| request.is_pending() && request.session == session && request.requester == user)
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
        origin,
    }
}
