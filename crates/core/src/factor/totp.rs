//! Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, six digits, 30 seconds.
//!
//! Every check gives the step that matched. Accepting it is the caller's guarded update: a step counts
//! once, and only a later one counts after it (RFC 6238 §5.2).

use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret, Totp};

use super::typed::TotpCode;
use crate::{clock::Timestamp, entropy::Entropy};

/// The length of a step, in seconds.
pub const PERIOD_SECS: i64 = 30;

/// Steps accepted on either side of the current one.
const WINDOW: i64 = 1;
/// Steps on either side that are searched to tell a person that a clock is off: ten minutes.
const SEARCHED: i64 = 20;
/// The size of a fresh secret, in bytes (RFC 4226 §4 R6 recommends 160 bits).
const SECRET_BYTES: usize = 20;
/// The sizes of secrets that can be imported, in bytes: RFC 4226's least, and SHA-1's block.
const IMPORTABLE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// The key shared with an authenticator app. Does not print its content and is wiped when dropped.
#[derive(Clone, Debug)]
pub struct TotpSecret(SecretSlice<u8>);

impl TotpSecret {
    /// A fresh secret of 160 bits.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = vec![0_u8; SECRET_BYTES];
        entropy.fill(&mut bytes);
        Self(bytes.into())
    }

    /// An existing secret of 16 to 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        IMPORTABLE_BYTES.contains(&bytes.len()).then(|| Self(bytes.to_vec().into()))
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Base32 without padding (RFC 4648 §6), as apps take it.
    pub fn base32(&self) -> SecretString {
        BASE32_NOPAD.encode(self.expose()).into()
    }

    /// [`Self::base32`] in groups of four, for typing by hand.
    pub fn grouped(&self) -> SecretString {
        super::grouped(self.base32().expose_secret(), 4, ' ').into()
    }

    /// The six digits of `step`; steps before 1970 count as the first.
    pub fn code_at(&self, step: i64) -> String {
        code_of(&self.generator(), step)
    }

    fn generator(&self) -> Totp {
        let key = Secret::from(self.expose().to_vec());
        // `build` only adds checks of the length, which this type has made already.
        Builder::new().with_secret(key).build_noncompliant()
    }
}

/// The number of the step that `now` falls into (RFC 6238 §4.2, T0 = 0).
pub fn step_at(now: Timestamp) -> i64 {
    now.secs().div_euclid(PERIOD_SECS)
}

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpCheck {
    /// The code of `step`, which is in the window and later than the last accepted step.
    Accepted {
        /// To be recorded as the last accepted step.
        step: i64,
    },
    /// The code of `step`, which is in the window but not later than the last accepted one.
    Replayed {
        /// The step it belongs to.
        step: i64,
    },
    /// Right for another time within ten minutes: some clock is wrong.
    ClockOff(ClockOff),
    /// None of these.
    Wrong,
}

/// A code that is right for another time within ten minutes: some clock is wrong.
///
/// Whoever is told of it knows when the code will be right. So the steps it tells of are never accepted afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOff {
    /// How far the device is ahead (negative: behind), in seconds. A multiple of the period.
    pub seconds: i64,
    /// The step of the code, or of the second of two.
    pub step: i64,
}

impl ClockOff {
    /// Whether its step is yet to come. Those of the past lie before the window for good.
    pub fn foretells(&self) -> bool {
        self.seconds > 0
    }
}

/// What two consecutive codes turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairCheck {
    /// Codes of adjacent steps, in order, the second within the window.
    Accepted {
        /// The step of the second code: recording it burns both.
        last_step: i64,
    },
    /// Right for another time within ten minutes.
    ClockOff(ClockOff),
    /// None of these.
    Wrong,
}

