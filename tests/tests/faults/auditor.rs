//! Somebody who reads the audit log all the while, and notes elsewhere what seals it (docs/audit.md).

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use baton_tests::history::{Entry, Head};
use baton_tests::{Client, Json, encode};

use crate::notes::Notes;

/// How long they rest after a page.
const REST: Duration = Duration::from_millis(700);

/// Follows the log until it is over: the last sealed entry of each page, and what else there was to note.
pub fn follow(admin: &Client, began: Instant, over: &AtomicBool) -> (Vec<Head>, Notes) {
    let (mut heads, mut notes, mut after) = (Vec::new(), Notes::default(), String::new());
    while !over.load(Ordering::Relaxed) {
        let path = format!("/api/audit?limit=1000{after}");
        let answer = notes.ask(began, "the audit log", admin.call("GET", &path), &[200]);
        if let Some(page) = answer.map(|answer| answer.body) {
            heads.extend(page.list("entries").iter().rev().find_map(|entry| Entry::read(entry).head()));
            // At the end of the log the same page is asked for again, which will hold more.
            after = page["cursor"].as_str().map_or(after, |cursor| format!("&after={}", encode(cursor)));
        }
        thread::sleep(REST);
    }
    (heads, notes)
}
