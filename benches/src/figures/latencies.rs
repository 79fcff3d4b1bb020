//! How long requests take.

use std::time::Duration;

use hdrhistogram::Histogram;

/// How exact the times are: to a thousandth of themselves.
const DIGITS: u8 = 3;

/// Longer than any request is waited for, in microseconds.
const LONGEST: u64 = 3_600_000_000;

/// The times of any number of requests, in microseconds.
#[derive(Clone)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("so many digits can be kept"))
    }
}

impl Latencies {
    /// Adds a request that took so long.
    pub fn add(&mut self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min(LONGEST);
        self.0.record(microseconds).expect("the range grows up to this");
    }

    /// Adds all of these.
    pub fn merge(&mut self, others: &Self) {
        self.0.add(&others.0).expect("the range grows with what comes in");
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time below which the share `q` of them lies, in milliseconds; none of nothing.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        (!self.0.is_empty()).then(|| milliseconds(self.0.value_at_quantile(q)))
    }

    /// The longest, in milliseconds; none of nothing.
    pub fn max(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| milliseconds(self.0.max()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_the_longest_are_those_of_all() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        (1..=99).for_each(|time| one.add(Duration::from_micros(time * 10)));
        other.add(Duration::from_secs(2));
        one.merge(&other);
        assert_eq!((one.count(), one.quantile(0.5), one.quantile(0.99)), (100, Some(0.5), Some(0.99)));
        assert!(one.max().is_some_and(|max| (max / 2_000.0 - 1.0).abs() < 0.001));
    }

    #[test]
    fn of_nothing_there_is_none() {
        assert_eq!((Latencies::default().quantile(0.5), Latencies::default().max()), (None, None));
    }
}
