//! What a session has proven, and how much that is worth.
//!
//! Nothing stores "MFA passed": the level is computed from the recorded proofs each time.

use serde::{Deserialize, Serialize};

use crate::{clock::Timestamp, ids::FactorId, user::text_form};

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
    /// A security key or passkey (WebAuthn).
    SecurityKey,
}

text_form!(Method {
    Password => "password",
    Totp => "totp",
    RecoveryCode => "recovery_code",
    SecurityKey => "webauthn",
});

impl Method {
    /// Whether this is a second lock rather than the first.
    pub fn is_second_factor(self) -> bool {
        !matches!(self, Self::Password)
    }
}

/// What an assertion of a security key showed beyond the user's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyProof {
    /// The key verified the user (PIN, fingerprint, face) now, and did so when it was registered: only
    /// then is it known to be the same person's verification.
    pub verified: bool,
    /// The credential may be copied to other devices (backup-eligible, W3C WebAuthn L3 §6.1.3).
    pub synced: bool,
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
    /// What the key showed, for [`Method::SecurityKey`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyProof>,
    /// Which factor gave it, for [`Method::SecurityKey`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<FactorId>,
}

impl Proof {
    /// A proof given now.
    pub fn new(method: Method, at: Timestamp) -> Self {
        Self { method, at: at.millis(), limited_until: None, key: None, factor: None }
    }

    /// A proof by a security key, given now.
    pub fn by_key(key: KeyProof, at: Timestamp) -> Self {
        Self { key: Some(key), ..Self::new(Method::SecurityKey, at) }
    }

    /// The same proof, given by this factor.
    #[must_use]
    pub fn of(mut self, factor: FactorId) -> Self {
        self.factor = Some(factor);
        self
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

    /// The values in `amr` (RFC 8176 §2; `rc` is ours).
    fn amr(&self) -> &'static [&'static str] {
        match (self.method, self.key) {
            (Method::Password, _) => &["pwd"],
            (Method::Totp, _) => &["otp"],
            (Method::RecoveryCode, _) => &["rc"],
            (Method::SecurityKey, Some(KeyProof { synced: false, .. })) => &["hwk", "user"],
            (Method::SecurityKey, _) => &["swk", "user"],
        }
    }

    /// Whether this opens both locks alone: something one has, opened by something one knows or is.
    fn is_both_locks(&self) -> bool {
        self.key.is_some_and(|key| key.verified)
    }

    /// Whether the two are of one kind, so that the newer stands for both.
    fn is_like(&self, other: &Self) -> bool {
        self.method == other.method && self.key == other.key
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

/// All proofs of one token, oldest first, at most one of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    /// These proofs and one more; a newer proof of the same kind replaces the older.
    #[must_use]
    pub fn with(&self, proof: Proof) -> Self {
        let mut proofs: Vec<_> = self.0.iter().copied().filter(|p| !p.is_like(&proof)).collect();
        proofs.push(proof);
        Self(proofs)
    }

    /// `amr` of RFC 8176: what was done, then `mfa` when two locks were opened.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values = Vec::new();
        for value in self.0.iter().flat_map(Proof::amr) {
            if !values.contains(value) {
                values.push(*value);
            }
        }
        if self.is_multi_factor() {
            values.push("mfa");
        }
        values
    }

    /// `acr`: `aal1` for one lock, `aal2` for two, `aal3` for a key that cannot be copied and that verified the
    /// user when it was registered and now, with a password or alone (NIST SP 800-63B-4 §2.3: a multi-factor
    /// cryptographic authenticator whose key cannot be exported).
    pub fn acr(&self) -> &'static str {
        let bound = |key: KeyProof| key.verified && !key.synced;
        if self.0.iter().any(|p| p.key.is_some_and(bound)) {
            "aal3"
        } else if self.is_multi_factor() {
            "aal2"
        } else {
            "aal1"
        }
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
        let password = self.password_at().is_some();
        (second && password) || self.0.iter().any(Proof::is_both_locks)
    }

    /// The strongest second-factor proof of the last [`FRESH_SECS`] seconds.
    pub fn fresh_factor(&self, now: Timestamp) -> Option<Strength> {
        self.0
            .iter()
            .filter(|p| p.method.is_second_factor() && is_fresh(p.at(), now))
            .map(|p| p.strength(now))
            .max()
    }

    /// Whether this key verified the user, and if so, whether that was in the last [`FRESH_SECS`] seconds.
    pub fn verified_by(&self, key: FactorId, now: Timestamp) -> Option<bool> {
        let mut verified = self.0.iter().filter(|p| p.factor == Some(key) && p.is_both_locks());
        verified.next_back().map(|p| is_fresh(p.at(), now))
    }

    /// The keys that verified the user.
    pub fn verified_keys(&self) -> impl Iterator<Item = FactorId> {
        self.0.iter().filter(|p| p.is_both_locks()).filter_map(|p| p.factor)
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

    fn key(verified: bool, synced: bool) -> Proof {
        Proof::by_key(KeyProof { verified, synced }, at(5))
    }

    #[test]
    fn the_level_of_a_key_is_what_the_key_showed() {
        let cases = [
            (key(false, false), "aal2", vec!["pwd", "hwk", "user", "mfa"]),
            (key(false, true), "aal2", vec!["pwd", "swk", "user", "mfa"]),
            (key(true, true), "aal2", vec!["pwd", "swk", "user", "mfa"]),
            (key(true, false), "aal3", vec!["pwd", "hwk", "user", "mfa"]),
        ];
        for (proof, acr, amr) in cases {
            let proofs = password().with(proof);
            assert_eq!((proofs.acr(), proofs.amr()), (acr, amr));
        }
    }

    /// attacks.md row 57: a key that only saw a touch is one lock; a verified one is both.
    #[test]
    fn a_key_alone_is_both_locks_only_when_it_verified_the_user() {
        let alone = |proof| Proofs::default().with(proof);
        assert_eq!(
            (alone(key(false, false)).acr(), alone(key(false, false)).is_multi_factor()),
            ("aal1", false)
        );
        for (synced, acr) in [(false, "aal3"), (true, "aal2")] {
            assert_eq!(
                (alone(key(true, synced)).acr(), alone(key(true, synced)).is_multi_factor()),
                (acr, true)
            );
        }
    }

    #[test]
    fn a_weaker_touch_does_not_take_away_what_was_verified() {
        let proofs = Proofs::default().with(key(true, true)).with(key(false, false));
        assert_eq!((proofs.acr(), proofs.amr()), ("aal2", vec!["swk", "user", "hwk", "mfa"]));
    }

    #[test]
    fn a_key_is_known_by_what_it_verified_and_when() {
        let (one, other) = (FactorId(uuid::Uuid::from_u128(1)), FactorId(uuid::Uuid::from_u128(2)));
        let proofs = password().with(key(true, false).of(one)).with(key(false, false).of(other));
        assert_eq!(proofs.verified_by(one, at(5 + FRESH_SECS)), Some(true));
        assert_eq!(proofs.verified_by(one, at(6 + FRESH_SECS)), Some(false));
        assert_eq!(proofs.verified_by(other, at(5)), None);
        assert_eq!(proofs.verified_keys().collect::<Vec<_>>(), [one]);
    }

    #[test]
    fn a_proof_written_before_keys_existed_is_still_read() {
        let read: Proofs = serde_json::from_str(r#"[{"method":"totp","at":5}]"#).unwrap();
        assert_eq!(read, Proofs::default().with(Proof::new(Method::Totp, Timestamp::from_millis(5))));
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
