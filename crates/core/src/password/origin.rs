//! Who chose a password: its owner, or somebody else for them.

use crate::clock::Timestamp;

/// How long a password lives that an administrator chose, in seconds. Within that time its owner signs in with it once,
/// to choose their own.
pub const GIVEN_SECS: i64 = 7 * 86_400;

/// Who chose the password of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Origin {
    /// Its owner.
    #[default]
    Own,
    /// An administrator: it must be changed before anything else.
    Given,
    /// An administrator, too long ago: it opens nothing any more.
    Lapsed,
}

impl Origin {
    /// Of a password that an administrator chose at `given_at`; nobody but its owner where that is none.
    pub fn of(given_at: Option<Timestamp>, now: Timestamp) -> Self {
        match given_at {
            None => Self::Own,
            Some(at) if now < at.plus_secs(GIVEN_SECS) => Self::Given,
            Some(_) => Self::Lapsed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_password_lives_for_seven_days_to_the_millisecond() {
        let at = Timestamp::from_secs(1_800_000_000);
        let end = at.plus_secs(GIVEN_SECS);
        assert_eq!(Origin::of(None, end), Origin::Own);
        assert_eq!(Origin::of(Some(at), Timestamp::from_millis(end.millis() - 1)), Origin::Given);
        assert_eq!(Origin::of(Some(at), end), Origin::Lapsed);
    }
}
