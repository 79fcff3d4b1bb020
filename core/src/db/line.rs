//! Those who wait for the instance's one connection that writes. It serves them in the order in which they came; changes
//! of the same kind as the first one go down with it, wherever they stand.

use std::collections::VecDeque;

use futures::channel::oneshot;

use super::batch::{BYTES_MAX, Batched, MEMBERS_MAX, Member};
use super::{Row, Value};

/// What comes of a statement: its rows.
pub type Answer = Result<Vec<Row>, String>;

/// Something to be written.
pub enum Work {
    /// A statement of its own.
    Alone(String, Vec<Value>),
    /// A change that may go down with others.
    Together(Batched, Member),
}

/// Who waits for what.
struct Waiting {
    work: Work,
    answer: oneshot::Sender<Answer>,
}

/// What is written next.
pub enum Turn {
    /// A statement of its own.
    Alone(String, Vec<Value>, oneshot::Sender<Answer>),
    /// Changes that go down together.
    Together(Batched, Vec<Member>, Vec<oneshot::Sender<Answer>>),
}

/// The line.
#[derive(Default)]
pub struct Line {
    waiting: VecDeque<Waiting>,
    is_served: bool,
}

impl Line {
    /// Joins the line. The second value tells whether the caller has to see to it that the line is served.
    pub fn join(&mut self, work: Work) -> (oneshot::Receiver<Answer>, bool) {
        let (answer, receiver) = oneshot::channel();
        self.waiting.push_back(Waiting { work, answer });
        let must_serve = !self.is_served;
        self.is_served = true;
        (receiver, must_serve)
    }

    /// Whose turn it is; none if nobody waits, and then the next one to join has to see to the service again.
    pub fn next(&mut self) -> Option<Turn> {
        // Who has gone before their turn wants nothing any more.
        while self.waiting.front().is_some_and(|first| first.answer.is_canceled()) {
            self.waiting.pop_front();
        }
        let Some(first) = self.waiting.pop_front() else {
            self.is_served = false;
            return None;
        };
        Some(match first.work {
            Work::Alone(statement, parameters) => Turn::Alone(statement, parameters, first.answer),
            Work::Together(batched, member) => self.gather(batched, member, first.answer),
        })
    }

    fn gather(&mut self, batched: Batched, first: Member, answer: oneshot::Sender<Answer>) -> Turn {
        let mut bytes = first.bytes();
        let (mut members, mut answers) = (vec![first], vec![answer]);
        let mut others = VecDeque::with_capacity(self.waiting.len());
        for waiting in self.waiting.drain(..) {
            match waiting.work {
                Work::Together(other, member)
                    if other == batched && members.len() < MEMBERS_MAX && bytes + member.bytes() <= BYTES_MAX =>
                {
                    bytes += member.bytes();
                    members.push(member);
                    answers.push(waiting.answer);
                }
                work => others.push_back(Waiting { work, answer: waiting.answer }),
            }
        }
        self.waiting = others;
        Turn::Together(batched, members, answers)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::RequestContext;

    const ONE: Batched = Batched("one");
    const OTHER: Batched = Batched("other");

    fn member(text: &str) -> Member {
        let context = RequestContext { id: "test".to_owned(), ip: None };
        Member::new(&context.cause("alice"), vec![json!(text)])
    }

    fn alone(statement: &str) -> Work {
        Work::Alone(statement.to_owned(), Vec::new())
    }

    /// What is written, turn by turn: the name of the statement and how many changes it makes.
    fn turns(line: &mut Line) -> Vec<(String, usize)> {
        std::iter::from_fn(|| line.next())
            .map(|turn| match turn {
                Turn::Alone(statement, ..) => (statement, 1),
                Turn::Together(batched, members, answers) => {
                    assert_eq!(members.len(), answers.len());
                    (batched.0.to_owned(), members.len())
                }
            })
            .collect()
    }

    #[test]
    fn one_serves_until_nobody_waits() {
        let mut line = Line::default();
        let (first, second) = (line.join(alone("a")), line.join(alone("b")));
        assert!(first.1 && !second.1);
        assert!(line.next().is_some() && line.next().is_some() && line.next().is_none());
        assert!(line.join(alone("c")).1);
    }

    #[test]
    fn changes_of_a_kind_go_down_together_and_nobody_is_overtaken_by_more_than_that() {
        let mut line = Line::default();
        let works = [
            Work::Together(ONE, member("1")),
            alone("a"),
            Work::Together(OTHER, member("2")),
            Work::Together(ONE, member("3")),
            alone("b"),
            Work::Together(OTHER, member("4")),
        ];
        let receivers: Vec<_> = works.into_iter().map(|work| line.join(work).0).collect();
        let expected = [("one", 2), ("a", 1), ("other", 2), ("b", 1)];
        assert_eq!(turns(&mut line), expected.map(|(name, count)| (name.to_owned(), count)));
        drop(receivers);
    }

    #[test]
    fn a_batch_has_an_end() {
        let mut line = Line::default();
        let receivers: Vec<_> =
            (0..=MEMBERS_MAX).map(|number| line.join(Work::Together(ONE, member(&number.to_string()))).0).collect();
        assert_eq!(turns(&mut line).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [MEMBERS_MAX, 1]);
        let large = "x".repeat(BYTES_MAX / 2);
        let receivers: Vec<_> =
            receivers.into_iter().chain((0..3).map(|_| line.join(Work::Together(ONE, member(&large))).0)).collect();
        assert_eq!(turns(&mut line).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1, 1]);
        drop(receivers);
    }

    #[test]
    fn who_has_gone_is_passed_over() {
        let mut line = Line::default();
        drop(line.join(alone("a")));
        let _waits = line.join(alone("b"));
        assert_eq!(turns(&mut line), [("b".to_owned(), 1)]);
    }
}
