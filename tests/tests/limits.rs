//! "Limits" of the contract.

use std::thread;
use std::time::Duration;

use baton_tests::{
    App, Client, Json, Mode, Response, Setup, Sse, eventually, on_own_app, on_shared_app, paths, seen_within, unique,
};
use serde_json::{Value, json};

on_shared_app!(quotas_tell_what_is_used, quotas_of_others_are_for_admins, json_of_the_api_is_kept_by_nobody);
on_own_app!(
    past_a_quota_nothing_is_changed,
    the_quota_that_is_used_up_is_named,
    past_a_rate_nothing_is_changed,
    only_so_many_wait,
    all_instances_count_together
);

fn quota(user: &Client, name: &str) -> Value {
    let quotas = user.get("/api/quotas").ok(200);
    let found = quotas.list("quotas").iter().find(|quota| quota["quota"] == name);
    found.unwrap_or_else(|| panic!("no quota {name}: {quotas}")).clone()
}

fn exceeded(response: &Response, name: &str, limit: u64, used: u64) {
    let problem = response.expect(409, "quota_exceeded");
    assert_eq!((&problem["quota"], &problem["limit"], &problem["used"]), (&json!(name), &json!(limit), &json!(used)));
}

fn quotas_tell_what_is_used(app: &App) {
    let (seat, other) = (app.seat(), app.seat());
    let names = ["workstations", "subscriptions", "sessions", "requests", "checkpoint_bytes"];
    let limits = [50, 5_000, 10_000, 500, 10_u64 << 30];
    for (name, limit) in names.into_iter().zip(limits) {
        let used = u64::from(name == "workstations");
        assert_eq!(quota(&seat, name), json!({ "quota": name, "limit": limit, "used": used, "level": "ok" }));
    }
    let session = seat.acquire(&unique::part());
    seat.watch(&unique::part());
    seat.ask(&other.acquire(&unique::part()));
    seat.call("PUT", &paths::of_session(&session, "draft")).body("a/b", b"12345").send().ok(204);
    seat.call("POST", &paths::of_session(&session, "checkpoints")).body("a/b", b"123").send().ok(201);
    let used: Vec<_> = names.iter().map(|name| quota(&seat, name)["used"].clone()).collect();
    assert_eq!(used, [1, 1, 1, 1, 8]);
    seat.release(&session);
    assert_eq!(quota(&seat, "checkpoint_bytes")["used"], 3, "the draft has gone with its session");
    assert_eq!(quota(&seat, "sessions")["used"], 0);
}

fn quotas_of_others_are_for_admins(app: &App) {
    let (seat, admin) = (app.seat(), app.user("admin"));
    let path = format!("/api/quotas?user={}", seat.user);
    app.user("editor").get(&path).expect(403, "forbidden");
    let quotas = seat.get(&path).ok(200);
    assert_eq!(quotas, admin.get(&path).ok(200));
    assert_ne!(quotas, admin.get("/api/quotas").ok(200));
    let shouted = format!("/api/quotas?user={}", seat.user.to_uppercase());
    assert_eq!(quotas, admin.get(&shouted).ok(200), "another spelling");
}

fn json_of_the_api_is_kept_by_nobody(app: &App) {
    let seat = app.seat();
    for response in [
        seat.get("/api/workstations"),
        seat.get("/api/edit-sessions"),
        seat.get("/api/items/F01-unseen"),
        seat.get("/api/nothing"),
        seat.get("/api/openapi.json"),
        app.call("GET", "/api/workstations").send(),
    ] {
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response}");
    }
}

/// Locking a file takes a session, and the first time in a repository a workstation.
fn the_quota_that_is_used_up_is_named(mode: Mode) {
    let app = Setup::new(mode).variable("quota_workstations", "1").start();
    let seat = app.seat();
    let locks = format!("/lfs/{}/locks", unique::name("repository"));
    let refused = seat.post(&locks, &json!({ "path": "gearbox.step" }));
    assert_eq!(refused.status, 409, "{refused}");
    assert!(refused.json().text("message").contains("the quota of workstations is 1"), "{refused}");
}

