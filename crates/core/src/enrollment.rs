//! What somebody without a second factor must show before they may enrol the first one.
//!
//! Whoever only has the password must not enrol first, where the tenant cares or the account was reset:
//! they would lock the owner out.

use serde::{Deserialize, Serialize};

use crate::{clock::Timestamp, ids::SessionId, user::text_form};

/// A code that was given opens the enrollment for this long, in seconds.
pub const OPEN_SECS: i64 = 1800;

/// What is asked for, from less to more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnrollmentProof {
    /// The password, given lately.
    #[default]
    Password,
    /// A code sent to the address on file as well, or handed over by an administrator.
    Email,
}

text_form!(EnrollmentProof { Password => "password", Email => "email" });

/// A code that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// In which session. It opens the enrollment for no other: one of them may be a thief's, who waits for
    /// the owner to give it.
    pub by: SessionId,
    /// When.
    pub at: Timestamp,
}

/// What an account itself asks for, and what was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrollment {
    /// [`EnrollmentProof::Email`] from a reset, or the removal of the last factor, until the next enrollment.
    pub proof: EnrollmentProof,
    /// The code that was given last, if it was not used up or ended.
    pub given: Option<Given>,
}

impl Enrollment {
    /// Asks for a code, and forgets that one was given.
    pub const EMAIL: Self = Self { proof: EnrollmentProof::Email, given: None };

    /// What `session` has yet to show, where the tenant asks for `tenant`. The stricter of the two counts.
    pub fn asks(&self, tenant: EnrollmentProof, session: SessionId, now: Timestamp) -> EnrollmentProof {
        if self.given.is_some_and(|given| given.by == session && given.is_fresh(now)) {
            return EnrollmentProof::Password;
        }
        self.proof.max(tenant)
    }
}

impl Given {
    /// What lies in the future (the clock was set back) is not fresh.
    fn is_fresh(self, now: Timestamp) -> bool {
        now >= self.at && now < self.at.plus_secs(OPEN_SECS)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{EnrollmentProof::*, *};

    const MINE: SessionId = SessionId(Uuid::from_u128(1));
    const OTHER: SessionId = SessionId(Uuid::from_u128(2));

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(10_000 + secs)
    }

    #[test]
    fn the_stricter_of_tenant_and_account_counts() {
        let account = |proof| Enrollment { proof, given: None };
        for (own, tenant, asked) in
            [(Password, Password, Password), (Password, Email, Email), (Email, Password, Email)]
        {
            assert_eq!(account(own).asks(tenant, MINE, at(0)), asked);
        }
    }

    /// attacks.md row 23: a code opens the enrollment of the session that gave it, and for half an hour.
    #[test]
    fn a_given_code_opens_one_session_for_half_an_hour() {
        let given = Enrollment { given: Some(Given { by: MINE, at: at(0) }), ..Enrollment::EMAIL };
        for (session, secs, asked) in
            [(MINE, 0, Password), (MINE, 1799, Password), (MINE, 1800, Email), (OTHER, 0, Email)]
        {
            assert_eq!(given.asks(Email, session, at(secs)), asked, "{secs}");
        }
        assert_eq!(given.asks(Password, MINE, at(-1)), Email);
    }
}
