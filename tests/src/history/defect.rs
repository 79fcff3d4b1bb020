//! What is wrong with a history.

use std::fmt;

/// The rules of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// No two workstations hold what overlaps.
    OneHolder,
    /// Every grant on an item has a higher fence than those before it.
    FencesGrow,
    /// Who has lost a session isn't told that it is still theirs once somebody holds a later one.
    NoStaleFence,
    /// A session ends once, after it has begun.
    OneEnd,
    /// What was acknowledged is there once.
    Acknowledged,
    /// What was refused has not happened.
    Refused,
    /// What happened is told once and in order.
    Told,
    /// Each listener hears all that is for it, once and in order.
    Heard,
    /// A receiver of webhooks gets all that is for it, first in order for each item, and again only what it didn't acknowledge.
    Delivered,
    /// The audit log has no gaps and isn't altered.
    AuditChain,
    /// Whatever a client sends, it gets an answer that the contract has for it.
    Answers,
}

/// A place where a history breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Which one.
    pub rule: Rule,
    /// Where, and how.
    pub detail: String,
}

impl Defect {
    /// This rule is broken, in this way.
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.detail)
    }
}

/// The rules that these break, for the tests of the rules.
#[cfg(test)]
pub fn rules(defects: &[Defect]) -> Vec<Rule> {
    defects.iter().map(|defect| defect.rule).collect()
}
