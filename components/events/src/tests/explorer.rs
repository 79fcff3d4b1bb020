//! Who waits, who looks and who changes something, in every order in which they can come: nobody may end up waiting for an
//! event that stands in the log, nor be lifted over one.
//!
//! The real [`Place`]s and the real notes about looks take part; what goes to the database or to Redis is a model. Each step is
//! what happens between two waits for the host. Every order is played from the beginning.

use futures::FutureExt;

use crate::waiting::{self, Place};

/// The log: whom each event is for. An event's number is its place in it, from 1.
#[derive(Default)]
struct World {
    log: Vec<&'static str>,
    /// Whose inbox is enlisted in Redis, and what has been left in the inbox. The instance has only one.
    enlisted: Vec<&'static str>,
    inbox: Vec<(i64, &'static str)>,
}

impl World {
    fn head(&self) -> i64 {
        self.log.len() as i64
    }

    fn newest_for(&self, workstation: &str) -> i64 {
        self.log.iter().rposition(|whom| *whom == workstation).map_or(0, |index| index as i64 + 1)
    }

    fn concerned_since(&self, since: i64) -> Vec<(&'static str, i64)> {
        let workstations: std::collections::BTreeSet<_> = self.log.iter().copied().collect();
        let newest = workstations.into_iter().map(|workstation| (workstation, self.newest_for(workstation)));
        newest.filter(|(_, through)| *through > since).collect()
    }
}

/// Somebody who takes part.
enum Actor {
    Poll(Poll),
    Look(Look),
    Change(Change),
    Enlist(Enlist),
    Read,
}

/// A request for a workstation's events: reads the log, takes a place, waits, reads again.
struct Poll {
    workstation: &'static str,
    cursor: i64,
    /// What the log held when it was read: the newest event for it, and the head.
    read: Option<(i64, i64)>,
    place: Option<Place>,
    is_woken: bool,
    is_answered: bool,
    /// Whether it may be given up while it waits.
    may_leave: bool,
}

/// A look for all: sets out if anybody waits, begins, reads, wakes. Some times over.
struct Look {
    times: u32,
    has_set_out: bool,
    since: Option<i64>,
    read: Option<(i64, Vec<(&'static str, i64)>)>,
}

/// A change for a workstation: it stands in the log, and then Redis is told, unless whoever made it ends before that.
struct Change {
    workstation: &'static str,
    tells: bool,
    is_made: bool,
    is_over: bool,
}

/// Enlists those who have taken places: tells Redis, reads the log since the first of them did, wakes.
#[derive(Default)]
struct Enlist {
    wanted: Vec<&'static str>,
    enlisted: Vec<&'static str>,
    read: Option<Vec<(&'static str, i64)>>,
}

impl Poll {
    fn actor(workstation: &'static str) -> Actor {
        Actor::Poll(Self::of(workstation))
    }

    fn actor_that_may_leave(workstation: &'static str) -> Actor {
        Actor::Poll(Self { may_leave: true, ..Self::of(workstation) })
    }

    fn of(workstation: &'static str) -> Self {
        let (cursor, read, place) = (0, None, None);
        Self { workstation, cursor, read, place, is_woken: true, is_answered: false, may_leave: false }
    }

    fn can_go_on(&mut self) -> bool {
        if let Some(place) = &mut self.place
            && !self.is_woken
            && let Some(cursor) = place.woken().now_or_never()
        {
            self.cursor = self.cursor.max(cursor);
            self.is_woken = true;
        }
        (self.is_woken || self.may_leave) && !self.is_answered
    }

    /// True when it begins to wait.
    fn go_on(&mut self, world: &World) -> bool {
        if !self.is_woken {
            (self.is_answered, self.place) = (true, None);
            return false;
        }
        match self.read.take() {
            None => {
                self.read = Some((world.newest_for(self.workstation), world.head()));
                false
            }
            Some((newest, _)) if newest > self.cursor => {
                (self.is_answered, self.place) = (true, None);
                false
            }
            Some((_, head)) => {
                self.cursor = head;
                let place = self.place.get_or_insert_with(|| Place::take(self.workstation, head));
                place.note_read(head);
                self.is_woken = false;
                true
            }
        }
    }

    /// Whether an event for it stands in the log that it can't get any more: it counts as read.
    fn has_missed(&self, world: &World) -> bool {
        let waits = !self.is_answered && !self.is_woken;
        waits
            && self.place.as_ref().is_some_and(|place| place.cursor() >= world.newest_for(self.workstation).max(1))
            && world.newest_for(self.workstation) > self.cursor
    }
}

impl Look {
    fn actor(times: u32) -> Actor {
        Actor::Look(Self { times, has_set_out: false, since: None, read: None })
    }

    fn go_on(&mut self, world: &World) {
        if !std::mem::replace(&mut self.has_set_out, true) {
            return;
        }
        match (self.since, self.read.take()) {
            (None, _) => self.since = Some(waiting::begin_look()),
            (Some(since), None) => self.read = Some((world.head(), world.concerned_since(since))),
            (Some(_), Some((head, concerned))) => {
                concerned.iter().for_each(|(workstation, through)| _ = waiting::wake(workstation, *through));
                waiting::note_seen(head);
                (self.has_set_out, self.since, self.times) = (false, None, self.times - 1);
            }
        }
    }
}

impl Change {
    fn actor(workstation: &'static str, tells: bool) -> Actor {
        Actor::Change(Self { workstation, tells, is_made: false, is_over: false })
    }

    fn go_on(&mut self, world: &mut World) {
        if !self.is_made {
            world.log.push(self.workstation);
            (self.is_made, self.is_over) = (true, !self.tells);
            return;
        }
        if world.enlisted.contains(&self.workstation) {
            world.enlisted.retain(|enlisted| *enlisted != self.workstation);
            world.inbox.push((world.newest_for(self.workstation), self.workstation));
        }
        self.is_over = true;
    }
}

impl Enlist {
    fn can_go_on(&self) -> bool {
        !self.wanted.is_empty() || !self.enlisted.is_empty()
    }

    fn go_on(&mut self, world: &mut World) {
        if self.enlisted.is_empty() {
            self.enlisted = std::mem::take(&mut self.wanted);
            world.enlisted.extend(&self.enlisted);
            return;
        }
        match self.read.take() {
            None => {
                let since = waiting::read_by_all(self.enlisted.iter().copied());
                self.read = Some(since.map_or_else(Vec::new, |since| world.concerned_since(since)));
            }
            Some(concerned) => {
                concerned.iter().for_each(|(workstation, through)| _ = waiting::wake(workstation, *through));
                self.enlisted.clear();
            }
        }
    }
}

/// Plays one order: `choices` tells who of those who can goes on next, the first where it says no more. Gives how many there
/// were to choose from each time.
fn play(actors: &mut [Actor], choices: &[usize]) -> (World, Vec<usize>) {
    let (mut world, mut alternatives) = (World::default(), Vec::new());
    loop {
        let able: Vec<_> = (0..actors.len()).filter(|index| can_go_on(&mut actors[*index], &world)).collect();
        if able.is_empty() {
            return (world, alternatives);
        }
        let choice = choices.get(alternatives.len()).copied().unwrap_or(0);
        alternatives.push(able.len());
        go_on(actors, able[choice], &mut world);
        for actor in &*actors {
            if let Actor::Poll(poll) = actor {
                assert!(!poll.has_missed(&world), "lifted over an event: {choices:?} of {alternatives:?}");
            }
        }
    }
}

fn can_go_on(actor: &mut Actor, world: &World) -> bool {
    match actor {
        Actor::Poll(poll) => poll.can_go_on(),
        Actor::Look(look) => look.times > 0 && (look.has_set_out || !waiting::is_empty()),
        Actor::Change(change) => !change.is_over,
        Actor::Enlist(enlist) => enlist.can_go_on(),
        Actor::Read => !world.inbox.is_empty(),
    }
}

fn go_on(actors: &mut [Actor], index: usize, world: &mut World) {
    let mut wanted = Vec::new();
    match &mut actors[index] {
        Actor::Poll(poll) => wanted.extend(poll.go_on(world).then_some(poll.workstation)),
        Actor::Look(look) => look.go_on(world),
        Actor::Change(change) => change.go_on(world),
        Actor::Enlist(enlist) => enlist.go_on(world),
        Actor::Read => {
            let (through, workstation) = world.inbox.remove(0);
            wanted.extend(waiting::wake(workstation, through).then_some(workstation));
        }
    }
    for actor in actors {
        if let Actor::Enlist(enlist) = actor {
            enlist.wanted.append(&mut wanted);
        }
    }
}

/// Plays every order, and gives how many there are. `settle` is what comes after all of them, until nothing happens any more.
fn explore(cast: impl Fn() -> Vec<Actor>, settle: impl Fn(&World)) -> usize {
    let (mut choices, mut orders) = (Vec::new(), 0);
    loop {
        let mut actors = cast();
        let (world, alternatives) = play(&mut actors, &choices);
        settle(&world);
        for actor in &mut actors {
            if let Actor::Poll(poll) = actor {
                let is_well = poll.is_answered || poll.can_go_on() || world.newest_for(poll.workstation) <= poll.cursor;
                assert!(is_well, "{} waits for what stands in the log: {choices:?}", poll.workstation);
            }
        }
        drop(actors);
        waiting::note_rest();
        orders += 1;
        choices.resize(alternatives.len(), 0);
        let Some(last) = (0..choices.len()).rev().find(|index| choices[*index] + 1 < alternatives[*index]) else {
            return orders;
        };
        choices.truncate(last + 1);
        choices[last] += 1;
    }
}

/// One more look after everything.
fn look_once_more(world: &World) {
    if !waiting::is_empty() {
        let since = waiting::begin_look();
        for (workstation, through) in world.concerned_since(since) {
            waiting::wake(workstation, through);
        }
        waiting::note_seen(world.head());
    }
}

#[test]
fn without_redis_a_look_finds_whoever_has_events() {
    let cast = || vec![Poll::actor("one"), Poll::actor("other"), Look::actor(1), Change::actor("one", false)];
    assert!(explore(cast, look_once_more) > 300);
}

#[test]
fn a_look_whose_waiters_have_left_lifts_nobody_who_comes_meanwhile() {
    let cast =
        || vec![Poll::actor_that_may_leave("other"), Poll::actor("one"), Look::actor(1), Change::actor("one", false)];
    assert!(explore(cast, look_once_more) > 300);
}

#[test]
fn of_two_looks_the_second_finds_what_came_after_the_first() {
    let cast = || vec![Poll::actor("one"), Look::actor(2), Change::actor("other", false), Change::actor("one", false)];
    assert!(explore(cast, look_once_more) > 300);
}

#[test]
fn with_redis_its_messages_are_enough() {
    let cast = || vec![Poll::actor("one"), Actor::Enlist(Enlist::default()), Actor::Read, Change::actor("one", true)];
    assert!(explore(cast, |_| ()) > 50);
}

#[test]
fn with_redis_a_message_for_two_wakes_both() {
    let cast = || {
        let enlist = Actor::Enlist(Enlist::default());
        vec![Poll::actor("one"), Poll::actor("one"), enlist, Actor::Read, Change::actor("one", true)]
    };
    assert!(explore(cast, |_| ()) > 1_000);
}

#[test]
fn with_redis_a_look_at_the_same_time_lifts_nobody_over_anything() {
    let cast = || {
        let enlist = Actor::Enlist(Enlist::default());
        vec![
            Poll::actor("one"),
            enlist,
            Actor::Read,
            Look::actor(1),
            Change::actor("other", false),
            Change::actor("one", true),
        ]
    };
    assert!(explore(cast, |_| ()) > 1_000);
}
