//! How long starting takes.

use super::stats;

/// How long a side takes to start.
#[derive(Default)]
pub struct Starts {
    /// The side.
    pub side: String,
    /// With nothing compiled yet, in seconds.
    pub first: Vec<f64>,
    /// With what an earlier start left, in seconds.
    pub later: Vec<f64>,
    /// What each component's first request took after a later start, in milliseconds.
    pub requests: Vec<(&'static str, f64)>,
}

impl Starts {
    /// The component whose first request takes longest, and its median in milliseconds.
    pub fn slowest_request(&self) -> Option<(&'static str, f64)> {
        let medians = self.components().into_iter().filter_map(|name| Some((name, self.request_to(name)?)));
        medians.max_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// What the first request to this component takes, in milliseconds.
    pub fn request_to(&self, component: &str) -> Option<f64> {
        let to_it = self.requests.iter().filter(|(name, _)| *name == component);
        stats::median(&to_it.map(|(_, time)| *time).collect::<Vec<_>>())
    }

    /// The components' names.
    pub fn components(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.requests.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
