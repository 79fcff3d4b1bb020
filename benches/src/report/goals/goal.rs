//! One thing that is wanted.

use crate::report::table::number;

/// How much is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

/// One thing that is wanted.
pub struct Goal {
    what: String,
    bound: Bound,
    unit: String,
    reached: Option<f64>,
    /// What a component reaches that does next to nothing on the same host.
    bare: Option<f64>,
}

impl Bound {
    fn holds(self, reached: f64) -> bool {
        match self {
            Self::AtLeast(least) => reached >= least,
            Self::AtMost(most) => reached <= most,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least} {unit}"),
            Self::AtMost(most) => format!("≤ {most} {unit}"),
        }
    }
}

impl Goal {
    /// A goal, and what was reached; none if that was not measured.
    pub fn new(what: impl Into<String>, bound: Bound, unit: impl Into<String>, reached: Option<f64>) -> Self {
        Self { what: what.into(), bound, unit: unit.into(), reached, bare: None }
    }

    /// The same, and what a component reaches that does next to nothing on the same host.
    pub fn beside_bare(self, bare: Option<f64>) -> Self {
        Self { bare, ..self }
    }

    /// Whether it is reached; none if it was not measured.
    pub fn verdict(&self) -> Option<bool> {
        self.reached.map(|reached| self.bound.holds(reached))
    }

    /// Its row in the table.
    pub fn row(&self) -> [String; 5] {
        let reached = self.reached.map(|_| format!("{} {}", number(self.reached, 2), self.unit));
        let verdict = match self.verdict() {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "–",
        };
        let reached = reached.unwrap_or_else(|| "not measured".to_owned());
        let bare = self.bare.map(|_| number(self.bare, 2)).unwrap_or_default();
        [self.what.clone(), self.bound.text(&self.unit), reached, verdict.to_owned(), bare]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_itself_is_good_enough() {
        assert!(Bound::AtLeast(1.5).holds(1.5) && !Bound::AtLeast(1.5).holds(1.49));
        assert!(Bound::AtMost(5.0).holds(5.0) && !Bound::AtMost(5.0).holds(5.01));
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        let goal = |reached| Goal::new("start", Bound::AtMost(1.0), "s", reached);
        assert_eq!(goal(None).row(), ["start", "≤ 1 s", "not measured", "–", ""]);
        assert_eq!(goal(Some(0.5)).row(), ["start", "≤ 1 s", "0.50 s", "✓", ""]);
        assert_eq!(goal(Some(2.0)).beside_bare(Some(1.5)).row()[3..], ["✗", "1.50"]);
    }
}
