//! What the user sees while it runs, and what goes wrong meanwhile.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

/// A measurement in progress.
pub struct Progress {
    deadline: Instant,
    left_out: u32,
    failures: Vec<String>,
}

impl Progress {
    /// Measurements that begin before the deadline.
    pub fn until(deadline: Instant) -> Self {
        Self { deadline, left_out: 0, failures: Vec::new() }
    }

    /// Whether there is no time for another measurement, which is left out then.
    pub fn leaves_out(&mut self) -> bool {
        let is_late = Instant::now() >= self.deadline;
        self.left_out += u32::from(is_late);
        is_late
    }

    /// Puts the deadline off by what a preparation has taken that isn't needed every time.
    pub fn postpone(&mut self, by: Duration) {
        self.deadline += by;
    }

    /// Says what comes next.
    pub fn next(&self, what: &dyn Display) {
        eprintln!("{what}");
    }

    /// The value, or none after noting what went wrong and where.
    pub fn note<T>(&mut self, place: &dyn Display, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.fail(describe(place, &error))).ok()
    }

    /// Notes what went wrong.
    pub fn fail(&mut self, failure: String) {
        eprintln!("FAILED {failure}");
        self.failures.push(failure);
    }

    /// All that went wrong.
    pub fn into_failures(mut self) -> Vec<String> {
        if self.left_out > 0 {
            self.fail(format!("{} measurements did not begin before --limit was over", self.left_out));
        }
        self.failures
    }
}

/// Puts an error and where it came from into one line.
pub fn describe(place: &dyn Display, error: &Error) -> String {
    format!("{place}: {error:#}")
}
