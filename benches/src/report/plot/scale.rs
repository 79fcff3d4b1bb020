//! Where a value stands on an axis.

/// An axis from a least to a greatest value.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    /// From zero, in equal steps.
    pub fn linear(values: &[f64]) -> Self {
        let most = values.iter().copied().fold(0.0, f64::max);
        let step = step(most);
        Self { low: 0.0, high: (most / step).ceil() * step, is_logarithmic: false }
    }

    /// In equal factors, so that what is ten times as much is as far away everywhere.
    pub fn logarithmic(values: &[f64]) -> Self {
        let positive = || values.iter().copied().filter(|value| *value > 0.0);
        let (least, most) = (positive().fold(f64::INFINITY, f64::min), positive().fold(0.0, f64::max));
        let (low, high) = if most > 0.0 { (below(least), above(most)) } else { (1.0, 10.0) };
        Self { low, high, is_logarithmic: true }
    }

    /// How far up a value stands, from 0 to 1.
    pub fn position(self, value: f64) -> f64 {
        if self.is_logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The values that are named.
    pub fn ticks(self) -> Vec<f64> {
        if self.is_logarithmic { self.logarithmic_ticks() } else { self.linear_ticks() }
    }

    fn linear_ticks(self) -> Vec<f64> {
        let step = step(self.high);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of ticks")]
        let count = (self.high / step).round() as u32;
        (0..=count).map(|number| f64::from(number) * step).collect()
    }

    fn logarithmic_ticks(self) -> Vec<f64> {
        let decades = self.high.log10() - self.low.log10();
        let steps: &[f64] = if decades > 4.0 { &[1.0] } else { &STEPS };
        let mut ticks = Vec::new();
        let mut decade = 10_f64.powf(self.low.log10().floor());
        while decade <= self.high {
            ticks.extend(steps.iter().map(|step| step * decade));
            decade *= 10.0;
        }
        // Powers of ten are not exact.
        ticks.retain(|tick| *tick >= self.low * 0.999 && *tick <= self.high * 1.001);
        ticks
    }
}

/// What ticks are multiples of.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];

/// The distance of about five ticks up to this value.
fn step(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let decade = 10_f64.powf((most / 5.0).log10().floor());
    let fitting = STEPS.iter().map(|step| step * decade).find(|step| most / step <= 5.0);
    fitting.unwrap_or(10.0 * decade)
}

/// The greatest tick that is not above this.
fn below(value: f64) -> f64 {
    let decade = 10_f64.powf(value.log10().floor());
    STEPS.iter().rev().map(|step| step * decade).find(|tick| *tick <= value).unwrap_or(decade)
}

/// The least tick that is not below this.
fn above(value: f64) -> f64 {
    let decade = 10_f64.powf(value.log10().floor());
    STEPS.iter().map(|step| step * decade).find(|tick| *tick >= value).unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_begins_at_zero_and_ends_at_a_tick() {
        let scale = Scale::linear(&[3.0, 43.0]);
        assert_eq!(scale.ticks(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert!((scale.position(25.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_logarithmic_axis_ends_at_ticks() {
        let scale = Scale::logarithmic(&[3.0, 170.0]);
        let ticks: Vec<_> = scale.ticks().iter().map(|tick| tick.round()).collect();
        assert_eq!(ticks, [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]);
        assert!((scale.position(20.0) - 0.5).abs() < 1e-9);
        assert!(scale.position(0.0).abs() < 1e-9);
    }

    #[test]
    fn without_values_there_is_an_axis_all_the_same() {
        assert!(!Scale::linear(&[]).ticks().is_empty());
        assert!(!Scale::logarithmic(&[]).ticks().is_empty());
    }
}
