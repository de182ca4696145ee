//! How ready somebody is for losing one thing, as pages show it.

pub use twinlock_core::readiness::{Verdict, Way};

use super::When;

/// A verdict, and what to do.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// Whether losing one thing locks them out.
    pub verdict: Verdict,
    /// Their independent ways in.
    pub ways: Vec<Way>,
    /// Whether a new set of recovery codes helps.
    pub renew_codes: bool,
    /// Whether saving the recovery codes helps.
    pub save_codes: bool,
    /// Whether another device helps.
    pub add_factor: bool,
    /// Factors that were not used for long.
    pub unused: Vec<Unused>,
}

/// A factor that was not used for long.
#[derive(Clone, Debug)]
pub struct Unused {
    /// The name its owner gave it.
    pub name: String,
    /// When it was last used, or added.
    pub since: When,
}

/// Some of one's ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// What they are.
    pub way: Way,
    /// How many.
    pub count: usize,
    /// What stands before them in a sentence.
    pub join: &'static str,
}

impl Readiness {
    /// Whether losing one thing locks them out.
    pub fn at_risk(&self) -> bool {
        self.verdict == Verdict::AtRisk
    }

    /// The only way in.
    pub fn only(&self) -> Option<Way> {
        self.ways.first().copied().filter(|_| self.ways.len() == 1)
    }

    /// Equal ways together, for a sentence.
    pub fn grouped(&self) -> Vec<Ways> {
        let mut groups: Vec<Ways> = Vec::new();
        for way in &self.ways {
            match groups.iter_mut().find(|group| group.way == *way) {
                Some(group) => group.count += 1,
                None => groups.push(Ways { way: *way, count: 1, join: ", " }),
            }
        }
        if let Some(last) = groups.last_mut() {
            last.join = " and ";
        }
        if let Some(first) = groups.first_mut() {
            first.join = "";
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_stand_in_a_sentence() {
        let of = |ways: &[Way]| {
            let ways = Readiness { ways: ways.to_vec(), ..Readiness::default() };
            ways.grouped().into_iter().map(|group| (group.join, group.way, group.count)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[Way::Phone]), [("", Way::Phone, 1)]);
        assert_eq!(
            of(&[Way::Phone, Way::SecurityKey, Way::SecurityKey, Way::RecoveryCodes]),
            [("", Way::Phone, 1), (", ", Way::SecurityKey, 2), (" and ", Way::RecoveryCodes, 1)]
        );
    }

    #[test]
    fn the_only_way_is_only_where_there_is_no_other() {
        let of = |ways: &[Way]| Readiness { ways: ways.to_vec(), ..Readiness::default() }.only();
        assert_eq!((of(&[]), of(&[Way::Phone]), of(&[Way::Phone; 2])), (None, Some(Way::Phone), None));
    }
}
