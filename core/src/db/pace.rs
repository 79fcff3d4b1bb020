//! The pace of one who writes where others write, too: when to try again, when to answer, when to begin the next turn.
//!
//! Whoever has an answer comes back with the next request. If all answers of a turn go out at once, all come back at once, and Spin
//! makes another instance for each one that finds all the others about to begin a request (see [`crate::crowd`]). So the answers go
//! out one after the other, while the next turn is made. On a host where nobody else writes they go out at once.

use std::time::{Duration, Instant};

use futures::channel::oneshot;

use super::line::Answer;
use crate::task;

/// How long a change waits for other instances to have written.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it pauses at most before it tries again, where the host hasn't waited as long: such a time for each try that it has made, up
/// to so many. Where few write somebody writes nearly all the time then, and where many do more have come to each one's turn.
const PAUSE: Duration = Duration::from_millis(1);
const PAUSES_MAX: u32 = 4;

/// How long the last answer of a turn waits after the first one, at most.
const ANSWERING_MAX: Duration = Duration::from_millis(30);

/// How long the next turn waits for those to come back who have just been answered: such a part of the last one, but no longer than
/// that.
const LINGERING_PART: u32 = 4;
const LINGERING_MAX: Duration = Duration::from_millis(10);

/// How finely a host tells time to one who sleeps.
const TICK: Duration = Duration::from_millis(1);

/// What came of a change, and who waits for it.
pub type Answered = (oneshot::Sender<Answer>, Answer);

/// Answers.
pub fn give((sender, answer): Answered) {
    // Nobody may be waiting for it any more.
    _ = sender.send(answer);
}

/// Answers those of a turn that has taken so long, one after the other over as long again.
pub async fn give_bit_by_bit(answers: Vec<Answered>, taken: Duration) {
    let (count, span, begun) = (answers.len(), taken.min(ANSWERING_MAX), Instant::now());
    let mut answers = answers.into_iter();
    answers.by_ref().take(1).for_each(give);
    if answers.len() == 0 {
        return;
    }
    task::spawn(async move {
        while answers.len() > 0 {
            task::sleep(TICK).await;
            let given = count - answers.len();
            answers.by_ref().take(due(count, begun.elapsed(), span).saturating_sub(given)).for_each(give);
        }
    });
    task::yield_now().await;
}

/// How many of so many answers are to be out by then.
fn due(count: usize, elapsed: Duration, span: Duration) -> usize {
    let part = if span.is_zero() { 1.0 } else { elapsed.div_duration_f64(span) };
    (1 + (part * count as f64) as usize).min(count)
}

/// Waits, if anybody does for the next turn, for as many as have just been answered to be there as well: it costs little beside what
/// the last turn took, and saves them the whole of the next one.
pub async fn linger(answered: usize, taken: Duration, waiting: impl Fn() -> usize) {
    let end = Instant::now() + (taken / LINGERING_PART).min(LINGERING_MAX);
    let wanted = waiting() + answered;
    while (1..wanted).contains(&waiting()) {
        let left = end.saturating_duration_since(Instant::now());
        if left < TICK / 2 {
            return;
        }
        task::sleep(left.min(TICK)).await;
    }
}

/// How long somebody goes on trying while others write.
pub struct Patience {
    begun: Instant,
    last_try: Instant,
    tries: u32,
}

impl Patience {
    /// From now on.
    pub fn new() -> Self {
        let now = Instant::now();
        Self { begun: now, last_try: now, tries: 1 }
    }

    /// Whether there has been another try.
    pub fn has_waited(&self) -> bool {
        self.tries > 1
    }

    /// Waits until it is worth another try; false if it has been tried for long enough.
    pub async fn wait(&mut self) -> bool {
        if self.begun.elapsed() >= PATIENCE {
            return false;
        }
        let pause = PAUSE * self.tries.min(PAUSES_MAX);
        if self.last_try.elapsed() < pause {
            task::sleep(task::jitter(pause)).await;
        }
        self.last_try = Instant::now();
        self.tries += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::executor::block_on;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_is_answered_at_once_and_the_last_after_as_long_as_the_turn_took() {
        let at = |ms| due(16, MS * ms, MS * 8);
        assert_eq!([0, 1, 4, 7].map(at), [1, 3, 9, 15]);
        assert_eq!([8, 9, 1000].map(at), [16; 3]);
        assert_eq!(due(16, Duration::ZERO, Duration::ZERO), 16, "nobody waits for a turn that took no time");
    }

    /// How often it is asked who waits, if one more does each time, until the next turn begins.
    fn looks(answered: usize, taken: Duration, first: usize) -> usize {
        let (waiting, looks) = (Cell::new(first), Cell::new(0));
        block_on(linger(answered, taken, || {
            looks.set(looks.get() + 1);
            waiting.replace(waiting.get() + usize::from(looks.get() > 1))
        }));
        looks.get()
    }

    #[test]
    fn the_next_turn_waits_for_whom_it_may_expect() {
        assert_eq!(looks(0, MS * 400, 3), 2, "nobody else is to be expected");
        assert_eq!(looks(3, MS * 400, 1), 5, "until all three are there");
        assert_eq!(looks(3, MS, 1), 2, "not after so short a turn");
        let asked = Cell::new(0);
        let nobody = || {
            asked.set(asked.get() + 1);
            0
        };
        block_on(linger(3, MS * 400, nobody));
        assert_eq!(asked.get(), 2, "nor if nobody waits for a turn");
    }
}
