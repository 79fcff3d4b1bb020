//! What holds after every command, whatever the model says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::store::Store;
use crate::world::{Audit, Event, Request, Session, World};

/// Checks a step: the database before and after it.
pub fn check(store: &Store, before: &World, after: &World) {
    no_two_sessions_conflict(after);
    fences_grow(after);
    pending_requests_wait_on_active_sessions(after);
    every_session_is_in_the_logs(before, after);
    every_request_is_in_the_logs(before, after);
    the_line_keeps_its_order(before, after);
    events_reach_those_concerned(before, after);
    an_announcement_names_those_concerned(store, before, after);
    logs_only_grow(before, after);
    expiries_are_dated_back(store);
    inboxes_hold_what_is_asked(store);
}

fn no_two_sessions_conflict(world: &World) {
    let active: Vec<_> = world.sessions.iter().filter(|session| session.is_active()).collect();
    for (index, one) in active.iter().enumerate() {
        for other in &active[index + 1..] {
            let is_apart = one.part_number != other.part_number || one.workstation == other.workstation;
            assert!(is_apart || !one.overlaps(other.object.as_deref()), "{one:?} conflicts with {other:?}");
        }
    }
}

fn fences_grow(world: &World) {
    for (part_number, fence) in &world.items {
        let sessions = world.sessions.iter().filter(|session| session.part_number == *part_number);
        let fences: Vec<_> = sessions.map(|session| session.fence).collect();
        assert!(fences.is_sorted_by(|one, next| one < next), "{part_number}: {fences:?}");
        assert_eq!(fences.last().unwrap_or(&0), fence, "{part_number}");
    }
}

/// Who has asked waits on a session, but for those in line: they may wait for somebody before them, or not be there.
fn pending_requests_wait_on_active_sessions(world: &World) {
    for request in world.requests.iter().filter(|request| request.is_pending()) {
        let session = session(world, &request.session);
        let waits =
            session.is_active() && session.user == request.holder && session.overlaps(request.object.as_deref());
        let is_free = request.place.is_some() && (request.absent || is_behind(world, request));
        assert!(waits || request.place.is_some() && session.is_active() || is_free, "{request:?} waits on {session:?}");
    }
}

/// Whether somebody who is there stands in line before a request, for an overlapping scope.
fn is_behind(world: &World, request: &Request) -> bool {
    let (workstation, object) = (request.workstation.as_deref(), request.object.as_deref());
    let mut others = world.requests.iter().filter(|other| other.part_number == request.part_number);
    others.any(|other| other.is_before(workstation, object, request.place))
}

/// No session begins, is renewed or ends without exactly its event and its audit row, and none of these stands alone.
fn every_session_is_in_the_logs(before: &World, after: &World) {
    let (mut events, mut rows) = (Vec::new(), Vec::new());
    for session in &after.sessions {
        let old = before.sessions.iter().find(|old| old.name == session.name);
        if old.is_none() {
            let kind =
                if session.origin == "transferred" { "edit.session_transferred" } else { "edit.session_acquired" };
            events.push((kind.to_owned(), session.name.clone()));
            rows.push(("edit.session_acquired".to_owned(), session.name.clone()));
        }
        if let Some(reason) = session.end.as_ref().filter(|_| old.is_none_or(Session::is_active)) {
            rows.push((format!("edit.session_{reason}"), session.name.clone()));
            if reason != "transferred" {
                events.push((format!("edit.session_{reason}"), session.name.clone()));
            }
        }
    }
    let of_sessions = ["acquired", "transferred", "released", "expired"].map(|word| format!("edit.session_{word}"));
    let subject = |event: &Event| text(event.data.get("new_session_id").unwrap_or(&event.data["session_id"]));
    assert_same(events, new_events(before, after, &of_sessions, subject));
    assert_same(rows, new_rows(before, after, &of_sessions, |row| row.resource.clone()));
}

