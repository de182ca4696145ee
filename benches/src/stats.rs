//! The little statistics that the rows need.

use std::time::Duration;

/// A measurement and its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The measurement.
    pub subject: f64,
    /// The reference.
    pub reference: f64,
}

impl Pair {
    fn ratio(self) -> f64 {
        self.subject / self.reference
    }
}

/// The pair of the median ratio. Measurement and reference alternate, so that what disturbs the machine
/// disturbs both.
pub fn median_pair(mut pairs: Vec<Pair>) -> Pair {
    pairs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    pairs[pairs.len() / 2]
}

/// The median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The area under the ROC curve by ranks (Mann and Whitney's U over both sizes): how likely a sample of
/// `others` is slower than one of `base`. 0.5 says that time tells nothing.
pub fn auc(base: &[Duration], others: &[Duration]) -> f64 {
    let mut base = base.to_vec();
    base.sort_unstable();
    let wins: f64 = others
        .iter()
        .map(|other| {
            let below = base.partition_point(|one| one < other);
            let not_above = base.partition_point(|one| one <= other);
            below as f64 + (not_above - below) as f64 / 2.0
        })
        .sum();
    wins / (base.len() * others.len()) as f64
}

/// A generator of orders and digits (Marsaglia's xorshift64): the same in every run.
pub struct Dice(u64);

impl Dice {
    /// Starts anew.
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: &[u64]) -> Vec<Duration> {
        values.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn groups_that_do_not_differ_have_an_area_of_one_half() {
        assert_eq!(auc(&millis(&[1, 2, 3]), &millis(&[3, 1, 2])).to_bits(), 0.5_f64.to_bits());
    }

    #[test]
    fn a_slower_group_has_a_larger_area() {
        assert_eq!(auc(&millis(&[1, 2]), &millis(&[3, 4])).to_bits(), 1.0_f64.to_bits());
        assert_eq!(auc(&millis(&[3, 4]), &millis(&[1, 2])).to_bits(), 0.0_f64.to_bits());
        assert_eq!(auc(&millis(&[1, 3]), &millis(&[2, 3])).to_bits(), 0.625_f64.to_bits());
    }

    #[test]
    fn the_pair_of_the_median_ratio_is_kept_together() {
        let pair = |subject, reference| Pair { subject, reference };
        let pairs = vec![pair(9.0, 1.0), pair(1.0, 1.0), pair(100.0, 50.0)];
        assert_eq!(median_pair(pairs), pair(100.0, 50.0));
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut list: Vec<_> = (0..100).collect();
        Dice::new().shuffle(&mut list);
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }
}