fn past_a_quota_nothing_is_changed(mode: Mode) {
    let setup = Setup::new(mode).variable("quota_workstations", "2").variable("quota_subscriptions", "1");
    let setup = setup.variable("quota_sessions", "2").variable("quota_requests", "1");
    let app = setup.variable("quota_checkpoint_bytes", "100").start();
    let (seat, holder) = (app.seat(), app.seat());
    seat.workstation();
    assert_eq!(quota(&seat, "workstations")["level"], "exceeded");
    let body = json!({ "name": "one more", "fingerprint": unique::name("print") });
    exceeded(&seat.post("/api/workstations", &body), "workstations", 2, 2);
    assert_eq!(seat.pages("/api/workstations", "workstations", 10).len(), 2);

    seat.watch(&unique::part());
    exceeded(&seat.put(&paths::subscription(&seat.workstation, &unique::part())), "subscriptions", 1, 1);

    let (first, second) = (seat.acquire(&unique::part()), seat.acquire(&unique::part()));
    let refused = unique::part();
    exceeded(&seat.try_acquire(&refused, &json!({})), "sessions", 2, 2);
    seat.get(&paths::item(&refused)).expect(404, "not_found");
    assert_eq!(seat.try_acquire(first.text("part_number"), &json!({})).ok(200)["id"], first["id"]);

    let held = [holder.acquire(&unique::part()), holder.acquire(&unique::part())];
    seat.stand_in_line(&held[0]);
    exceeded(&seat.try_ask(&held[1], &json!({ "message": "and this" })), "requests", 1, 1);
    holder.release(&held[0]);
    assert_eq!(quota(&seat, "sessions")["used"], 3, "the line may put somebody over");

    let draft = |session: &Value, size: usize| {
        seat.call("PUT", &paths::of_session(session, "draft")).body("a/b", vec![7; size]).send()
    };
    draft(&first, 60).ok(204);
    exceeded(&draft(&second, 41), "checkpoint_bytes", 100, 60);
    let checkpoint = seat.call("POST", &paths::of_session(&second, "checkpoints")).body("a/b", vec![7; 41]).send();
    exceeded(&checkpoint, "checkpoint_bytes", 100, 60);
    assert!(seat.pages(&paths::checkpoints(second.text("part_number")), "checkpoints", 10).is_empty());
    draft(&first, 100).ok(204);
}

fn past_a_rate_nothing_is_changed(mode: Mode) {
    let app = Setup::new(mode).variable("rate_limit_changes_per_minute", "5").start();
    let (seat, other) = (app.seat(), app.seat());
    // The minute may end on the way; not twice.
    let refused = eventually("a refusal", || {
        let response = seat.try_acquire(&unique::part(), &json!({}));
        (response.status != 201).then_some(response)
    });
    refused.expect(429, "rate_limited");
    let after =
        refused.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok()).expect("when to try again");
    assert!((1..=60).contains(&after), "{after}");
    let held = seat.pages("/api/edit-sessions", "edit_sessions", 10);
    assert!((4..=10).contains(&held.len()), "reads go on, and all but the last were acquired: {held:?}");
    other.acquire(&unique::part());
}

/// A stream and a poll of one user; another one is answered at once, unless it doesn't wait.
fn only_so_many_wait(mode: Mode) {
    let app = Setup::new(mode).variable("rate_limit_waiting", "2").start();
    let (seat, other) = (app.seat(), app.seat());
    let path = format!("/api/events?workstation_id={}", seat.workstation);
    let stream = Sse::open(seat.call("GET", &path));
    let mut polls = Vec::new();
    let refused = eventually("a refusal", || {
        // One that comes late finds the place taken, by the one that asks here for a second; the next one doesn't.
        polls.push(seat.poll(&seat.workstation, None, 60));
        let response = seat.events(&seat.workstation, None, 1);
        (response.status != 200).then_some(response)
    });
    refused.expect(429, "rate_limited");
    assert!(refused.header("retry-after").is_some(), "{refused}");
    seat.events(&seat.workstation, None, 0).ok(200);
    other.events(&other.workstation, None, 1).ok(200);
    seat.acquire(&unique::part());
    drop((stream, polls));
    eventually("a place among those who wait", || {
        (seat.events(&seat.workstation, None, 1).status == 200).then_some(())
    });
}

/// Spin has several instances answer so many at once, each of which knows of its own requests alone.
fn all_instances_count_together(mode: Mode) {
    const LIMIT: usize = 20;
    let app = Setup::new(mode).variable("rate_limit_waiting", &LIMIT.to_string()).start();
    let seat = app.seat();
    let statuses = |number: usize, wait: u32| -> Vec<u16> {
        thread::scope(|scope| {
            let polls: Vec<_> =
                (0..number).map(|_| scope.spawn(|| seat.events(&seat.workstation, None, wait).status)).collect();
            polls.into_iter().map(|poll| poll.join().expect("an answer")).collect()
        })
    };
    let count = |statuses: &[u16], wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    let answered = statuses(60, 6);
    assert_eq!((count(&answered, 200), count(&answered, 429)), (LIMIT, 60 - LIMIT), "{answered:?}");
    // Who has been answered may come back at once to the same instance; another one learns a little later that there is room. But
    // long before what is noted of an instance counts no longer by itself, 20 s after it was.
    seen_within(Duration::from_secs(10), "all places are free again", || {
        let seen = statuses(LIMIT, 1);
        if count(&seen, 200) == LIMIT { Ok(()) } else { Err(seen) }
    });
}