/// The same for what becomes of requests. Being superseded is no event.
fn every_request_is_in_the_logs(before: &World, after: &World) {
    let (mut events, mut rows) = (Vec::new(), Vec::new());
    for request in &after.requests {
        let old = before.requests.iter().find(|old| old.name == request.name);
        let has_ended = !request.is_pending() && old.is_none_or(Request::is_pending);
        if has_ended {
            rows.push((format!("edit.handoff_{}", request.status), request.name.clone()));
        }
        if has_ended && request.status != "superseded" {
            let word =
                if request.status == "granted" { "session_granted" } else { &format!("handoff_{}", request.status) };
            events.push((format!("edit.{word}"), request.name.clone()));
        }
    }
    let ends =
        ["accepted", "declined", "cancelled", "superseded", "granted"].map(|word| format!("edit.handoff_{word}"));
    let kinds: Vec<_> = ends.iter().cloned().chain(["edit.session_granted".to_owned()]).collect();
    assert_same(events, new_events(before, after, &kinds, |event| text(&event.data["request_id"])));
    assert_same(rows, new_rows(before, after, &ends, |row| text(&row.details["request_id"])));
}

/// Nobody who is there is passed over: a new session overlaps no scope that somebody else waits for in line, before whoever
/// got it.
fn the_line_keeps_its_order(before: &World, after: &World) {
    let is_new = |session: &&Session| !before.sessions.iter().any(|old| old.name == session.name);
    for session in after.sessions.iter().filter(is_new).filter(|session| session.origin != "transferred") {
        let granted = after.requests.iter().position(|request| request.granted.as_ref() == Some(&session.name));
        let place = granted.and_then(|index| before.requests.get(index)).and_then(|request| request.place);
        let still_waits = after
            .requests
            .iter()
            .zip(&before.requests)
            .filter(|(is, was)| (is.place, &is.workstation) == (was.place, &was.workstation));
        for (request, _) in still_waits.filter(|(request, _)| request.part_number == session.part_number) {
            let is_before = request.is_before(Some(&session.workstation), session.object.as_deref(), place);
            assert!(!is_before, "{request:?} is passed over by {session:?}");
        }
    }
}

/// A new event reaches nobody but the item's watchers and the workstations of those whom it names.
fn events_reach_those_concerned(before: &World, after: &World) {
    for event in new(before.pruned, &before.events, after.pruned, &after.events) {
        let watching = |world: &World, workstation: &String| world.is_watched(&event.part_number, workstation);
        let registered: BTreeSet<_> = after.workstations.keys().collect();
        assert!(event.to.iter().all(|workstation| registered.contains(workstation)), "{event:?}");
        if !event.kind.starts_with("edit.session_") || event.kind == "edit.session_granted" {
            let is_for = |workstation: &String| {
                is_addressee(after, event, workstation) || hears_elsewhere([before, after], event, workstation)
            };
            assert!(event.to.iter().all(is_for), "{event:?}");
            continue;
        }
        for workstation in registered {
            let (was, is) = (watching(before, workstation), watching(after, workstation));
            if was && is {
                assert!(event.to.contains(workstation), "{workstation} watches, and misses {event:?}");
            }
            let is_concerned = was || is || is_addressee(after, event, workstation);
            assert!(is_concerned || !event.to.contains(workstation), "{event:?} is none of {workstation}'s concern");
        }
    }
}

/// Whether the workstation is its holder's or its requester's; or, of what is stale, one of somebody's who has asked for it.
fn is_addressee(world: &World, event: &Event, workstation: &String) -> bool {
    let request = world.requests.iter().find(|request| event.data["request_id"] == request.name);
    let is_requesters = request.is_some_and(|request| Some(&request.requester) == world.workstations.get(workstation));
    let sessions = [&event.data["session_id"], &event.data["new_session_id"]];
    let holds =
        |session: &Session| sessions.iter().any(|name| **name == session.name) && session.workstation == *workstation;
    let asks = |request: &Request| {
        let is_own = match &request.workstation {
            Some(own) => own == workstation,
            None => Some(&request.requester) == world.workstations.get(workstation),
        };
        request.is_pending() && event.data["session_id"] == request.session && is_own
    };
    let has_asked = event.kind == "edit.session_stale" && world.requests.iter().any(asks);
    is_requesters || has_asked || world.sessions.iter().any(holds)
}

/// Whether the workstation watches the item by a pattern, and its user is addressed at another one, which may have gone in the same
/// step.
fn hears_elsewhere([before, after]: [&World; 2], event: &Event, workstation: &str) -> bool {
    let watches = |world: &World| world.is_watched_by_pattern(&event.part_number, workstation);
    let user = &after.workstations[workstation];
    let asks = after.requests.iter().any(|asked| event.data["request_id"] == asked.name && asked.requester == *user);
    let holds = after.sessions.iter().any(|held| event.data["session_id"] == held.name && held.user == *user);
    (watches(before) || watches(after)) && (asks || holds)
}

