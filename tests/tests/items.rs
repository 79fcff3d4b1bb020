//! "Items and subscriptions" of the contract.

use std::thread;

use baton_tests::{App, Json, Seat, encode, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    an_item_never_seen_is_not_found,
    an_item_comes_with_its_first_watcher,
    an_item_comes_with_its_first_session,
    an_item_shows_its_sessions_and_its_last_fence,
    a_refused_acquisition_makes_no_item,
    watching_again_changes_nothing,
    watching_at_once_makes_one,
    subscriptions_are_listed,
    unsubscribing_may_be_repeated,
    subscriptions_are_the_workstations_owners,
    holding_makes_it_watch,
    asking_makes_it_watch,
    a_pattern_is_about_all_that_begin_so,
    a_pattern_tells_of_what_is_to_come_once,
    patterns_are_listed_after_items,
    patterns_that_are_none_are_refused,
    patterns_count_as_subscriptions,
);

fn an_item_never_seen_is_not_found(app: &App) {
    let (user, part) = (app.user("viewer"), unique::part());
    user.get(&paths::item(&part)).expect(404, "not_found");
    assert_eq!(user.active(&part), Vec::<Value>::new());
    // Looking does not make it.
    user.get(&paths::item(&part)).expect(404, "not_found");
}

fn an_item_comes_with_its_first_watcher(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.watch(&part);
    let item = app.user("viewer").get(&paths::item(&part)).ok(200);
    shape::item(&item);
    assert_eq!(item["part_number"], part);
    assert_eq!(item["edit_sessions"], json!([]));
    let session = seat.acquire(&part);
    assert_eq!(session["item_id"], item["item_id"]);
    assert!(session.int("fence") > item.int("fence"), "the first grant grows the fence");
}

fn an_item_comes_with_its_first_session(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    let item = seat.get(&paths::item(&part)).ok(200);
    shape::item(&item);
    assert_eq!(item["item_id"], session["item_id"]);
}

fn an_item_shows_its_sessions_and_its_last_fence(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let one = alice.acquire_with(&part, &json!({ "object_id": "Sketch001" }));
    let two = bob.acquire_with(&part, &json!({ "object_id": "Sketch002" }));
    let item = app.user("viewer").get(&paths::item(&part)).ok(200);
    assert_eq!(item["fence"], two["fence"]);
    let sessions = item.list("edit_sessions");
    sessions.iter().for_each(shape::session);
    assert_eq!(sessions.len(), 2, "{item}");
    assert!(sessions.contains(&one) && sessions.contains(&two), "{item}");
    alice.release(&one);
    bob.release(&two);
    let item = alice.get(&paths::item(&part)).ok(200);
    assert_eq!(item["edit_sessions"], json!([]));
    assert_eq!(item["fence"], two["fence"], "a fence never goes back");
}

fn a_refused_acquisition_makes_no_item(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.try_acquire(&part, &json!({ "ttl_seconds": 0 })).invalid("ttl_seconds");
    seat.get(&paths::item(&part)).expect(404, "not_found");
}

fn watching_again_changes_nothing(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let path = paths::subscription(&seat.workstation, &part);
    seat.put(&path).ok(201);
    seat.put(&path).ok(200);
    assert_eq!(seat.watched(), [part.as_str()]);
    // Once, though it was asked for twice.
    let mut inbox = seat.inbox();
    app.seat().acquire(&part);
    inbox.expect("edit.session_acquired", &[]);
    inbox.expect_nothing_more();
}

fn watching_at_once_makes_one(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let path = paths::subscription(&seat.workstation, &part);
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| seat.put(&path).status)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 200, 201]);
    assert_eq!(seat.watched(), [part]);
}

fn subscriptions_are_listed(app: &App) {
    let seat = app.seat();
    let path = format!("{}/subscriptions", paths::workstation(&seat.workstation));
    assert_eq!(seat.get(&path).ok(200)["subscriptions"], json!([]));
    let mut parts = [unique::part(), unique::part(), unique::part()];
    parts.iter().for_each(|part| seat.watch(part));
    let list = seat.get(&path).ok(200);
    list.list("subscriptions").iter().for_each(shape::subscription);
    let mut listed: Vec<&str> = list.list("subscriptions").iter().map(|s| s.text("part_number")).collect();
    listed.sort_unstable();
    parts.sort_unstable();
    assert_eq!(listed, parts);
    for subscription in list.list("subscriptions") {
        let item = seat.get(&paths::item(subscription.text("part_number"))).ok(200);
        assert_eq!(item["item_id"], subscription["item_id"]);
    }
}

