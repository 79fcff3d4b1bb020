//! When all is well again: reads what is there, and compares.

use std::collections::HashSet;

use baton_tests::history::{
    Defect, Entry, Heard, Rule, Trouble, check_arrivals, check_chain, check_changes, check_deliveries, check_holders,
    check_listener, check_log, check_sightings,
};
use baton_tests::{Client, Json, Seat, eventually};

use crate::Seen;
use crate::listener::Listener;
use crate::scene::Scene;

/// All that is wrong, and what there was.
pub fn check(scene: &Scene, seen: &Seen) -> (Vec<Defect>, String) {
    let notes = &seen.notes;
    let admin = scene.app.user("admin");
    let mut defects = notes.defects.clone();
    eventually("nothing is held any more", || {
        let held = admin.get("/api/edit-sessions?all=true").ok(200);
        held.list("edit_sessions").is_empty().then_some(())
    });
    let verdict = admin.get("/api/audit/verify").ok(200);
    let audit = audit(&admin);
    let broken = (verdict["valid"] != true).then(|| verdict.to_string());
    defects.extend(check_chain(&audit, &seen.heads, broken.as_deref()));
    defects.extend(check_holders(&audit));
    defects.extend(check_sightings(&notes.sightings));
    defects.extend(check_changes(&audit, &notes.acknowledged, &notes.refused));
    let log = |listener: &Listener| listener.log(&directly(scene, listener));
    let all: Vec<Heard> = log(&scene.listeners[0]);
    defects.extend(check_log(&audit, &all));
    let (arrivals, leap) = scene.hook.all(&admin, scene.clock.as_ref());
    let inflicted = scene.inflicted.lock().expect("nobody panics here");
    let troubles: Vec<Trouble> = inflicted.iter().map(|(_, trouble)| *trouble).chain(leap).collect();
    drop(inflicted);
    defects.extend(check_arrivals(&arrivals, &all, &troubles));
    let mut events = 0;
    for (listener, heard) in scene.listeners.iter().zip(&seen.heard) {
        let own = log(listener);
        let parts = listener.parts.iter().map(String::as_str).collect();
        defects.extend(check_listener(&listener.name, &heard.ids, &own).map(|(place, mut defect)| {
            defect.detail.push_str(&heard.around(place));
            defect
        }));
        defects.extend(check_deliveries(&listener.name, &parts, &own, &all));
        events += own.len();
    }
    let log = scene.app.log();
    let panics = log.lines().filter(|line| line.contains("panicked at"));
    defects.extend(panics.map(|line| Defect::new(Rule::Answers, line)));
    let again = arrivals.len() - arrivals.iter().map(|arrival| arrival.delivery).collect::<HashSet<_>>().len();
    let told =
        format!("{}; {} requests to a webhook, {again} of them again", counts(seen, &audit, events), arrivals.len());
    (defects, told)
}

fn counts(Seen { notes, heard, heads }: &Seen, audit: &[Entry], events: usize) -> String {
    let sessions: HashSet<&str> = audit.iter().filter(|e| e.begun.is_some()).map(|e| e.resource.as_str()).collect();
    format!(
        "{} changes acknowledged, {} refused, {} sessions, {} sightings of a fence, {} entries in the audit log \
         ({} noted), {events} events at {} listeners; answers (0: none) {:?}",
        notes.acknowledged.len(),
        notes.refused.len(),
        sessions.len(),
        notes.sightings.len(),
        audit.len(),
        heads.len(),
        heard.len(),
        notes.answers
    )
}

fn audit(admin: &Client) -> Vec<Entry> {
    let (mut audit, mut after) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/audit?limit=1000{after}")).ok(200);
        audit.extend(page.list("entries").iter().map(Entry::read));
        match page["cursor"].as_str() {
            Some(cursor) => after = format!("&after={}", baton_tests::encode(cursor)),
            None => return audit,
        }
    }
}

/// The listener without the network that breaks.
fn directly(scene: &Scene, listener: &Listener) -> Seat {
    let seat = listener.seat();
    let client = scene.app.named(&seat.user, "viewer");
    seat.with(client)
}
