//! The commands, given in the way that the components give them.

use baton_core::db::{Value, params};
use baton_core::events::Announcement;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Answer;
use super::{REQUEST_TTL, Seat, Store, sql};

/// How long a session lasts whose length doesn't matter, in seconds.
pub(super) const TTL: i64 = 600;

/// A request for a session.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub user: &'a str,
    pub part_number: &'a str,
    pub session_id: &'a str,
    pub workstation_id: Option<&'a str>,
    pub auto_acquire: Option<bool>,
    pub whole_item: bool,
    pub message: &'a str,
}

/// What is asked for of a session, besides its scope.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub level: &'a str,
    pub ttl: i64,
    pub note: Option<&'a str>,
    /// The one that is expected.
    pub revision: Option<&'a str>,
}

impl Store {
    /// Registers a workstation of `user`, which the view calls `name`.
    pub fn register(&self, user: &str, name: &str) -> Seat {
        let id = Uuid::new_v4().to_string();
        let cause = self.cause(user);
        let parameters = params![id.as_str(), user, name, name, cause.json, "[]"];
        let rows = self.run(&sql::insert_into("workstations"), parameters);
        assert_eq!(rows.map(|rows| rows.len()).ok(), Some(1), "{name} is somebody else's");
        self.name(&id, name.to_owned());
        Seat { user: user.to_owned(), id }
    }

    /// Says that a workstation is there, in the name of `user`.
    pub fn heartbeat(&self, user: &str, seat: &Seat) -> Answer {
        let cause = self.cause(user).json;
        self.command("do_heartbeat", params![seat.id.as_str(), user, cause], |state| match state {
            Some(state) if state["id"] == seat.id => Answer::Done,
            _ => Answer::Refused(403),
        })
    }

    /// Says what a part is made of.
    pub fn set_children(&self, user: &str, part_number: &str, children: &[&str]) -> Answer {
        let fresh = || Uuid::new_v4().to_string();
        let children = json!(children.iter().map(|child| json!([child, fresh()])).collect::<Vec<_>>()).to_string();
        let parameters = params![fresh(), part_number, children, self.cause(user).json];
        self.command("do_set_children", parameters, |state| Answer::to_set_children(&known(state)))
    }

    /// Acquires the whole of several items: all of them or none, or whatever is free.
    pub fn acquire_many(&self, seat: &Seat, parts: &[&str], is_atomic: bool, terms: &Terms<'_>) -> Answer {
        self.acquire_many_within(seat, parts, is_atomic, (terms, self.cause(&seat.user).json))
    }

