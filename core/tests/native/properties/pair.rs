//! The database and the model, side by side.

use crate::model::{self, Model};
use crate::store::{Answer, Ask, Seat, Store, Terms};
use crate::world::{Request, Session};

use super::command::{Acquire, Command, PLACES, Pick};

/// Gives each command to both.
pub struct Pair {
    pub store: Store,
    pub model: Model,
    seats: Vec<(Seat, String)>,
    registered: usize,
    lying: usize,
}

impl Pair {
    /// With a workstation at each place.
    pub fn new() -> Self {
        let mut pair =
            Self { store: Store::new(), model: Model::default(), seats: Vec::new(), registered: 0, lying: 0 };
        pair.seats = PLACES.iter().map(|user| pair.register(user)).collect();
        pair
    }

    /// The answers of database and model; none where there is nothing that the command could be about.
    pub fn give(&mut self, command: &Command) -> Option<(Answer, Answer)> {
        match command {
            Command::Acquire(acquire) => Some(self.acquire(acquire)),
            Command::AcquireMany { place, user, parts, is_atomic } => {
                Some(self.acquire_many(*place, *user, parts, *is_atomic))
            }
            Command::Renew { session, user, ttl, note } => self.renew(session, *user, (*ttl, *note)),
            Command::Release { session, user } => self.release(session, *user),
            Command::Give { session, user, place } => self.pass_on(session, *user, *place),
            Command::Ask { place, session, names_workstation, auto_acquire, whole_item } => {
                self.ask(*place, session, *names_workstation, (*auto_acquire, *whole_item))
            }
            Command::Answer { request, user, accepted } => self.answer(request, *user, *accepted),
            Command::Cancel { request, user } => self.cancel(request, *user),
            Command::Replace { place } => Some(self.replace(*place)),
            Command::Subscribe { place, part } => Some(self.subscribe(*place, part)),
            Command::Unsubscribe { place, part } => Some(self.unsubscribe(*place, part)),
            Command::LetExpire { session } => self.let_expire(session),
            Command::LetLie { session } => self.let_lie(session),
            Command::TellStale => {
                assert!(!self.store.tell_stale(3600), "there are few");
                Some((Answer::Done, self.model_for("system").tell_stale()))
            }
            Command::GoAway { place } => {
                let (seat, workstation) = &self.seats[*place];
                self.store.let_go_quiet(seat);
                self.model.gone.insert(workstation.clone());
                None
            }
            Command::ComeBack { place } => {
                let (seat, workstation) = self.seats[*place].clone();
                let answer = self.store.heartbeat(&seat.user, &seat);
                self.model_for(&seat.user).hear(&workstation);
                Some((answer, Answer::Done))
            }
            Command::ExpireAll => {
                let answer = self.store.expire_all();
                Some((answer, self.model_for("system").expire_all()))
            }
            Command::Prune { batch } => {
                let answer = self.store.prune("+1 hours", i64::try_from(*batch).expect("a few"));
                Some((answer, self.model.prune(*batch)))
            }
        }
    }

    fn acquire(&mut self, acquire: &Acquire) -> (Answer, Answer) {
        let Acquire { place, user, part, object, level, ttl, note } = acquire;
        let terms = Terms { level, ttl: *ttl, note: *note, revision: None };
        let (Seat { user: owner, id }, workstation) = self.seats[*place].clone();
        let user = user.map_or(owner, str::to_owned);
        let answer = self.store.acquire_on(&Seat { user: user.clone(), id }, part, *object, &terms);
        (answer, self.model_for(&user).acquire((&user, &workstation), part, *object, &terms))
    }

    fn acquire_many(&mut self, place: usize, user: Option<&str>, parts: &[&str], is_atomic: bool) -> (Answer, Answer) {
        let (Seat { user: owner, id }, workstation) = self.seats[place].clone();
        let user = user.map_or(owner, str::to_owned);
        let terms = Terms { level: "part", ttl: 600, note: Some("a batch"), revision: None };
        let answer = self.store.acquire_many(&Seat { user: user.clone(), id }, parts, is_atomic, &terms);
        (answer, self.model_for(&user).acquire_many((&user, &workstation), parts, is_atomic, &terms))
    }

    fn renew(
        &mut self,
        session: &Pick,
        user: Option<&str>,
        changed: (Option<i64>, Option<&str>),
    ) -> Option<(Answer, Answer)> {
        let Session { name, part_number, user: holder, .. } = self.session(session)?;
        let user = user.unwrap_or(&holder);
        let answer = self.store.renew_with(user, &part_number, &self.store.id(&name), changed);
        Some((answer, self.model_for(user).renew(user, &name, changed)))
    }

    fn release(&mut self, session: &Pick, user: Option<&str>) -> Option<(Answer, Answer)> {
        let Session { name, part_number, user: holder, .. } = self.session(session)?;
        let user = user.unwrap_or(&holder);
        let answer = self.store.release(user, &part_number, &self.store.id(&name));
        Some((answer, self.model_for(user).release(user, &name)))
    }