/// What goes out after a change names everyone who receives one of its events, and nobody else.
fn an_announcement_names_those_concerned(store: &Store, before: &World, after: &World) {
    let events = new(before.pruned, &before.events, after.pruned, &after.events);
    if events.is_empty() {
        return;
    }
    let announcement: String = store.value("SELECT announcement FROM announcements");
    let announcement: Value = serde_json::from_str(&announcement).expect("a document");
    assert_eq!(announcement["through"], store.value::<i64>("SELECT max(seq) FROM events"));
    let names = store.names();
    assert_eq!(names[&text(&announcement["change"])], events[0].step);
    let named = announcement["workstations"].as_array().expect("a list").iter().map(|id| names[&text(id)].clone());
    let concerned: BTreeSet<_> = events.iter().flat_map(|event| event.to.iter().cloned()).collect();
    assert_eq!(named.collect::<BTreeSet<_>>(), concerned, "{events:?}");
}

/// What was in the logs stays there, until it is pruned or its receiver is removed.
fn logs_only_grow(before: &World, after: &World) {
    assert!(after.audit.starts_with(&before.audit), "the audit log is append-only");
    assert!(after.pruned >= before.pruned);
    let kept = before.events.iter().skip(usize::try_from(after.pruned - before.pruned).expect("a few"));
    for (old, now) in kept.zip(&after.events) {
        assert!(old.kind == now.kind && old.data == now.data && now.to.is_subset(&old.to), "{old:?} became {now:?}");
    }
}

/// An expired session ended when it expired, and a pending one can only expire once.
fn expiries_are_dated_back(store: &Store) {
    let wrong: i64 = store.value(
        "SELECT count(*) FROM sessions
         WHERE (end_reason = 'expired') <> (ended_at IS expires_at) OR (ended_at IS NULL) <> (end_reason IS NULL)",
    );
    assert_eq!(wrong, 0);
}

/// Whoever is asked finds that in their inbox for as long as the event is kept, and nothing that isn't.
fn inboxes_hold_what_is_asked(store: &Store) {
    let missing: i64 = store.value(
        "SELECT count(*) FROM events e, log_horizon h
         WHERE e.type = 'edit.handoff_requested' AND e.seq > h.pruned_through
           AND NOT EXISTS (SELECT 1 FROM inbox n JOIN sessions s ON s.user = n.user
                           WHERE n.seq = e.seq AND s.id = e.data ->> '$.session_id')",
    );
    let left: i64 =
        store.value("SELECT count(*) FROM inbox n WHERE NOT EXISTS (SELECT 1 FROM events WHERE seq = n.seq)");
    assert_eq!((missing, left), (0, 0), "entries that are missing, and without their event");
}

fn session<'a>(world: &'a World, name: &str) -> &'a Session {
    world.sessions.iter().find(|session| session.name == name).unwrap_or_else(|| panic!("no session {name}"))
}

/// What the log has got since, counting what has been pruned.
fn new<'a, T>(pruned_before: i64, before: &[T], pruned_after: i64, after: &'a [T]) -> &'a [T] {
    let length = |pruned: i64, log: &[T]| usize::try_from(pruned).expect("a few") + log.len();
    let count = length(pruned_after, after) - length(pruned_before, before);
    &after[after.len() - count.min(after.len())..]
}

fn new_events(
    before: &World,
    after: &World,
    kinds: &[String],
    subject: impl Fn(&Event) -> String,
) -> Vec<(String, String)> {
    let events = new(before.pruned, &before.events, after.pruned, &after.events).iter();
    events.filter(|event| kinds.contains(&event.kind)).map(|event| (event.kind.clone(), subject(event))).collect()
}

fn new_rows(
    before: &World,
    after: &World,
    actions: &[String],
    subject: impl Fn(&Audit) -> String,
) -> Vec<(String, String)> {
    let rows = after.audit[before.audit.len()..].iter();
    rows.filter(|row| actions.contains(&row.action)).map(|row| (row.action.clone(), subject(row))).collect()
}

fn assert_same(mut expected: Vec<(String, String)>, mut found: Vec<(String, String)>) {
    expected.sort();
    found.sort();
    assert_eq!(expected, found, "the changes, and what the log says of them");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
