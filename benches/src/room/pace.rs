//! When the next news is sent.

use std::time::Duration;

/// Whoever waits is left alone for this long at least, so that they do wait.
const REST: Duration = Duration::from_millis(20);

/// And for up to this much longer. Without Redis the log is looked at every 50 ms: the news must not come in step with
/// that, but at all moments alike.
const STAGGER: Duration = Duration::from_millis(50);

/// The golden ratio's fraction: its multiples, modulo 1, fill the interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// The pauses before each news.
#[derive(Default)]
pub struct Pace(u32);

impl Pace {
    /// The next one.
    pub fn next(&mut self) -> Duration {
        self.0 += 1;
        REST + STAGGER.mul_f64(f64::from(self.0) * GOLDEN % 1.0)
    }
}
