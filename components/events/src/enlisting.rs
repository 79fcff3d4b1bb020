//! Enlisting those who begin to wait, many at a time: a thousand clients may come back at once.

use std::cell::RefCell;
use std::time::Duration;

use baton_core::{log, task};

use crate::look::look_since;
use crate::{mailbox, waiting};

/// How many are enlisted at once: Redis does nothing else meanwhile.
const AT_ONCE: usize = 500;

/// How long it is left alone after it has failed.
const RETRY: Duration = Duration::from_millis(500);

/// Who is to be enlisted, for how long, and whether somebody sees to it.
#[derive(Default)]
struct Wanted {
    workstations: Vec<(String, Duration)>,
    is_served: bool,
}

thread_local! {
    static WANTED: RefCell<Wanted> = RefCell::default();
}

/// Has a workstation enlisted in Redis. What has happened since it read the log is looked for once it is.
pub async fn want(workstation: String, time: Duration) {
    want_all([(workstation, time)]).await;
}

/// [`want`] for several.
pub async fn want_all(workstations: impl IntoIterator<Item = (String, Duration)>) {
    let must_serve = WANTED.with_borrow_mut(|wanted| {
        wanted.workstations.extend(workstations);
        !wanted.workstations.is_empty() && !std::mem::replace(&mut wanted.is_served, true)
    });
    if must_serve {
        task::spawn(serve());
        task::yield_now().await;
    }
}

async fn serve() {
    while let Some(next) = next() {
        if mailbox::enlist(&next).await {
            look_after(&next).await;
        } else {
            task::sleep(RETRY).await;
            WANTED.with_borrow_mut(|wanted| wanted.workstations.extend(still_waiting(next)));
        }
    }
}

/// Those of them for whom somebody still waits: the others want nothing any more.
fn still_waiting(workstations: Vec<(String, Duration)>) -> impl Iterator<Item = (String, Duration)> {
    workstations.into_iter().filter(|(workstation, _)| waiting::is_waited_for(workstation))
}

fn next() -> Option<Vec<(String, Duration)>> {
    WANTED.with_borrow_mut(|wanted| {
        let count = wanted.workstations.len().min(AT_ONCE);
        let next: Vec<_> = wanted.workstations.drain(..count).collect();
        wanted.is_served = !next.is_empty();
        wanted.is_served.then_some(next)
    })
}

/// Only a look after enlisting is sure to see what happened before anybody knew of this inbox.
async fn look_after(enlisted: &[(String, Duration)]) {
    let Some(since) = waiting::read_by_all(enlisted.iter().map(|(workstation, _)| workstation.as_str())) else {
        return;
    };
    if let Err(problem) = look_since(since).await {
        log::line(format_args!("looking for news: {problem}"));
    }
}
