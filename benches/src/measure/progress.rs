//! What the user sees while it runs, and what goes wrong meanwhile.

use std::fmt::Display;

use anyhow::Result;

use super::describe;

/// A measurement in progress.
#[derive(Default)]
pub struct Progress {
    failures: Vec<String>,
}

impl Progress {
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
    pub fn into_failures(self) -> Vec<String> {
        self.failures
    }
}
