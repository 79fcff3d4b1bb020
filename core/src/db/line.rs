//! Those who wait for the instance's one connection that writes: one line, served one turn after the other, because a
//! connection takes one statement at a time (two at once on one connection to libSQL are two on one stream: the server breaks
//! both off). Changes of a kind that wait at the same time go down in one turn, wherever they stand.

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
    /// Joins the line. The second value tells whether the caller has to see to it that it is served.
    pub fn join(&mut self, work: Work) -> (oneshot::Receiver<Answer>, bool) {
        let (answer, receiver) = oneshot::channel();
        self.waiting.push_back(Waiting { work, answer });
        let must_serve = !std::mem::replace(&mut self.is_served, true);
        (receiver, must_serve)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whose turn it is; none if nobody waits, and then the next one to join has to see to the service again. Who has gone
    /// before their turn wants nothing any more.
    pub fn next(&mut self) -> Option<Turn> {
        self.waiting.retain(|waiting| !waiting.answer.is_canceled());
        let Some(first) = self.waiting.pop_front() else {
            self.is_served = false;
            return None;
        };
        Some(match first.work {
            Work::Alone(statement, parameters) => Turn::Alone(statement, parameters, first.answer),
            Work::Together(batched, member) => self.gather(batched, member, first.answer),
        })
    }

    fn gather(&mut self, kind: Batched, first: Member, answer: oneshot::Sender<Answer>) -> Turn {
        let (mut members, mut answers) = (vec![first], vec![answer]);
        self.fill(kind, &mut members, &mut answers);
        Turn::Together(kind, members, answers)
    }

    /// Lets those join a turn who wait for changes of its kind, in their order, until it is full.
    pub fn fill(&mut self, kind: Batched, members: &mut Vec<Member>, answers: &mut Vec<oneshot::Sender<Answer>>) {
        let mut bytes: usize = members.iter().map(Member::bytes).sum();
        let mut left = VecDeque::with_capacity(self.waiting.len());
        let mut is_full = false;
        for Waiting { work, answer } in self.waiting.drain(..) {
            match work {
                Work::Together(batched, member) if batched.goes_with(kind) && !is_full => {
                    is_full = members.len() >= MEMBERS_MAX || bytes + member.bytes() > BYTES_MAX;
                    if is_full {
                        left.push_back(Waiting { work: Work::Together(batched, member), answer });
                        continue;
                    }
                    bytes += member.bytes();
                    members.push(member);
                    answers.push(answer);
                }
                work => left.push_back(Waiting { work, answer }),
            }
        }
        self.waiting = left;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::RequestContext;

    const ONE: Batched = Batched::new("one");
    const OTHER: Batched = Batched::new("other");

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
                    (batched.statement(members.len()).to_owned(), members.len())
                }
            })
            .collect()
    }

    #[test]
    fn one_serves_the_line_until_nobody_waits() {
        let mut line = Line::default();
        let (first, second, third) = (line.join(alone("a")), line.join(alone("b")), line.join(alone("c")));
        assert_eq!((first.1, second.1, third.1), (true, false, false));
        assert_eq!(turns(&mut line).len(), 3);
        assert!(line.join(alone("d")).1);
        assert!(!line.join(Work::Together(ONE, member("1"))).1);
    }

    #[test]
    fn changes_of_a_kind_go_down_together_and_the_others_in_their_order() {
        let mut line = Line::default();
        let works = [
            alone("a"),
            Work::Together(ONE, member("1")),
            alone("b"),
            Work::Together(OTHER, member("2")),
            Work::Together(ONE, member("3")),
        ];
        let receivers: Vec<_> = works.into_iter().map(|work| line.join(work).0).collect();
        let expected = [("a", 1), ("one", 2), ("b", 1), ("other", 1)];
        assert_eq!(turns(&mut line), expected.map(|(name, count)| (name.to_owned(), count)));
        drop(receivers);
    }

    #[test]
    fn what_goes_alone_is_made_by_the_statement_of_its_own() {
        let mut line = Line::default();
        let (mine, yours) = (ONE.or_alone("mine"), ONE.or_alone("yours"));
        let works = [Work::Together(mine, member("1")), Work::Together(yours, member("2"))];
        let receivers: Vec<_> = works.into_iter().map(|work| line.join(work).0).collect();
        assert_eq!(turns(&mut line), [("one".to_owned(), 2)]);
        let alone = line.join(Work::Together(yours, member("3")));
        assert_eq!(turns(&mut line), [("yours".to_owned(), 1)]);
        drop((receivers, alone));
    }

    #[test]
    fn a_turn_has_an_end_and_nobody_is_overtaken_in_it() {
        let mut line = Line::default();
        let receivers: Vec<_> =
            (0..=MEMBERS_MAX).map(|number| line.join(Work::Together(ONE, member(&number.to_string()))).0).collect();
        assert_eq!(turns(&mut line).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [MEMBERS_MAX, 1]);
        let large = "x".repeat(BYTES_MAX / 2);
        let sizes = [large.as_str(), &large, "small", &large];
        let receivers: Vec<_> =
            receivers.into_iter().chain(sizes.map(|text| line.join(Work::Together(ONE, member(text))).0)).collect();
        assert_eq!(turns(&mut line).iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2, 1]);
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
