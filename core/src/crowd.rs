//! When an instance is one too many, and goes.
//!
//! Spin makes an instance for a request that comes while all others are about to begin one: 32 clients who come at once make it
//! start 10 to 25, which are handed requests in turns from then on, so that none is ever idle, and all of them stay. Each writes
//! for its own clients only, while the others wait; fewer would have more changes in each statement. No instance sees the others,
//! but the log does: what goes down in one statement has one time, so it tells how many statements there were in a second. An
//! instance that was at it all the time, and made a tenth of them, has nine beside it. If those are too many, it may say that it
//! takes no more requests (the component model's backpressure), and the host ends it when it has answered those that it has.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

#[cfg(target_arch = "wasm32")]
use {
    crate::db::Row,
    crate::relay::{self, Begun},
    crate::task,
    axum::{extract::Request, response::Response},
    futures::lock::Mutex,
    std::ops::ControlFlow,
};

/// How long an instance looks at its turns before it judges, and at how many at least.
const SPAN: Duration = Duration::from_millis(500);
const TURNS_MIN: u32 = 3;

/// How many instances that write all the time are not too many, on all machines together.
const ENOUGH: f64 = 4.0;

/// How many changes in each turn, on average, are enough: more would gain little.
const CHANGES_ENOUGH: f64 = 8.0;

/// How many statements made the newest entries of the audit log, and within how many seconds.
pub(crate) const STATEMENTS: &str = "SELECT count(*) - 1, (julianday(max(time)) - julianday(min(time))) * 86400
     FROM (SELECT DISTINCT time FROM (SELECT time, action FROM audit ORDER BY seq DESC LIMIT 200)
           WHERE action GLOB 'edit.*')";

/// What an instance has seen since it last judged.
#[derive(Debug, Default)]
struct Turns {
    begun: Option<Instant>,
    count: u32,
    changes: usize,
    taken: Duration,
}

impl Turns {
    /// Takes note of a turn for so many changes, that has taken so long. When it is time to judge, it gives what it has seen, and
    /// begins anew.
    fn note(&mut self, now: Instant, changes: usize, taken: Duration) -> Option<Seen> {
        let begun = *self.begun.get_or_insert(now - taken);
        self.count += 1;
        self.changes += changes;
        self.taken += taken;
        let span = now.duration_since(begun);
        if self.count < TURNS_MIN || span < SPAN {
            return None;
        }
        let turns = std::mem::take(self);
        (turns.taken * 2 >= span).then(|| Seen {
            rate: f64::from(turns.count) / span.as_secs_f64(),
            changes: turns.changes as f64 / f64::from(turns.count),
        })
    }
}

/// What an instance has seen that writes nearly all the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// How many turns it takes in a second.
    rate: f64,
    /// For how many changes each is, on average.
    changes: f64,
}

impl Seen {
    /// How likely it is to go, if all instances together make so many statements in a second: so that about as many stay as are enough.
    fn odds(self, rate_of_all: f64) -> f64 {
        let instances = rate_of_all / self.rate;
        if self.changes < CHANGES_ENOUGH { 1.0 - ENOUGH / instances } else { 0.0 }
    }
}

/// What an instance has decided.
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    /// It is not for it to decide.
    None,
    Stays,
    Goes,
    Closed,
}

thread_local! {
    static TURNS: RefCell<Turns> = RefCell::default();
    static DECISION: Cell<Decision> = const { Cell::new(Decision::None) };
}

/// Takes note of a turn, in a component whose instances may go. If it is time to judge, it gives what there is to judge by; nothing if
/// the instance would stay however many others there are, so that nobody need ask for them.
#[cfg(target_arch = "wasm32")]
pub(crate) fn note_turn(changes: usize, taken: Duration) -> Option<Seen> {
    let may_go = DECISION.get() == Decision::Stays;
    let seen = may_go.then(|| TURNS.with_borrow_mut(|turns| turns.note(Instant::now(), changes, taken)))?;
    seen.filter(|seen| seen.odds(f64::INFINITY) > 0.0)
}

/// Decides, by the row of [`STATEMENTS`].
#[cfg(target_arch = "wasm32")]
pub(crate) fn judge(seen: Seen, statements: &Row) {
    if let (Some(count), Some(seconds)) = (statements.get::<i64>(0), statements.get::<f64>(1))
        && seconds > 0.0
        && task::is_drawn(seen.odds(count as f64 / seconds))
    {
        DECISION.set(Decision::Goes);
    }
}