    fn pass_on(&mut self, session: &Pick, user: Option<&str>, place: usize) -> Option<(Answer, Answer)> {
        let Session { name, part_number, user: holder, .. } = self.session(session)?;
        let (user, (seat, workstation)) = (user.unwrap_or(&holder), self.seats[place].clone());
        let answer = self.store.give(user, &part_number, &self.store.id(&name), &seat);
        Some((answer, self.model_for(user).give(user, &name, &workstation)))
    }

    fn ask(
        &mut self,
        place: usize,
        session: &Pick,
        names_workstation: bool,
        (auto_acquire, whole_item): (Option<bool>, bool),
    ) -> Option<(Answer, Answer)> {
        let Session { name, part_number, .. } = self.session(session)?;
        let (Seat { user, id }, workstation) = self.seats[place].clone();
        let message = format!("message {}", self.store.steps());
        let answer = self.store.ask(Ask {
            user: &user,
            part_number: &part_number,
            session_id: &self.store.id(&name),
            workstation_id: names_workstation.then_some(&id),
            auto_acquire,
            whole_item,
            message: &message,
        });
        let expected = self.model_for(&user).ask(model::Ask {
            user: &user,
            session: &name,
            workstation: names_workstation.then_some(&workstation),
            auto_acquire,
            whole_item,
            message: &message,
        });
        Some((answer, expected))
    }

    fn answer(&mut self, request: &Pick, user: Option<&str>, accepted: bool) -> Option<(Answer, Answer)> {
        let Request { name, holder, .. } = self.request(request)?;
        let (user, id) = (user.unwrap_or(&holder), self.store.id(&name));
        let message = (!accepted).then_some("not now");
        let answer = if accepted { self.store.accept(user, &id) } else { self.store.decline(user, &id, message) };
        Some((answer, self.model_for(user).answer(user, &name, accepted, message)))
    }

    fn cancel(&mut self, request: &Pick, user: Option<&str>) -> Option<(Answer, Answer)> {
        let Request { name, requester, .. } = self.request(request)?;
        let user = user.unwrap_or(&requester);
        let answer = self.store.cancel(user, &self.store.id(&name));
        Some((answer, self.model_for(user).cancel(user, &name)))
    }

    /// Removes the workstation at a place, and registers another one there, which the next commands are about.
    fn replace(&mut self, place: usize) -> (Answer, Answer) {
        let (seat, workstation) = self.seats[place].clone();
        let answer = self.store.remove(&seat);
        let expected = self.model_for(&seat.user).remove(&workstation);
        self.seats[place] = self.register(&seat.user);
        (answer, expected)
    }

    fn subscribe(&mut self, place: usize, part: &str) -> (Answer, Answer) {
        let (seat, workstation) = self.seats[place].clone();
        let answer = self.store.subscribe(&seat, part);
        (answer, self.model_for(&seat.user).subscribe((&seat.user, &workstation), part))
    }

    fn unsubscribe(&mut self, place: usize, part: &str) -> (Answer, Answer) {
        let (seat, workstation) = self.seats[place].clone();
        let answer = self.store.unsubscribe(&seat, part);
        (answer, self.model_for(&seat.user).unsubscribe((&seat.user, &workstation), part))
    }

    /// Time passes: this is no command, and nothing records it yet.
    fn let_expire(&mut self, session: &Pick) -> Option<(Answer, Answer)> {
        let session = self.session(session)?;
        if session.is_active() && self.model.due.insert(session.name.clone()) {
            self.store.let_expire(&self.store.id(&session.name));
        }
        None
    }

    /// The same with its holder's doing.
    fn let_lie(&mut self, session: &Pick) -> Option<(Answer, Answer)> {
        let session = self.session(session).filter(Session::is_active)?;
        self.lying += 1;
        self.store.let_lie(&self.store.id(&session.name), self.lying);
        self.model.idle.retain(|(name, _)| *name != session.name);
        self.model.idle.push((session.name, false));
        None
    }

    fn register(&mut self, user: &str) -> (Seat, String) {
        self.registered += 1;
        let name = format!("{user} {}", self.registered);
        let seat = self.store.register(user, &name);
        self.model_for(user).register(user, &name);
        (seat, name)
    }

    /// The model, ready for the command that the database has just been given.
    fn model_for(&mut self, actor: &str) -> &mut Model {
        self.model.begin(self.store.steps(), actor, self.store.touched_last());
        &mut self.model
    }

    fn session(&self, pick: &Pick) -> Option<Session> {
        pick.of(&self.model.world.sessions, Session::is_active)
    }

    fn request(&self, pick: &Pick) -> Option<Request> {
        pick.of(&self.model.world.requests, Request::is_pending)
    }
}
