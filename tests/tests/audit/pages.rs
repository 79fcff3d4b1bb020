//! Page after page, while the log grows.

use baton_tests::{App, Client, Json, Mode, meanwhile, on_own_app, unique};
use serde_json::Value;

use crate::look::{column, entries, in_pages};

on_own_app!(pages_have_no_gaps_and_no_repeats_while_entries_come_in, the_next_page_goes_on_where_the_log_grows);

/// How many pages are read one after the other: the smallest ones never catch up with a log that grows.
const PAGES: usize = 60;

fn pages_have_no_gaps_and_no_repeats_while_entries_come_in(mode: Mode) {
    let app = App::start(mode);
    let seats: Vec<_> = (0..3).map(|_| app.seat()).collect();
    let changes = seats.iter().map(|seat| || seat.release(&seat.acquire(&unique::part()))).collect();
    let admin = app.user("admin");
    meanwhile(changes, || {
        for limit in [1, 2, 7, 50] {
            let seen = some_pages(&admin, "", limit);
            let ids: Vec<u64> = seen.iter().map(|entry| entry.text("id").parse().expect("a number")).collect();
            let expected: Vec<u64> = (1..).take(ids.len()).collect();
            assert_eq!(ids, expected, "in pages of {limit}");
            let theirs = some_pages(&admin, &format!("actor={}", seats[0].user), limit);
            let expected = seen.iter().filter(|entry| entry["actor"] == seats[0].user.as_str());
            let expected: Vec<_> = expected.map(|entry| entry.text("id")).collect();
            assert!(column(&theirs, "id").starts_with(&expected), "in pages of {limit}: {theirs:?}");
        }
    });
    let whole = entries(&admin, "");
    assert_eq!(in_pages(&admin, "", 99), whole);
    assert_eq!(admin.get("/api/audit/verify").ok(200)["rows"], whole.len());
}

/// The entries of the first pages.
fn some_pages(admin: &Client, query: &str, limit: usize) -> Vec<Value> {
    let (mut seen, mut after) = (Vec::new(), "0".to_owned());
    for _ in 0..PAGES {
        let page = admin.get(&format!("/api/audit?{query}&limit={limit}&after={after}")).ok(200);
        assert!(page.list("entries").len() <= limit, "{page}");
        seen.extend_from_slice(page.list("entries"));
        match page["cursor"].as_str() {
            Some(cursor) => cursor.clone_into(&mut after),
            None => break,
        }
    }
    seen
}

fn the_next_page_goes_on_where_the_log_grows(mode: Mode) {
    let app = App::start(mode);
    let (seat, admin) = (app.seat(), app.user("admin"));
    seat.acquire(&unique::part());
    let first = admin.get("/api/audit?limit=2").ok(200);
    let cursor = first.text("cursor").to_owned();
    seat.acquire(&unique::part());
    let rest = entries(&admin, &format!("after={cursor}"));
    let all = entries(&admin, "");
    assert_eq!(column(&all, "action").iter().filter(|action| **action == "edit.session_acquired").count(), 2);
    assert_eq!([first.list("entries"), &rest].concat(), all);
}
