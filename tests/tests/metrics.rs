//! "Metrics and statistics" of the contract.

use baton_tests::{App, Client, Json, on_shared_app, paths, unique};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

on_shared_app!(
    metrics_count_what_there_is,
    metrics_are_for_admins,
    changes_are_counted_by_what_they_did,
    a_span_includes_its_beginning_and_not_its_end,
    changes_are_counted_by_user_and_part_and_day,
    statistics_are_for_admins_and_refuse_what_they_can_not_read,
    a_timeline_tells_who_has_held_an_item,
);

/// The value of a metric.
fn metric(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

fn scraped(admin: &Client) -> String {
    let response = admin.get("/metrics");
    assert_eq!(response.status, 200, "{response}");
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    String::from_utf8(response.body).expect("text")
}

fn metrics_count_what_there_is(app: &App) {
    let (seat, other, admin) = (app.seat(), app.seat(), app.user("admin"));
    let before = scraped(&admin);
    let session = seat.acquire(&unique::part());
    other.stand_in_line(&session);
    let after = scraped(&admin);
    // Other tests run on this application, too.
    for grows in [r#"baton_changes_total{action="edit.session_acquired"}"#, "baton_audit_head", "baton_event_head"] {
        let earlier = if before.contains(grows) { metric(&before, grows) } else { 0.0 };
        assert!(metric(&after, grows) > earlier, "{grows}: {after}");
    }
    for there in ["baton_sessions_active", "baton_line_waiting", "baton_handoff_requests_pending", "baton_items"] {
        assert!(metric(&after, there) >= 1.0, "{there}: {after}");
    }
    for name in ["baton_approvals_open", "baton_workstations"] {
        assert!(metric(&after, name) >= 0.0);
    }
    for line in after.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().expect("a name");
        assert!(after.contains(&format!("# TYPE {name} ")), "{name} has no type");
    }
}

fn metrics_are_for_admins(app: &App) {
    app.user("editor").get("/metrics").expect(403, "forbidden");
    app.call("GET", "/metrics").send().expect(401, "unauthorized");
    let admin = app.user("admin");
    let key = admin.post("/api/keys", &json!({ "name": "prometheus", "scopes": ["read"] })).ok(201);
    scraped(&admin.with_token(key.text("secret")));
}

fn statistics(admin: &Client, query: &str) -> Vec<Value> {
    admin.get(&format!("/api/audit/statistics?{query}")).ok(200).list("statistics").to_vec()
}

fn count(statistics: &[Value], key: &str) -> i64 {
    statistics.iter().find(|statistic| statistic["key"] == key).map_or(0, |statistic| statistic.int("count"))
}

fn changes_are_counted_by_what_they_did(app: &App) {
    let (seat, admin) = (app.seat(), app.user("admin"));
    let before = count(&statistics(&admin, "by=action"), "edit.session_released");
    seat.release(&seat.acquire(&unique::part()));
    let after = statistics(&admin, "");
    assert!(count(&after, "edit.session_released") > before, "`by` is `action` if absent: {after:?}");
    let counts: Vec<i64> = after.iter().map(|statistic| statistic.int("count")).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b) && counts.iter().all(|count| *count > 0), "{counts:?}");
}

fn a_span_includes_its_beginning_and_not_its_end(app: &App) {
    let (seat, admin, part) = (app.seat(), app.user("admin"), unique::part());
    seat.acquire(&part);
    let of_part = admin.get(&format!("/api/audit?part_number={part}&action=edit.session_acquired")).ok(200);
    let time = of_part["entries"][0].text("time").to_owned();
    let instant = chrono::DateTime::parse_from_rfc3339(&time).expect("a time");
    let next = (instant + TimeDelta::milliseconds(1)).to_utc().to_rfc3339_opts(SecondsFormat::Millis, true);
    let within = |since: &str, until: &str| {
        count(&statistics(&admin, &format!("by=part_number&since={since}&until={until}")), &part)
    };
    assert!(within(&time, &next) >= 1, "from {time} to {next}");
    assert_eq!(within(&time, &time), 0, "nothing lies between an instant and itself");
    assert_eq!(within("2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z"), 0);
}

fn changes_are_counted_by_user_and_part_and_day(app: &App) {
    let (seat, admin, part) = (app.seat(), app.user("admin"), unique::part());
    let session = seat.acquire(&part);
    seat.post_empty(&paths::of_session(&session, "renew")).ok(200);
    let entries = admin.pages(&format!("/api/audit?part_number={part}"), "entries", 1000).len();
    // Others' parts of the same minute may be as many as are told: the span is this part's own.
    let since = (Utc::now() - TimeDelta::minutes(10)).to_rfc3339_opts(SecondsFormat::Millis, true);
    assert_eq!(count(&statistics(&admin, &format!("by=part_number&since={since}")), &part), entries as i64);
    let own = admin.pages(&format!("/api/audit?actor={}", seat.user), "entries", 1000).len();
    assert_eq!(count(&statistics(&admin, "by=actor"), &seat.user), own as i64);
    let days = statistics(&admin, "by=day");
    let keys: Vec<&str> = days.iter().map(|day| day.text("key")).collect();
    assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == 10), "{keys:?}");
    assert!(count(&days, &session.text("acquired_at")[..10]) >= entries as i64);
}

fn statistics_are_for_admins_and_refuse_what_they_can_not_read(app: &App) {
    app.user("editor").get("/api/audit/statistics").expect(403, "forbidden");
    let admin = app.user("admin");
    for bad in ["by=colour", "since=yesterday", "until=1", "by="] {
        admin.get(&format!("/api/audit/statistics?{bad}")).expect(400, "invalid_query");
    }
}

fn a_timeline_tells_who_has_held_an_item(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let path = format!("{}/timeline", paths::item(&part));
    alice.get(&path).expect(404, "not_found");
    let first = alice.acquire(&part);
    alice.accept(&bob.ask_for_transfer(&first));
    let second = bob.held(&part);
    bob.release(&second);
    let third = alice.acquire(&part);
    let viewer = app.user("viewer");
    let all = viewer.pages(&path, "timeline", 1000);
    let told: Vec<_> =
        all.iter().map(|held| (&held["session_id"], &held["user"], &held["fence"], &held["end"])).collect();
    let (transferred, released) = (json!("transferred"), json!("released"));
    let expected = [
        (&first["id"], &first["user"], &first["fence"], &transferred),
        (&second["id"], &second["user"], &second["fence"], &released),
        (&third["id"], &third["user"], &third["fence"], &Value::Null),
    ];
    assert_eq!(told, expected);
    assert_eq!(all.iter().map(|held| held.int("requests")).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!((&all[0]["acquired_at"], &all[2]["ended_at"]), (&first["acquired_at"], &Value::Null));
    assert_eq!(all[0]["ended_at"], second["acquired_at"], "it went over in one step");
    assert_eq!(viewer.pages(&path, "timeline", 1), all);
    viewer.get(&format!("{path}?after=x")).expect(400, "invalid_cursor");
}