    /// The same, with a cause.
    pub fn acquire_many_within(
        &self,
        seat: &Seat,
        parts: &[&str],
        is_atomic: bool,
        (terms, cause): (&Terms<'_>, String),
    ) -> Answer {
        let fresh = || Uuid::new_v4().to_string();
        let members: Vec<_> = parts.iter().map(|part| json!([part, fresh(), fresh()])).collect();
        let (user, id, note) = (seat.user.as_str(), seat.id.as_str(), terms.note.map(str::to_owned));
        let list = json!(members).to_string();
        let parameters = params![id, user, list, i32::from(is_atomic), terms.ttl, note, cause];
        let made: Vec<_> = members.iter().map(|member| member[1].as_str().expect("an id")).collect();
        self.command("do_acquire_batch", parameters, |state| {
            Answer::to_acquire_many(&known(state), &made, user, is_atomic)
        })
    }

    /// How many steps of SQLite's machine it takes to acquire the whole of several items, with a quota.
    pub fn work_of_acquiring(&self, seat: &Seat, parts: &[&str], terms: &Terms<'_>) -> i32 {
        let fresh = || Uuid::new_v4().to_string();
        let list = json!(parts.iter().map(|part| json!([part, fresh(), fresh()])).collect::<Vec<_>>()).to_string();
        let cause = json!({"change": fresh(), "actor": seat.user, "request_id": "r", "ip": null,
            "quota": {"sessions": 10_000}, "rate": 6_000});
        let mut statement = self.raw().prepare(&sql::insert_into("do_acquire_batch")).expect("a statement");
        let parameters = rusqlite::params![seat.id, seat.user, list, 1, terms.ttl, terms.note, cause.to_string()];
        let mut rows = statement.query(parameters).expect("a batch");
        while rows.next().expect("a row").is_some() {}
        drop(rows);
        statement.get_status(rusqlite::StatementStatus::VmStep)
    }

    /// Releases several sessions: for each why it is over, or nothing.
    pub fn release_many(&self, user: &str, session_ids: &[&str]) -> Vec<Option<String>> {
        let (cause, list) = (self.cause(user).json, json!(session_ids).to_string());
        let mut reasons = Vec::new();
        self.command("do_release_batch", params![list, user, cause], |state| {
            let left = known(state);
            reasons =
                left.as_array().expect("a list").iter().map(|one| one["reason"].as_str().map(str::to_owned)).collect();
            Answer::Done
        });
        reasons
    }

    /// Gives a session to a workstation.
    pub fn give(&self, user: &str, part_number: &str, session_id: &str, to: &Seat) -> Answer {
        self.give_to(user, part_number, session_id, (Some(&to.id), None))
    }

    /// Gives a session to a workstation, or to the one of a user's that was seen last.
    pub fn give_to(
        &self,
        user: &str,
        part_number: &str,
        session_id: &str,
        (workstation_id, to_user): (Option<&str>, Option<&str>),
    ) -> Answer {
        let (id, cause) = (Uuid::new_v4().to_string(), self.cause(user).json);
        let (workstation_id, to_user) = (workstation_id.map(str::to_owned), to_user.map(str::to_owned));
        let parameters = params![session_id, part_number, user, workstation_id, to_user, id, cause];
        self.command("do_give", parameters, |state| Answer::to_give(&known(state), user))
    }

    /// Tells of sessions that nobody has been at for this many seconds; true if there are more.
    pub fn tell_stale(&self, seconds: u32) -> bool {
        let cause = self.cause("system").json;
        let parameters = params![format!("-{seconds} seconds"), cause];
        let answer = self.command("do_tell_stale", parameters, |state| match state {
            Some(Json::Bool(true)) => Answer::Kept(String::new()),
            _ => Answer::Done,
        });
        answer != Answer::Done
    }

    /// Records whatever has expired.
    pub fn expire_all(&self) -> Answer {
        let cause = self.cause("system").json;
        self.command("do_expire_all", params![cause], |_| Answer::Done)
    }

    /// Asks for a session: first in the way that comes to a new request and nothing else, unless the store is told not to.
    pub fn ask(&self, ask: Ask<'_>) -> Answer {
        let id = Uuid::new_v4().to_string();
        let cause = self.cause(ask.user).json;
        let parameters = params![
            id.as_str(),
            ask.session_id,
            ask.part_number,
            ask.user,
            ask.workstation_id.map(str::to_owned),
            ask.message,
            ask.auto_acquire.map(i32::from),
            i32::from(ask.whole_item),
            REQUEST_TTL,
            cause,
        ];
        let read = |state| Answer::to_ask(&known(state), &id, ask.user, ask.workstation_id.is_some());
        let alike = |request: Json| json!({ "workstation_user": ask.user, "session": {}, "request": request });
        match self.plainly(&sql::insert_into("do_plain_request_handoff"), &parameters) {
            Ok(Some(request)) => read(Some(alike(request))),
            Ok(None) => self.command("do_request_handoff", parameters, read),
            Err(refused) => refused,
        }
    }

    /// Hands the session over that a request is for.
    pub fn accept(&self, user: &str, request_id: &str) -> Answer {
        self.answer(user, request_id, "accepted", None)
    }

    /// Refuses a request.
    pub fn decline(&self, user: &str, request_id: &str, message: Option<&str>) -> Answer {
        self.answer(user, request_id, "declined", message)
    }

    fn answer(&self, user: &str, request_id: &str, status: &str, message: Option<&str>) -> Answer {
        let cause = self.cause(user).json;
        let (session_id, message) = (Uuid::new_v4().to_string(), message.map(str::to_owned));
        let parameters = params![request_id, user, status, message, session_id, cause];
        self.command("do_answer_handoff", parameters, |state| Answer::to_answer(state.as_ref(), user))
    }

    /// Takes a request back.
    pub fn cancel(&self, user: &str, request_id: &str) -> Answer {
        let cause = self.cause(user).json;
        let parameters = params![request_id, user, cause];
        self.command("do_cancel_handoff", parameters, |state| Answer::to_cancel(state.as_ref(), user))
    }

    /// Removes a workstation.
    pub fn remove(&self, seat: &Seat) -> Answer {
        loop {
            match self.remove_a_bit(seat).as_str() {
                "gone" => return Answer::Done,
                "in_use" => return Answer::Refused(409),
                _ => {}
            }
        }
    }

    /// Makes a step of removing a workstation; false once it is gone.
    pub fn remove_step(&self, seat: &Seat) -> bool {
        self.remove_a_bit(seat) != "gone"
    }

    fn remove_a_bit(&self, seat: &Seat) -> String {
        let cause = self.cause(&seat.user).json;
        let rows = self.run(&sql::insert_into("do_remove_workstation"), params![seat.id.as_str(), cause]);
        let outcome = rows.expect("a step").first().expect("a row").json::<String>(0).expect("JSON");
        outcome.expect("an outcome")
    }

    /// Lets a workstation watch an item, or all whose part numbers begin so where it ends in `*`.
    pub fn subscribe(&self, seat: &Seat, part_number: &str) -> Answer {
        self.subscribe_to(seat, part_number, "item")
    }

    /// Lets a workstation watch an item and all that it is made of.
    pub fn subscribe_tree(&self, seat: &Seat, part_number: &str) -> Answer {
        self.subscribe_to(seat, part_number, "tree")
    }

    fn subscribe_to(&self, seat: &Seat, part_number: &str, scope: &str) -> Answer {
        let cause = self.cause(&seat.user).json;
        let (id, user) = (seat.id.as_str(), seat.user.as_str());
        let (view, parameters) = match part_number.strip_suffix('*') {
            Some(beginning) => ("do_watch_pattern", params![id, user, beginning, cause]),
            None => ("do_subscribe", params![id, user, Uuid::new_v4().to_string(), part_number, scope, cause]),
        };
        self.command(view, parameters, |state| match state {
            Some(state) if state["created"] == true => Answer::Made(part_number.to_owned()),
            Some(_) => Answer::Kept(part_number.to_owned()),
            None => Answer::Refused(404),
        })
    }

    /// Lets a workstation watch an item, or all that a pattern fits, no longer.
    pub fn unsubscribe(&self, seat: &Seat, part_number: &str) -> Answer {
        self.unsubscribe_from(seat, part_number, "item")
    }

    /// Lets a workstation watch an item and all that it is made of no longer.
    pub fn unsubscribe_tree(&self, seat: &Seat, part_number: &str) -> Answer {
        self.unsubscribe_from(seat, part_number, "tree")
    }

    fn unsubscribe_from(&self, seat: &Seat, part_number: &str, scope: &str) -> Answer {
        let cause = self.cause(&seat.user).json;
        let (id, user) = (seat.id.as_str(), seat.user.as_str());
        let (view, parameters) = match part_number.strip_suffix('*') {
            Some(beginning) => ("do_unwatch_pattern", params![id, user, beginning, cause]),
            None => ("do_unsubscribe", params![id, user, part_number, scope, cause]),
        };
        self.run(&sql::insert_into(view), parameters).map_or_else(Answer::refused, |_| Answer::Done)
    }

    /// Forgets the events that are older than `age` (such as `-1 hours`), at most `batch` of them.
    pub fn prune(&self, age: &str, batch: i64) -> Answer {
        let parameters = params![age, batch];
        self.run(&sql::insert_into("do_prune"), parameters).map_or_else(Answer::refused, |_| Answer::Done)
    }

    /// Gives a command whose first column is its outcome and whose second one is to be announced.
    pub(super) fn command(
        &self,
        view: &str,
        parameters: Vec<Value>,
        read: impl FnOnce(Option<Json>) -> Answer,
    ) -> Answer {
        self.statement(&sql::insert_into(view), parameters, read)
    }

    /// The same, of the statement itself.
    pub(super) fn statement(
        &self,
        statement: &str,
        parameters: Vec<Value>,
        read: impl FnOnce(Option<Json>) -> Answer,
    ) -> Answer {
        let before = self.head();
        let rows = match self.run(statement, parameters) {
            Ok(rows) => rows,
            Err(problem) => return Answer::refused(problem),
        };
        let row = rows.first().expect("a command returns one row");
        let announcement = row.json::<Announcement>(1).expect("an announcement is JSON");
        let (through, head) = (announcement.map(|announcement| announcement.through), self.head());
        assert_eq!(through, (head > before).then_some(head), "{statement} names its newest event");
        read(row.json(0).expect("an outcome is JSON"))
    }

    fn head(&self) -> i64 {
        self.value("SELECT seq FROM log_head")
    }
}

pub(super) fn known(state: Option<Json>) -> Json {
    state.expect("this command has an outcome in any case")
}
