//! Acquiring, renewing and releasing, given in the ways that their component gives them.

use baton_core::db::{Value, params};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Answer;
use super::commands::{TTL, Terms, known};
use super::{Seat, Store, sql};

impl Store {
    /// Acquires an item, or one object in it.
    pub fn acquire(&self, seat: &Seat, part_number: &str, object_id: Option<&str>) -> Answer {
        self.acquire_for(seat, part_number, object_id, "part", TTL)
    }

    /// The same, at a level and for some seconds.
    pub fn acquire_for(
        &self,
        seat: &Seat,
        part_number: &str,
        object_id: Option<&str>,
        level: &str,
        ttl: i64,
    ) -> Answer {
        self.acquire_on(seat, part_number, object_id, &Terms { level, ttl, note: None, revision: None })
    }

    /// The same, on these terms.
    pub fn acquire_on(&self, seat: &Seat, part_number: &str, object_id: Option<&str>, terms: &Terms<'_>) -> Answer {
        self.acquire_scope(seat, (part_number, object_id, "item"), terms)
    }

    /// An item, one object in it, or a tree.
    pub fn acquire_scope(
        &self,
        seat: &Seat,
        (part_number, object_id, scope): (&str, Option<&str>, &str),
        terms: &Terms<'_>,
    ) -> Answer {
        let (id, item_id) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let (user, workstation_id) = (seat.user.as_str(), seat.id.as_str());
        let cause = self.cause(user).json;
        let (object_id, note) = (object_id.map(str::to_owned), terms.note.map(str::to_owned));
        let parameters = params![
            "acquire",
            id.as_str(),
            item_id,
            part_number,
            user,
            workstation_id,
            terms.level,
            object_id,
            terms.ttl,
            note,
            terms.revision.map(str::to_owned),
            scope,
            cause,
        ];
        let acquired = |state: Json| json!({ "workstation_user": state["user"], "session": state["session"] });
        self.edit(parameters, acquired, |state| Answer::to_acquire(&known(state), &id, user))
    }

    /// Renews a session.
    pub fn renew(&self, user: &str, part_number: &str, session_id: &str, ttl: Option<i64>) -> Answer {
        self.renew_with(user, part_number, session_id, (ttl, None))
    }

    /// The same, with a new length and a new note.
    pub fn renew_with(
        &self,
        user: &str,
        part_number: &str,
        session_id: &str,
        changed: (Option<i64>, Option<&str>),
    ) -> Answer {
        let changed = (changed.0, changed.1, None);
        let parameters = self.on_session("renew", user, part_number, session_id, changed);
        self.edit(parameters, |state| state, |state| Answer::to_renew(state.as_ref(), user))
    }

    /// Releases a session.
    pub fn release(&self, user: &str, part_number: &str, session_id: &str) -> Answer {
        self.release_at(user, part_number, session_id, None)
    }

    /// The same, leaving a revision.
    pub fn release_at(&self, user: &str, part_number: &str, session_id: &str, revision: Option<&str>) -> Answer {
        let parameters = self.on_session("release", user, part_number, session_id, (None, None, revision));
        self.edit(parameters, |state| state, |state| Answer::to_release(state.as_ref(), user))
    }

    /// The parameters of what is done with a session that there is.
    fn on_session(
        &self,
        verb: &str,
        user: &str,
        part_number: &str,
        session_id: &str,
        (ttl, note, revision): (Option<i64>, Option<&str>, Option<&str>),
    ) -> Vec<Value> {
        let (note, revision) = (note.map(str::to_owned), revision.map(str::to_owned));
        let (cause, none) = (self.cause(user).json, || Value::Null);
        params![verb, session_id, none(), part_number, user, none(), none(), none(), ttl, note, revision, none(), cause]
    }

    /// Edits: first in the way that concerns nobody else, unless the store is told not to: by turns as one that goes alone and as one
    /// among others. What that returns is made to look like what the other returns.
    fn edit(
        &self,
        parameters: Vec<Value>,
        alike: impl FnOnce(Json) -> Json,
        read: impl FnOnce(Option<Json>) -> Answer,
    ) -> Answer {
        let mut statement = sql::insert_into("do_plain_edit");
        if let Some(Value::Text(verb)) = parameters.first()
            && self.plain_changes.get().is_multiple_of(2)
        {
            statement = statement.replace("do_plain_edit", &format!("do_plain_{verb}"));
        }
        match self.plainly(&statement, &parameters) {
            Ok(Some(state)) => read(Some(alike(state))),
            Ok(None) => self.command("do_edit", parameters, read),
            Err(refused) => refused,
        }
    }

    /// Tries a statement that does what concerns nobody else, and nothing otherwise; or what refused it. Nothing, where the store is told
    /// not to.
    pub(super) fn plainly(&self, statement: &str, parameters: &[Value]) -> Result<Option<Json>, Answer> {
        if self.in_full.get() {
            return Ok(None);
        }
        let mut plain = None;
        let tried = self.statement(statement, parameters.to_vec(), |state| {
            plain = state;
            Answer::Done
        });
        self.plain_changes.set(self.plain_changes.get() + u32::from(plain.is_some()));
        if tried == Answer::Done { Ok(plain) } else { Err(tried) }
    }
}
