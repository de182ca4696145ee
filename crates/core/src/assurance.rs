//! What a session has proven, and how much that is worth.
//!
//! Nothing stores "MFA passed": the level is computed from the recorded proofs each time.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// How long a proof of a second factor counts as fresh (step-up), in seconds.
pub const FRESH_SECS: i64 = 600;

/// How long what was enrolled or removed on the word of a recovery code stays limited, in seconds.
pub const LIMITED_SECS: i64 = 24 * 3600;

/// A way of proving who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A password.
    Password,
    /// A time-based code of an authenticator app.
    Totp,
    /// A single-use recovery code.
    RecoveryCode,
}

impl Method {
    /// The value in `amr` (RFC 8176 §2; `rc` is ours).
    pub fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp => "otp",
            Self::RecoveryCode => "rc",
        }
    }

    /// Whether this is a second lock rather than the first.
    pub fn is_second_factor(self) -> bool {
        !matches!(self, Self::Password)
    }
}

/// One thing that was proven, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How.
    pub method: Method,
    /// When, in milliseconds since the Unix epoch.
    at: i64,
    /// Until when the factor that gave this proof is limited, in the same unit (see [`LIMITED_SECS`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limited_until: Option<i64>,
}

impl Proof {
    /// A proof given now.
    pub fn new(method: Method, at: Timestamp) -> Self {
        Self { method, at: at.millis(), limited_until: None }
    }

    /// The same proof by a factor that is limited until `until`.
    #[must_use]
    pub fn limited(mut self, until: Option<Timestamp>) -> Self {
        self.limited_until = until.map(Timestamp::millis);
        self
    }

    /// When it was given.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    fn strength(&self, now: Timestamp) -> Strength {
        match self.limited_until {
            _ if self.method == Method::RecoveryCode => Strength::Recovery,
            Some(until) if now.millis() < until => Strength::Limited,
            _ => Strength::Factor,
        }
    }
}

/// What a fresh proof opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A recovery code: own factors and codes only.
    Recovery,
    /// A factor enrolled on a recovery code less than a day ago: together with a code sent by mail also
    /// the password and the address, but no administration.
    Limited,
    /// A real factor: everything.
    Factor,
}

/// All proofs of one token, oldest first, at most one per method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    /// These proofs and one more; a newer proof by the same method replaces the older.
    #[must_use]
    pub fn with(&self, proof: Proof) -> Self {
        let mut proofs: Vec<_> = self.0.iter().copied().filter(|p| p.method != proof.method).collect();
        proofs.push(proof);
        Self(proofs)
    }

    /// `amr` of RFC 8176: what was done, then `mfa` when two locks were opened.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values: Vec<_> = self.0.iter().map(|proof| proof.method.amr()).collect();
        if self.is_multi_factor() {
            values.push("mfa");
        }
        values
    }

    /// `acr`: `aal1` for one lock, `aal2` for two.
    pub fn acr(&self) -> &'static str {
        if self.is_multi_factor() { "aal2" } else { "aal1" }
    }

    /// When the newest proof was given; the epoch when there is none.
    pub fn auth_time(&self) -> Timestamp {
        self.0.iter().map(Proof::at).max().unwrap_or_default()
    }

    /// When the password was proven, if it was.
    pub fn password_at(&self) -> Option<Timestamp> {
        self.0.iter().find(|p| p.method == Method::Password).map(Proof::at)
    }

    /// Whether both locks were opened.
    pub fn is_multi_factor(&self) -> bool {
        let second = self.0.iter().any(|p| p.method.is_second_factor());
        second && self.0.iter().any(|p| p.method == Method::Password)
    }

    /// The strongest second-factor proof of the last [`FRESH_SECS`] seconds.
    pub fn fresh_factor(&self, now: Timestamp) -> Option<Strength> {
        self.0
            .iter()
            .filter(|p| p.method.is_second_factor() && is_fresh(p.at(), now))
            .map(|p| p.strength(now))
            .max()
    }

    /// Whether the password was given in the last [`FRESH_SECS`] seconds.
    pub fn fresh_password(&self, now: Timestamp) -> bool {
        self.password_at().is_some_and(|at| is_fresh(at, now))
    }
}

/// A proof from the future (the clock was moved back) is not fresh.
fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.millis() - at.millis() <= FRESH_SECS * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn at(offset: i64) -> Timestamp {
        Timestamp::from_secs(NOON + offset)
    }

    fn password() -> Proofs {
        Proofs::default().with(Proof::new(Method::Password, at(0)))
    }

    #[test]
    fn one_lock_is_level_one_and_two_locks_are_level_two() {
        assert_eq!((password().acr(), password().amr()), ("aal1", vec!["pwd"]));
        let both = password().with(Proof::new(Method::Totp, at(5)));
        assert_eq!((both.acr(), both.amr()), ("aal2", vec!["pwd", "otp", "mfa"]));
        let recovery = password().with(Proof::new(Method::RecoveryCode, at(5)));
        assert_eq!((recovery.acr(), recovery.amr()), ("aal2", vec!["pwd", "rc", "mfa"]));
    }

    #[test]
    fn a_code_without_a_password_is_not_two_locks() {
        let code_only = Proofs::default().with(Proof::new(Method::Totp, at(0)));
        assert_eq!(code_only.acr(), "aal1");
    }

    #[test]
    fn a_factor_is_fresh_for_exactly_ten_minutes() {
        let proofs = password().with(Proof::new(Method::Totp, at(0)));
        assert_eq!(proofs.fresh_factor(at(FRESH_SECS)), Some(Strength::Factor));
        assert_eq!(proofs.fresh_factor(at(FRESH_SECS + 1)), None);
    }

    /// attacks.md row 99: after the clock was set back, an old proof is not fresh again.
    #[test]
    fn a_proof_from_the_future_is_not_fresh() {
        let proofs = password().with(Proof::new(Method::Totp, at(60)));
        assert_eq!(proofs.fresh_factor(at(0)), None);
    }

    #[test]
    fn a_recovery_code_is_the_weaker_proof() {
        let proofs = password().with(Proof::new(Method::RecoveryCode, at(0)));
        assert_eq!(proofs.fresh_factor(at(1)), Some(Strength::Recovery));
        let both = proofs.with(Proof::new(Method::Totp, at(1)));
        assert_eq!(both.fresh_factor(at(1)), Some(Strength::Factor));
    }

    #[test]
    fn a_factor_enrolled_on_a_recovery_code_is_limited_for_a_day() {
        let until = at(LIMITED_SECS);
        let proof = |now| Proof::new(Method::Totp, now).limited(Some(until));
        let early = password().with(proof(at(100)));
        assert_eq!(early.fresh_factor(at(100)), Some(Strength::Limited));
        let late = password().with(proof(at(LIMITED_SECS)));
        assert_eq!(late.fresh_factor(at(LIMITED_SECS)), Some(Strength::Factor));
    }

    #[test]
    fn a_newer_proof_replaces_the_older_of_its_kind() {
        let again = password().with(Proof::new(Method::Password, at(9)));
        assert_eq!(again.amr(), ["pwd"]);
        assert_eq!(again.auth_time(), at(9));
    }
}
