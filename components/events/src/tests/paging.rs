//! Reading on, page by page.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use baton_core::page::Page;
use baton_core::{Result, task};

use super::*;
use crate::news::{News, check_cursor};
use crate::store;

/// Begins to read the events of `even` after a cursor, as a request does.
fn begin(database: &Database, after: i64, limit: i64) -> Result<News> {
    let look = block_on(store::look(database, None, "even", Some(after), limit))?.expect("the workstation is there");
    check_cursor(after, &look)?;
    Ok(News::new(None, "even", Page { after: Some(after), limit }, look))
}

/// The numbers of the events that have come, and the cursor after them.
fn take(news: &mut News) -> (Vec<i64>, i64) {
    let events = news.take();
    let numbers = events.events.iter().map(|event| event.id.parse().expect("a number")).collect();
    (numbers, events.cursor.parse().expect("a number"))
}

fn even_numbers(after: i64, through: i64) -> Vec<i64> {
    (after + 1..=through).filter(|number| number % 2 == 0).collect()
}

#[test]
fn a_full_page_is_followed_by_the_next_one_at_once() {
    let log = Log::new();
    log.add_events(20, 0);
    let mut news = begin(&log.database, 0, 3).expect("a first page");
    let mut heard = Vec::new();
    while heard.len() < 10 {
        let (numbers, cursor) = take(&mut news);
        assert_eq!(numbers, even_numbers(heard.last().copied().unwrap_or(0), cursor), "{heard:?}");
        heard.extend(numbers);
        // Not a moment is waited for what is there.
        let has_more = block_on(news.wait(Duration::ZERO)).expect("a page");
        assert_eq!(has_more, heard.len() < 10, "{heard:?}");
    }
    assert_eq!(take(&mut news), (Vec::new(), 20));
}

#[test]
fn who_reads_what_is_being_pruned_hears_all_of_it_or_that_something_is_gone() {
    let log = Log::new();
    log.add_events(8_000, RETENTION_HOURS + 1);
    log.add_events(200, 0);
    let (head, file) = (log.head(), log.file.clone());
    let is_pruned = AtomicBool::new(false);
    let (mut pages, mut expired) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let database = open(&file);
            while block_on(store::prunable(&database, RETENTION_HOURS)).expect("the log can be read").is_due {
                block_on(store::prune(&database, RETENTION_HOURS)).expect("the log can be pruned");
                block_on(task::sleep(Duration::from_millis(2)));
            }
            is_pruned.store(true, Ordering::Relaxed);
        });
        let mut after = 0;
        while !is_pruned.load(Ordering::Relaxed) || after < head {
            match read_on(&log.database, after) {
                Ok(cursor) => after = cursor,
                Err(problem) => {
                    assert_eq!(problem.code(), "cursor_expired");
                    expired += 1;
                    after = log.number("SELECT pruned_through FROM log_horizon");
                }
            }
            pages += 1;
            // Who has caught up comes back to the oldest event that is kept, for another try.
            if after >= head && !is_pruned.load(Ordering::Relaxed) {
                after = log.number("SELECT min(seq) - 1 FROM events");
            }
        }
    });
    assert!(pages > 20 && expired > 0, "{pages} pages, {expired} of them expired: nothing was at stake");
    assert_eq!(log.number("SELECT min(seq) FROM events"), 8_001);
}

/// Reads two pages on one stream: the cursor after them. Whatever lies before it has been heard.
fn read_on(database: &Database, after: i64) -> Result<i64> {
    let mut news = begin(database, after, 7)?;
    let mut heard = Vec::new();
    for _ in 0..2 {
        let (numbers, cursor) = take(&mut news);
        heard.extend(numbers);
        assert_eq!(heard, even_numbers(after, cursor), "between {after} and {cursor}");
        // Others take their turn between two pages.
        block_on(task::sleep(Duration::from_millis(1)));
        if !block_on(news.wait(Duration::ZERO))? {
            break;
        }
    }
    Ok(heard.last().copied().unwrap_or(take(&mut news).1))
}