/// Checks `code` against the current step and one on either side. `last_step` is the last accepted one.
///
/// Always computes and compares the same number of codes, in constant time each.
pub fn check(secret: &TotpSecret, code: &TotpCode, now: Timestamp, last_step: Option<i64>) -> TotpCheck {
    let current = step_at(now);
    let matches = matching_steps(secret, code, current);
    let is_fresh = |step: &i64| last_step.is_none_or(|last| *step > last);
    let in_window = |step: &&i64| is_in_window(**step, current);

    // The latest match: recording it also burns an earlier step that happens to have the same code.
    if let Some(&step) = matches.iter().filter(in_window).rfind(|step| is_fresh(step)) {
        return TotpCheck::Accepted { step };
    }
    if let Some(&step) = matches.iter().rfind(in_window) {
        return TotpCheck::Replayed { step };
    }
    // Spent steps say nothing, or a code seen over a shoulder could be tested.
    match nearest(matches.into_iter().filter(is_fresh), current) {
        Some(off) => TotpCheck::ClockOff(off),
        None => TotpCheck::Wrong,
    }
}

/// Checks two consecutive codes for an enrollment: the second within the window of [`check`], the first of
/// the step before it.
pub fn check_pair(secret: &TotpSecret, first: &TotpCode, second: &TotpCode, now: Timestamp) -> PairCheck {
    let current = step_at(now);
    // Searched around the step before, so that every second step has its first one looked at.
    let firsts = matching_steps(secret, first, current - 1);
    let mut pairs = matching_steps(secret, second, current);
    pairs.retain(|step| firsts.contains(&(step - 1)));

    if let Some(&last_step) = pairs.iter().rfind(|step| is_in_window(**step, current)) {
        return PairCheck::Accepted { last_step };
    }
    match nearest(pairs.into_iter(), current) {
        Some(off) => PairCheck::ClockOff(off),
        None => PairCheck::Wrong,
    }
}

/// The key URI that authenticator apps read from a QR code:
/// `otpauth://totp/Issuer:account?secret=…&issuer=Issuer&algorithm=SHA1&digits=6&period=30`.
///
/// Names are percent-encoded (RFC 3986 §2.1), colons inside them too, so that the one literal colon of
/// the label parts issuer and account.
pub fn otpauth_uri(issuer: &str, account: &str, secret: &TotpSecret) -> SecretString {
    let issuer = percent_encoded(issuer);
    let account = percent_encoded(account);
    let base32 = secret.base32();
    // `concat` allocates once, so no half-built copy of the secret stays behind.
    let uri = [
        "otpauth://totp/",
        &issuer,
        ":",
        &account,
        "?secret=",
        base32.expose_secret(),
        "&issuer=",
        &issuer,
        "&algorithm=SHA1&digits=6&period=30",
    ]
    .concat();
    uri.into()
}

/// The steps around `centre` whose code is `code`, ascending. The work does not depend on the code.
fn matching_steps(secret: &TotpSecret, code: &TotpCode, centre: i64) -> Vec<i64> {
    let generator = secret.generator();
    (centre - SEARCHED..=centre + SEARCHED)
        .filter(|&step| step >= 0)
        .filter(|&step| bool::from(code_of(&generator, step).as_bytes().ct_eq(code.as_bytes())))
        .collect()
}

fn code_of(generator: &Totp, step: i64) -> String {
    let seconds = step.clamp(0, i64::MAX / PERIOD_SECS) * PERIOD_SECS;
    generator.generate(seconds.unsigned_abs()).to_string()
}

fn is_in_window(step: i64, current: i64) -> bool {
    (current - WINDOW..=current + WINDOW).contains(&step)
}

/// The nearest of `steps`, and how far it is from `current`.
fn nearest(steps: impl Iterator<Item = i64>, current: i64) -> Option<ClockOff> {
    let step = steps.min_by_key(|step| (step - current).abs())?;
    Some(ClockOff { seconds: (step - current) * PERIOD_SECS, step })
}

/// Everything but RFC 3986 §2.3 unreserved characters as `%XX`.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests;
