//! Many parts at once.

use super::Model;
use super::sessions::Grant;
use crate::store::{Answer, Terms};
use crate::world::Session;

impl Model {
    /// The whole of several items: all or none, or whatever is free.
    pub fn acquire_many(
        &mut self,
        (user, workstation): (&str, &str),
        parts: &[&str],
        is_atomic: bool,
        terms: &Terms<'_>,
    ) -> Answer {
        if let Err(refused) = self.own_workstation(user, workstation) {
            return refused;
        }
        self.hear(workstation);
        for part in parts.iter().filter(|part| self.world.items.contains_key(**part)).collect::<Vec<_>>() {
            self.expire(part);
        }
        let obstacles: Vec<_> = parts.iter().filter_map(|part| self.obstacle(part, workstation)).collect();
        if is_atomic && !obstacles.is_empty() {
            return Answer::Obstacles(obstacles);
        }
        parts.iter().for_each(|part| self.see(part));
        let is_held = |session: &&Session| {
            session.is_active()
                && session.workstation == workstation
                && session.object.is_none()
                && parts.contains(&session.part_number.as_str())
        };
        let held: Vec<_> = self.world.sessions.iter().filter(is_held).map(|session| session.name.clone()).collect();
        held.iter().for_each(|session| self.prolong(session, Some(terms.ttl), terms.note));
        let each: Vec<_> = parts.iter().map(|part| self.take(part, (user, workstation), terms)).collect();
        for (part, answer) in parts.iter().zip(&each) {
            if matches!(answer, Answer::Made(_)) {
                self.move_line(part);
            }
        }
        Answer::Parts(each)
    }

    /// What keeps a workstation from the whole of an item that it doesn't hold.
    fn obstacle(&self, part: &str, workstation: &str) -> Option<Answer> {
        if let Some(session) = self.in_the_way(part, workstation, None) {
            return (session.workstation != workstation).then(|| Answer::Held(session.name.clone()));
        }
        let first = self.first_in_line(part, Some(workstation), None, None)?;
        Some(Answer::InLine(first.name))
    }

    /// The whole of one item among others.
    fn take(&mut self, part: &str, (user, workstation): (&str, &str), terms: &Terms<'_>) -> Answer {
        if let Some(own) = self.held_by(workstation, part, None) {
            return Answer::Kept(own);
        }
        if let Some(obstacle) = self.obstacle(part, workstation) {
            return obstacle;
        }
        let session = self.grant(Grant {
            part_number: part.to_owned(),
            user: user.to_owned(),
            workstation: workstation.to_owned(),
            level: "part".to_owned(),
            object: None,
            ttl: terms.ttl,
            note: terms.note.filter(|note| !note.is_empty()).map(str::to_owned),
            origin: "acquired",
        });
        Answer::Made(session)
    }
}
