//! How far an organisation is with second factors.

use crate::view::When;

/// How far an organisation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// People who can sign in.
    pub total: u64,
    /// Those who have not accepted their invitation yet, besides.
    pub invited: u64,
    /// Those with a second factor that counts.
    pub enrolled: u64,
    /// Those with an authenticator app.
    pub totp: u64,
    /// Those with a security key or passkey.
    pub webauthn: u64,
    /// Those with a second factor whom losing one thing locks out.
    pub at_risk: u64,
    /// Whether a factor is required.
    pub required: bool,
    /// The end of the grace period, while it is to come.
    pub grace: Option<When>,
}

impl Progress {
    /// Those without a factor that counts.
    pub fn without(&self) -> u64 {
        self.total.saturating_sub(self.enrolled)
    }

    /// The share of those enrolled, never said to be all, or none, when it is not.
    pub fn percent(&self) -> u64 {
        match (self.total, self.enrolled) {
            (0, _) | (_, 0) => 0,
            (total, enrolled) if enrolled >= total => 100,
            (total, enrolled) => (enrolled * 100 / total).clamp(1, 99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_all_or_none_only_when_it_is() {
        let percent = |enrolled, total| {
            Progress {
                total,
                invited: 0,
                enrolled,
                totp: 0,
                webauthn: 0,
                at_risk: 0,
                required: false,
                grace: None,
            }
            .percent()
        };
        assert_eq!((percent(0, 0), percent(0, 5), percent(5, 5)), (0, 0, 100));
        assert_eq!((percent(1, 1000), percent(999, 1000), percent(88, 102)), (1, 99, 86));
    }
}
