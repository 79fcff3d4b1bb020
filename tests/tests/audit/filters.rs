//! Which entries.

use baton_tests::{App, Client, Json, Seat, encode, on_shared_app, unique};
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::look::{column, entries, only};

on_shared_app!(
    each_filter_leaves_only_what_it_names,
    filters_narrow_each_other,
    times_include_their_instant,
    times_are_taken_with_any_offset,
    a_time_that_is_none_is_refused,
    what_nothing_has_gives_nothing,
    the_rules_of_lists_hold,
);

/// Two users with a part each.
struct Scene {
    admin: Client,
    one: Seat,
    session: Value,
    part: String,
}

impl Scene {
    fn new(app: &App) -> Self {
        let (one, other, part) = (app.seat(), app.seat(), unique::part());
        other.release(&other.acquire(&unique::part()));
        let session = one.acquire(&part);
        other.ask(&session);
        one.release(&session);
        Self { admin: app.user("admin"), one, session, part }
    }

    /// All that happened to the part.
    fn all(&self) -> Vec<Value> {
        let all = entries(&self.admin, &format!("part_number={}", self.part));
        assert!(all.len() >= 5, "the item, the session, the request, and the end of both: {all:?}");
        all
    }

    fn with(&self, query: &str) -> Vec<Value> {
        entries(&self.admin, &format!("part_number={}&{query}", self.part))
    }
}

fn each_filter_leaves_only_what_it_names(app: &App) {
    let scene = Scene::new(app);
    let filters = [
        ("action", "edit.session_released"),
        ("actor", &scene.one.user),
        ("resource_type", "edit_session"),
        ("resource_id", scene.session.text("id")),
        ("part_number", &scene.part),
    ];
    for (member, value) in filters {
        let found = entries(&scene.admin, &format!("{member}={}", encode(value)));
        assert!(found.iter().all(|entry| entry[member] == value), "{member}={value}: {found:?}");
        let of_scene = scene.all();
        let expected: Vec<_> = of_scene.iter().filter(|entry| entry[member] == value).collect();
        assert!(!expected.is_empty() && expected.iter().all(|entry| found.contains(entry)), "{member}: {found:?}");
    }
}

fn filters_narrow_each_other(app: &App) {
    let scene = Scene::new(app);
    let query = format!("resource_id={}&actor={}", scene.session.text("id"), scene.one.user);
    let mine = scene.with(&query);
    assert!(column(&mine, "action").starts_with(&["edit.session_acquired", "edit.session_released"]), "{mine:?}");
    let query = format!("part_number={}&{query}&action=edit.session_released&resource_type=edit_session", scene.part);
    let last = only(&scene.admin, &query);
    assert_eq!(scene.with("action=edit.session_released&actor=nobody"), Vec::<Value>::new());
    assert_eq!(scene.with(&format!("since={}&action=edit.session_released", last.text("time"))), [last]);
}

fn times_include_their_instant(app: &App) {
    let scene = Scene::new(app);
    let all = scene.all();
    let (first, last) = (all[0].time("time"), all[all.len() - 1].time("time"));
    let query = |name: &str, time: DateTime<Utc>| {
        format!("{name}={}", encode(&time.to_rfc3339_opts(SecondsFormat::Millis, true)))
    };
    let millisecond = TimeDelta::milliseconds(1);
    assert_eq!(scene.with(&format!("{}&{}", query("since", first), query("until", last))), all);
    let after: Vec<_> = all.iter().filter(|entry| entry.time("time") > first).cloned().collect();
    assert_eq!(scene.with(&query("since", first + millisecond)), after);
    let before: Vec<_> = all.iter().filter(|entry| entry.time("time") < last).cloned().collect();
    assert_eq!(scene.with(&query("until", last - millisecond)), before);
    let crossed = format!("{}&{}", query("since", last + millisecond), query("until", first - millisecond));
    assert_eq!(scene.with(&crossed), Vec::<Value>::new());
}

fn times_are_taken_with_any_offset(app: &App) {
    let scene = Scene::new(app);
    let all = scene.all();
    for hours in [-11, 0, 14] {
        let offset = FixedOffset::east_opt(hours * 3600).expect("an offset");
        let first = all[0].time("time").with_timezone(&offset);
        for format in [SecondsFormat::Millis, SecondsFormat::Nanos] {
            let since = encode(&first.to_rfc3339_opts(format, false));
            assert_eq!(scene.with(&format!("since={since}")), all, "{since}");
        }
        let until = encode(&(first - TimeDelta::seconds(1)).to_rfc3339_opts(SecondsFormat::Secs, false));
        assert_eq!(scene.with(&format!("until={until}")), Vec::<Value>::new(), "{until}");
    }
}

fn a_time_that_is_none_is_refused(app: &App) {
    let admin = app.user("admin");
    let wrong = ["", "x", "now", "1", "2026-11-21", "2026-11-21T01:02:03", "2026-02-30T00:00:00Z", "\0", "' OR 1=1 --"];
    for time in wrong {
        for name in ["since", "until"] {
            let query = format!("{name}={}", encode(time));
            admin.get(&format!("/api/audit?{query}")).expect(400, "invalid_query");
            admin.get(&format!("/api/audit/export?format=csv&{query}")).expect(400, "invalid_query");
        }
    }
}

fn what_nothing_has_gives_nothing(app: &App) {
    let admin = app.user("admin");
    for member in ["action", "actor", "resource_type", "resource_id", "part_number"] {
        for value in ["nothing", "", "%", "\0", "' OR '1'='1", "*", "\u{1f527}", &"x".repeat(4000)] {
            let page = admin.get(&format!("/api/audit?{member}={}", encode(value))).ok(200);
            assert_eq!(page["entries"], serde_json::json!([]), "{member}={value}");
            assert_eq!(page["cursor"], Value::Null, "{member}={value}");
        }
    }
}

fn the_rules_of_lists_hold(app: &App) {
    let admin = app.user("admin");
    for limit in ["0", "1001", "-1", "x", ""] {
        admin.get(&format!("/api/audit?limit={limit}")).expect(400, "invalid_query");
    }
    for cursor in ["nonsense", "-5", "%00", "99999999999999999999999"] {
        admin.get(&format!("/api/audit?after={cursor}")).expect(400, "invalid_cursor");
    }
    for query in ["%", "%zz", "=", "limit=1&limit=2", "%ff=1", "actor=a&actor=b"] {
        let response = admin.get(&format!("/api/audit?{query}"));
        assert!([200, 400].contains(&response.status), "{response}");
    }
}
