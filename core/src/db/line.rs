//! Those who wait for the instance's one connection that writes: a line for each kind of change, and one for all other
//! statements. Each line is served in the order in which they came, one turn after the other; changes of a kind that wait
//! at the same time go down in one turn. The lines don't wait for each other, so that the host can have the turns of several
//! share a commit.

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

/// Which line: that of a kind of change, or, if none, that of all other statements.
pub type Kind = Option<Batched>;

/// The lines.
#[derive(Default)]
pub struct Lines(Vec<Line>);

struct Line {
    kind: Kind,
    waiting: VecDeque<Waiting>,
    is_served: bool,
}

impl Lines {
    /// Joins a line. The second value tells which line, if the caller has to see to it that it is served.
    pub fn join(&mut self, work: Work) -> (oneshot::Receiver<Answer>, Option<Kind>) {
        let (answer, receiver) = oneshot::channel();
        let line = self.line(work.kind());
        line.waiting.push_back(Waiting { work, answer });
        let must_serve = !std::mem::replace(&mut line.is_served, true);
        (receiver, must_serve.then_some(line.kind))
    }

    /// Whose turn it is in a line; none if nobody waits, and then the next one to join has to see to the service again.
    pub fn next(&mut self, kind: Kind) -> Option<Turn> {
        self.line(kind).next()
    }

    fn line(&mut self, kind: Kind) -> &mut Line {
        let index = self.0.iter().position(|line| line.kind == kind).unwrap_or_else(|| {
            self.0.push(Line { kind, waiting: VecDeque::new(), is_served: false });
            self.0.len() - 1
        });
        &mut self.0[index]
    }
}

impl Line {
    fn next(&mut self) -> Option<Turn> {
        let Some(first) = self.pop(|_| true) else {
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
        while members.len() < MEMBERS_MAX
            && let Some(next) = self.pop(|work| bytes + work.bytes() <= BYTES_MAX)
            && let Work::Together(_, member) = next.work
        {
            bytes += member.bytes();
            members.push(member);
            answers.push(next.answer);
        }
        Turn::Together(batched, members, answers)
    }

    /// The first one, if it fits. Who has gone before their turn wants nothing any more.
    fn pop(&mut self, fits: impl Fn(&Work) -> bool) -> Option<Waiting> {
        while self.waiting.front().is_some_and(|first| first.answer.is_canceled()) {
            self.waiting.pop_front();
        }
        if !self.waiting.front().is_some_and(|first| fits(&first.work)) {
            return None;
        }
        self.waiting.pop_front()
    }
}

impl Work {
    fn kind(&self) -> Kind {
        match self {
            Self::Alone(..) => None,
            Self::Together(batched, _) => Some(*batched),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Alone(..) => 0,
            Self::Together(_, member) => member.bytes(),
        }
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

    /// What is written from a line, turn by turn: the name of the statement and how many changes it makes.
    fn turns(lines: &mut Lines, kind: Kind) -> Vec<(String, usize)> {
        std::iter::from_fn(|| lines.next(kind))
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
    fn one_serves_a_line_until_nobody_waits() {
        let mut lines = Lines::default();
        let (first, second, other) =
            (lines.join(alone("a")), lines.join(alone("b")), lines.join(Work::Together(ONE, member("1"))));
        assert_eq!((first.1, second.1, other.1), (Some(None), None, Some(Some(ONE))));
        assert!(lines.next(None).is_some() && lines.next(None).is_some() && lines.next(None).is_none());
        assert_eq!(lines.join(alone("c")).1, Some(None));
        assert_eq!(lines.join(Work::Together(ONE, member("2"))).1, None);
    }

    #[test]
    fn changes_of_a_kind_go_down_together_and_others_in_their_order() {
        let mut lines = Lines::default();
        let works = [
            Work::Together(ONE, member("1")),
            alone("a"),
            Work::Together(OTHER, member("2")),
            Work::Together(ONE, member("3")),
            alone("b"),
        ];
        let receivers: Vec<_> = works.into_iter().map(|work| lines.join(work).0).collect();
        assert_eq!(turns(&mut lines, Some(ONE)), [("one".to_owned(), 2)]);
        assert_eq!(turns(&mut lines, Some(OTHER)), [("other".to_owned(), 1)]);
        assert_eq!(turns(&mut lines, None), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
        drop(receivers);
    }

    #[test]
    fn a_batch_has_an_end() {
        let mut lines = Lines::default();
        let receivers: Vec<_> =
            (0..=MEMBERS_MAX).map(|number| lines.join(Work::Together(ONE, member(&number.to_string()))).0).collect();
        assert_eq!(turns(&mut lines, Some(ONE)).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [MEMBERS_MAX, 1]);
        let large = "x".repeat(BYTES_MAX / 2);
        let receivers: Vec<_> =
            receivers.into_iter().chain((0..3).map(|_| lines.join(Work::Together(ONE, member(&large))).0)).collect();
        assert_eq!(turns(&mut lines, Some(ONE)).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1, 1]);
        drop(receivers);
    }

    #[test]
    fn who_has_gone_is_passed_over() {
        let mut lines = Lines::default();
        drop(lines.join(alone("a")));
        let _waits = lines.join(alone("b"));
        assert_eq!(turns(&mut lines, None), [("b".to_owned(), 1)]);
    }
}
