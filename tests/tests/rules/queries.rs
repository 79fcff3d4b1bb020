//! Queries and cursors.

use baton_tests::{App, Json, encode, on_shared_app, paths, unique};
use serde_json::Value;

on_shared_app!(
    a_limit_out_of_bounds_is_refused,
    a_limit_at_its_bounds_is_taken,
    a_cursor_that_is_no_cursor_is_refused,
    a_flag_that_is_no_flag_is_refused,
    a_malformed_query_does_no_harm,
    lists_come_in_pages,
);

/// Every list, with the name that its rows stand under.
fn lists(seat: &baton_tests::Seat, part: &str) -> Vec<(String, &'static str)> {
    let session = seat.acquire(part);
    vec![
        ("/api/workstations".to_owned(), "workstations"),
        (format!("{}/subscriptions", paths::workstation(&seat.workstation)), "subscriptions"),
        ("/api/edit-sessions".to_owned(), "edit_sessions"),
        (paths::sessions(part), "edit_sessions"),
        ("/api/handoff-requests".to_owned(), "handoff_requests"),
        (paths::of_session(&session, "handoff-requests"), "handoff_requests"),
    ]
}

fn a_limit_out_of_bounds_is_refused(app: &App) {
    let seat = app.seat();
    for (path, _) in lists(&seat, &unique::part()) {
        for limit in ["0", "1001", "-1", "x", "1.5", "", "99999999999999999999"] {
            seat.get(&format!("{path}?limit={limit}")).expect(400, "invalid_query");
        }
    }
}

fn a_limit_at_its_bounds_is_taken(app: &App) {
    let seat = app.seat();
    for (path, plural) in lists(&seat, &unique::part()) {
        for limit in [1, 1000] {
            let page = seat.get(&format!("{path}?limit={limit}")).ok(200);
            assert!(page[plural].is_array(), "no {plural}: {page}");
            assert!(page.get("cursor").is_some(), "a page without cursor: {page}");
        }
    }
}

fn a_cursor_that_is_no_cursor_is_refused(app: &App) {
    let seat = app.seat();
    for (path, _) in lists(&seat, &unique::part()) {
        for cursor in ["nonsense", "-5", "%00", "' OR 1=1 --", "99999999999999999999999", "\u{e9}"] {
            seat.get(&format!("{path}?after={}", encode(cursor))).expect(400, "invalid_cursor");
        }
    }
}

fn a_flag_that_is_no_flag_is_refused(app: &App) {
    let admin = app.user("admin");
    for path in ["/api/workstations", "/api/edit-sessions"] {
        for value in ["maybe", "2", ""] {
            admin.get(&format!("{path}?all={value}")).expect(400, "invalid_query");
        }
        admin.get(&format!("{path}?all=false")).ok(200);
        admin.get(&format!("{path}?all=true")).ok(200);
    }
}

fn a_malformed_query_does_no_harm(app: &App) {
    let user = app.user("viewer");
    for query in ["%", "%zz", "limit", "&&&", "=", "limit=1&limit=2", "after=%ff", "%ff=1", "a[]=1"] {
        let response = user.get(&format!("/api/workstations?{query}"));
        assert!([200, 400].contains(&response.status), "{response}");
    }
}

fn lists_come_in_pages(app: &App) {
    let (seat, other) = (app.seat(), app.seat());
    for _ in 0..4 {
        seat.workstation();
        other.stand_in_line(&seat.acquire(&unique::part()));
    }
    let part = unique::part();
    for (path, plural) in lists(&seat, &part) {
        let whole = seat.pages(&path, plural, 1000);
        for limit in [1, 2, 3] {
            assert_eq!(seat.pages(&path, plural, limit), whole, "{path} in pages of {limit}");
        }
        let expected = match plural {
            "handoff_requests" if path.contains(&part) => 0,
            "handoff_requests" => 4,
            "edit_sessions" if path.contains(&part) => 1,
            _ => 5,
        };
        assert_eq!(whole.len(), expected, "{path}: {whole:?}");
        let last = seat.get(&format!("{path}?limit=1000")).ok(200);
        assert_eq!(last["cursor"], Value::Null, "a last page with a cursor: {last}");
        assert_eq!(last.list(plural), whole);
    }
}