fn unsubscribing_may_be_repeated(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let path = paths::subscription(&seat.workstation, &part);
    // Not there, of an item never seen.
    seat.delete(&path).ok(204);
    seat.watch(&part);
    seat.delete(&path).ok(204);
    seat.delete(&path).ok(204);
    assert_eq!(seat.watched(), Vec::<String>::new());
    let mut inbox = seat.inbox();
    app.seat().acquire(&part);
    inbox.expect_nothing_more();
}

fn subscriptions_are_the_workstations_owners(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.watch(&part);
    let (one, list) = (
        paths::subscription(&seat.workstation, &part),
        format!("{}/subscriptions", paths::workstation(&seat.workstation)),
    );
    let other = app.seat();
    other.put(&one).expect(403, "forbidden");
    other.delete(&one).expect(403, "forbidden");
    other.get(&list).expect(403, "forbidden");
    assert_eq!(seat.watched(), [part]);
}

fn holding_makes_it_watch(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    assert_eq!(seat.watched(), [part.as_str()]);
    seat.release(&session);
    // Until it unsubscribes, not until it releases.
    assert_eq!(seat.watched(), [part]);
}

fn asking_makes_it_watch(app: &App) {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    asking.ask_for_transfer(&holder.acquire(&part));
    assert_eq!(asking.watched(), [part]);
}

fn subscription(seat: &Seat, pattern: &str) -> String {
    paths::subscription(&seat.workstation, &encode(pattern))
}

fn a_pattern_is_about_all_that_begin_so(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    app.seat().acquire(&format!("{part}-1"));
    let made = seat.put(&subscription(&seat, &format!("{part}-*"))).ok(201);
    assert_eq!(made["part_number"], format!("{part}-*"));
    assert_eq!(made["item_id"], Value::Null);
    assert!(shape::is_time(&made["created_at"]), "{made}");
    assert_eq!(seat.put(&subscription(&seat, &format!("{part}-*"))).ok(200), made);
    let mut inbox = seat.inbox();
    app.seat().acquire(&part);
    app.seat().acquire(&format!("{part}.1"));
    let holder = app.seat();
    let session = holder.acquire(&format!("{part}-2"));
    assert_eq!(inbox.expect("edit.session_acquired", &[])["data"]["session_id"], session["id"]);
    seat.delete(&subscription(&seat, &format!("{part}-*"))).ok(204);
    seat.delete(&subscription(&seat, &format!("{part}-*"))).ok(204);
    holder.release(&session);
    inbox.expect_nothing_more();
}

fn a_pattern_tells_of_what_is_to_come_once(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    for pattern in [format!("{part}*"), format!("{part}-*")] {
        seat.put(&subscription(&seat, &pattern)).ok(201);
    }
    let mut inbox = seat.inbox();
    // It watches the item itself, too: it holds it.
    let session = seat.acquire(&format!("{part}-1"));
    seat.get(&paths::item(&part)).expect(404, "not_found");
    assert_eq!(inbox.expect("edit.session_acquired", &[])["data"]["session_id"], session["id"]);
    inbox.expect_nothing_more();
}

fn patterns_are_listed_after_items(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.put(&subscription(&seat, &format!("{part}*"))).ok(201);
    seat.put(&subscription(&seat, "tools/src/*")).ok(201);
    seat.watch(&part);
    let path = format!("{}/subscriptions", paths::workstation(&seat.workstation));
    for limit in [1, 2, 1000] {
        let all = seat.pages(&path, "subscriptions", limit);
        let listed: Vec<_> = all.iter().map(|one| one.text("part_number").to_owned()).collect();
        assert_eq!(listed, [part.clone(), format!("{part}*"), "tools/src/*".to_owned()], "in pages of {limit}");
    }
}

fn patterns_that_are_none_are_refused(app: &App) {
    let seat = app.seat();
    for pattern in ["F*1", "**", "*x", "-*", "F 1*", "tools/../x*", "/x*", "tools/src", "tools/a\\*"] {
        seat.put(&subscription(&seat, pattern)).invalid("part_number");
        seat.delete(&subscription(&seat, pattern)).invalid("part_number");
    }
    let other = app.seat();
    other.put(&subscription(&seat, "F01-*")).expect(403, "forbidden");
    other.delete(&subscription(&seat, "F01-*")).expect(403, "forbidden");
    assert_eq!(seat.watched(), Vec::<String>::new());
}

fn patterns_count_as_subscriptions(app: &App) {
    let seat = app.seat();
    let used = || {
        let quotas = seat.get("/api/quotas").ok(200);
        let quota = quotas.list("quotas").iter().find(|one| one["quota"] == "subscriptions").cloned();
        quota.expect("a quota of subscriptions").int("used")
    };
    assert_eq!(used(), 0);
    seat.put(&subscription(&seat, "*")).ok(201);
    seat.watch(&unique::part());
    assert_eq!(used(), 2);
    seat.delete(&subscription(&seat, "*")).ok(204);
    assert_eq!(used(), 1);
}
