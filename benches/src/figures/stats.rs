//! Medians over the rounds.

/// The middle value; the mean of the two in the middle where there are two.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// How far the values lie apart, as a share of their median.
pub fn spread(values: &[f64]) -> Option<f64> {
    let (least, most) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
    Some((most - least) / median(values)?)
}

/// The median of the ratios of those that have the same number: what disturbs a round disturbs both of its figures.
pub fn median_ratio(ours: &[(u32, f64)], theirs: &[(u32, f64)]) -> Option<f64> {
    let their_own = |number| theirs.iter().find(|(other, _)| *other == number).map(|(_, value)| *value);
    let pairs = ours.iter().filter_map(|(number, value)| Some((value, their_own(*number)?)));
    median(&pairs.map(|(value, other)| value / other).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nothing_there_is_none() {
        assert_eq!(median(&[]), None);
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn an_even_number_of_values_has_its_median_between() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    }

    #[test]
    fn the_spread_is_relative() {
        assert_eq!(spread(&[90.0, 100.0, 110.0]), Some(0.2));
    }

    #[test]
    fn ratios_are_those_of_the_same_round() {
        let ours = [(0, 10.0), (1, 40.0), (2, 90.0)];
        let theirs = [(2, 30.0), (0, 10.0), (3, 1.0)];
        assert_eq!(median_ratio(&ours, &theirs), Some(2.0));
        assert_eq!(median_ratio(&ours, &[]), None);
    }
}
