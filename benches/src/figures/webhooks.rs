//! What webhooks cost, and how fast they are.

use super::latencies::Latencies;
use super::stats;

/// How many webhooks there are, one after the other.
pub const WEBHOOKS: [usize; 3] = [0, 1, 10];

/// What was found with so many webhooks in one round.
pub struct Hooked {
    /// How many webhooks there were.
    pub hooks: usize,
    /// How long changes took.
    pub changes: Latencies,
    /// How long events were on their way.
    pub deliveries: Latencies,
    /// How many events had not come when there was no more waiting.
    pub missing: u64,
    /// How many connections were made to receivers.
    pub connections: u64,
}

/// What was found on a side.
#[derive(Default)]
pub struct Webhooks {
    /// The side.
    pub side: String,
    /// By the number of the round.
    pub rounds: Vec<(u32, Hooked)>,
}

impl Webhooks {
    /// The median over the rounds with so many webhooks.
    pub fn median(&self, hooks: usize, figure: impl Fn(&Hooked) -> Option<f64>) -> Option<f64> {
        stats::median(&self.of(hooks, figure).iter().map(|(_, value)| *value).collect::<Vec<_>>())
    }

    /// How many times as long a change takes at this quantile as without a webhook.
    pub fn dearer(&self, hooks: usize, q: f64) -> Option<f64> {
        let changes = |hooks| self.of(hooks, |hooked| hooked.changes.quantile(q));
        stats::median_ratio(&changes(hooks), &changes(0))
    }

    fn of(&self, hooks: usize, figure: impl Fn(&Hooked) -> Option<f64>) -> Vec<(u32, f64)> {
        let fitting = self.rounds.iter().filter(|(_, hooked)| hooked.hooks == hooks);
        fitting.filter_map(|(round, hooked)| Some((*round, figure(hooked)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_change_is_compared_with_that_of_the_same_round_without_a_webhook() {
        let hooked = |hooks, millis| {
            let mut changes = Latencies::default();
            changes.add(Duration::from_millis(millis));
            Hooked { hooks, changes, deliveries: Latencies::default(), missing: 0, connections: 0 }
        };
        let rounds = vec![(0, hooked(0, 10)), (0, hooked(10, 20)), (1, hooked(10, 30)), (1, hooked(0, 15))];
        let webhooks = Webhooks { side: "runner".to_owned(), rounds };
        assert!(webhooks.dearer(10, 0.5).is_some_and(|ratio| (ratio - 2.0).abs() < 0.01));
        assert_eq!((webhooks.dearer(1, 0.5), webhooks.median(10, |it| it.deliveries.quantile(0.5))), (None, None));
    }
}
