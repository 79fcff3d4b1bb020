//! The commands by example.

mod batches;
mod expiry;
mod giving;
mod handoff;
mod line;
mod logs;
mod presence;
mod regressions;
mod reservations;
mod rights;
mod sessions;
mod staleness;
mod trees;
mod webhooks;
mod workstations;

use crate::store::{Answer, Ask, Seat, Store};
use crate::world::{Request, Session};

const PART: &str = "F1";

/// Three users, each at a workstation of the same name.
struct Scene {
    store: Store,
    anna: Seat,
    ben: Seat,
    cleo: Seat,
}

impl Scene {
    fn new() -> Self {
        let store = Store::new();
        let [anna, ben, cleo] = ["anna", "ben", "cleo"].map(|user| store.register(user, user));
        Self { store, anna, ben, cleo }
    }

    /// A new session on the part. Returns its id.
    fn hold(&self, seat: &Seat, object: Option<&str>) -> String {
        match self.store.acquire(seat, PART, object) {
            Answer::Made(id) => id,
            other => panic!("{object:?} can't be acquired: {other:?}"),
        }
    }

    /// A new request for a session, for the seat's workstation and in line. Returns its id.
    fn stand_in_line(&self, seat: &Seat, session_id: &str) -> String {
        self.ask(seat, session_id, Some(true)).id()
    }

    fn ask(&self, seat: &Seat, session_id: &str, auto_acquire: Option<bool>) -> Answer {
        let (user, workstation_id) = (seat.user.as_str(), Some(seat.id.as_str()));
        self.store.ask(Ask {
            user,
            part_number: PART,
            session_id,
            workstation_id,
            auto_acquire,
            whole_item: false,
            message: "please",
        })
    }

    /// A new request for the whole item, in line, made on the session of an object. Returns its id.
    fn ask_for_all(&self, seat: &Seat, session_id: &str) -> String {
        let (user, workstation_id, message) = (seat.user.as_str(), Some(seat.id.as_str()), "please");
        let auto_acquire = Some(true);
        let ask = Ask { user, part_number: PART, session_id, workstation_id, auto_acquire, whole_item: true, message };
        self.store.ask(ask).id()
    }

    fn release(&self, seat: &Seat, session_id: &str) {
        assert_eq!(self.store.release(&seat.user, PART, session_id), Answer::Done);
    }

    /// The session of this id.
    fn session(&self, id: &str) -> Session {
        let name = &self.store.names()[id];
        self.store.world().sessions.into_iter().find(|session| session.name == *name).expect("a session")
    }

    /// The request of this id.
    fn request(&self, id: &str) -> Request {
        let name = &self.store.names()[id];
        self.store.world().requests.into_iter().find(|request| request.name == *name).expect("a request")
    }

    /// Who holds what, such as `anna: whole` or `ben: bore`, in the order of acquiring.
    fn held(&self) -> Vec<String> {
        let sessions = self.store.world().sessions.into_iter().filter(Session::is_active);
        sessions
            .map(|session| format!("{}: {}", session.workstation, session.object.as_deref().unwrap_or("whole")))
            .collect()
    }

    /// What `act` causes: each event's type, and who receives it.
    fn events_of<T>(&self, act: impl FnOnce(&Self) -> T) -> Vec<String> {
        let before = self.store.world().events.len();
        act(self);
        let events = self.store.world().events.split_off(before);
        events.into_iter().map(|event| format!("{} to {}", event.kind, join(event.to))).collect()
    }

    /// What `act` leaves in the audit log: each row's actor, action and resource.
    fn audit_of<T>(&self, act: impl FnOnce(&Self) -> T) -> Vec<String> {
        let before = self.store.world().audit.len();
        act(self);
        let rows = self.store.world().audit.split_off(before);
        rows.into_iter().map(|row| format!("{} {} {}", row.actor, row.action, row.resource)).collect()
    }
}

fn join(names: impl IntoIterator<Item = String>) -> String {
    names.into_iter().collect::<Vec<_>>().join(" ")
}