/// Begins a request of this component, whose requests are short: whatever else it does comes after that. It comes back unless another
/// instance has answered it.
///
/// The first one may be passed on ([`crate::relay`]). The instance closes if it is to go: as the first thing in a request, before that
/// waits for anything, since another one that has been handed in and hasn't begun would not begin any more, and Wasmtime hands in the
/// next one when the last has begun. (The host may have told it of a request that it then doesn't take, and tells another one only when
/// this one has gone.)
#[cfg(target_arch = "wasm32")]
pub async fn enter(component: &str, request: Request) -> ControlFlow<Response, Request> {
    match DECISION.get() {
        Decision::None => return begin(component, request).await,
        Decision::Goes => {
            DECISION.set(Decision::Closed);
            task::take_no_more();
        }
        Decision::Stays | Decision::Closed => {}
    }
    ControlFlow::Continue(request)
}

/// Begins a request of this component, in which requests wait for long: none is passed on, as the instance that did would have to wait
/// as well. On a host that has more to do than it can, the first one waits a little, and with it all that are handed in meanwhile: what
/// an instance begins with takes long, and those that have begun would otherwise come to fewer of the requests that are still to come.
#[cfg(target_arch = "wasm32")]
pub async fn enter_to_wait(_component: &str, request: Request) -> ControlFlow<Response, Request> {
    let mut has_begun = HAS_BEGUN.lock().await;
    if !*has_begun {
        relay::let_others_go_first().await;
        *has_begun = true;
    }
    ControlFlow::Continue(request)
}

/// Whether an instance in which requests wait has begun: held by its first request until it has.
#[cfg(target_arch = "wasm32")]
static HAS_BEGUN: Mutex<bool> = Mutex::new(false);

#[cfg(target_arch = "wasm32")]
async fn begin(component: &str, request: Request) -> ControlFlow<Response, Request> {
    DECISION.set(Decision::Closed);
    match relay::begin(component, request).await {
        Begun::Stays(request) => {
            DECISION.set(Decision::Stays);
            ControlFlow::Continue(request)
        }
        Begun::Goes(request) => ControlFlow::Continue(request),
        Begun::Answered(response) => ControlFlow::Break(response),
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::db::{Database, params, use_scratch};

    /// What is seen of turns that come every 100 ms, each for so many changes and so long.
    fn seen(changes: usize, taken_ms: u64) -> Vec<Option<Seen>> {
        let (mut turns, begun) = (Turns::default(), Instant::now());
        let at = |number: u32| begun + Duration::from_millis(100) * number;
        (1..=20).map(|number| turns.note(at(number), changes, Duration::from_millis(taken_ms))).collect()
    }

    #[test]
    fn who_writes_all_the_time_judges_every_half_second() {
        let seen = seen(3, 100);
        assert_eq!(seen.iter().flatten().count(), 4);
        assert_eq!(seen[4], Some(Seen { rate: 10.0, changes: 3.0 }));
    }

    #[test]
    fn who_has_little_to_write_is_in_nobodys_way() {
        assert_eq!(seen(1, 30).iter().flatten().count(), 0);
    }

    #[test]
    fn the_more_there_are_the_likelier_one_goes() {
        let odds = |changes, of_all| Seen { rate: 10.0, changes }.odds(of_all);
        assert_eq!(odds(1.0, 80.0), 0.5, "eight where four are enough");
        assert_eq!(odds(1.0, 160.0), 0.75);
        assert!(odds(1.0, 40.0) <= 0.0 && odds(1.0, 10.0) <= 0.0, "alone, or few");
        assert!(odds(8.0, 160.0) <= 0.0, "each has much to write in a turn");
    }

    #[test]
    fn the_log_tells_how_many_statements_there_were() {
        let _directory = use_scratch();
        let database = block_on(Database::open()).expect("the schema stands");
        let count = || {
            let row = block_on(database.row(STATEMENTS, params![])).expect("a result").expect("a row");
            (row.get::<i64>(0), row.get::<f64>(1))
        };
        assert_eq!(count(), (Some(-1), None), "nothing was ever changed");
        let log = "INSERT INTO audit (time, actor, action, resource_type, resource_id, details)
                   SELECT value ->> 0, 'alice', value ->> 1, '', '', '{}' FROM json_each(?)";
        let entries = r#"[["2026-11-23T10:00:00.000Z", "edit.session_acquired"], ["2026-11-23T10:00:00.000Z", "edit.session_released"],
                          ["2026-11-23T10:00:00.100Z", "webhook.created"], ["2026-11-23T10:00:00.250Z", "edit.session_released"],
                          ["2026-11-23T10:00:00.500Z", "edit.session_acquired"]]"#;
        block_on(database.rows(log, params![entries])).expect("written");
        let (statements, seconds) = count();
        assert_eq!(statements, Some(2), "three, of which the first began it");
        assert!((seconds.expect("a time") - 0.5).abs() < 0.001);
    }
}
