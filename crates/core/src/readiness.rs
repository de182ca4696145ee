//! Recovery readiness: how many independent ways a person has into their account, and what to do where losing one
//! thing would lock them out.
//!
//! Two ways are independent when losing one leaves the other. An authenticator app and a passkey that cannot leave
//! the phone are lost together; a passkey that is copied to other devices outlives any of them.

use crate::{clock::Timestamp, factor::recovery::FEW_CODES, ids::FactorId};

/// A factor that was not used for this long may be lost without anybody having noticed, in seconds.
pub const UNUSED_SECS: i64 = 180 * 86_400;

/// Where the private key of a credential lives, as far as authenticator and browser say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Home {
    /// In the keeping of an account: it was copied, and comes back on a new device.
    Synced,
    /// On a phone, and nowhere else.
    Phone,
    /// Built into another device.
    Device,
    /// On a key that is plugged in or held near.
    SecurityKey,
}

impl Home {
    /// From whether the credential was copied when last seen, and how it is reached (W3C WebAuthn L3 §5.8.4). Only a
    /// phone is both built in and reached from another device.
    pub fn of<T: AsRef<str>>(backed_up: bool, transports: &[T]) -> Self {
        let reached = |how: &str| transports.iter().any(|transport| transport.as_ref() == how);
        match (backed_up, reached("internal"), reached("hybrid")) {
            (true, _, _) => Self::Synced,
            (false, true, true) => Self::Phone,
            (false, true, false) => Self::Device,
            (false, false, _) => Self::SecurityKey,
        }
    }
}

/// What somebody can open the second lock with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Whether a second factor is asked of them at all, one that does not work here included.
    pub enrolled: bool,
    /// Whether they have an authenticator app. Several count as one: they are usually on one phone.
    pub app: bool,
    /// The keys and passkeys that can be used.
    pub keys: Vec<Home>,
    /// Unused recovery codes.
    pub codes: u32,
    /// Whether their owner has saved them, as far as they said.
    pub codes_saved: bool,
}

/// Something that opens the second lock whatever becomes of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A phone: the app on it, a passkey that cannot leave it, or both.
    Phone,
    /// A passkey that is copied to other devices.
    SyncedPasskey,
    /// A passkey built into another device.
    Device,
    /// A security key.
    SecurityKey,
    /// Recovery codes that are saved, as long as they are not few.
    RecoveryCodes,
}

impl Way {
    /// The stable text form, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::SyncedPasskey => "synced_passkey",
            Self::Device => "device",
            Self::SecurityKey => "security_key",
            Self::RecoveryCodes => "recovery_codes",
        }
    }
}

/// Whether losing one thing locks somebody out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// There is no second lock to be locked out by.
    #[default]
    NotEnrolled,
    /// One way in, or none.
    AtRisk,
    /// Two ways in, or more.
    Ready,
}

impl Verdict {
    /// The stable text form, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::AtRisk => "at_risk",
            Self::Ready => "ready",
        }
    }
}

/// What would make a lock-out less likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Make a new set of recovery codes: few are left.
    RenewCodes,
    /// Save the recovery codes: nobody has yet, so they are no way in.
    SaveCodes,
    /// Add a device that is not lost with the others.
    AddFactor,
    /// Try a factor that was not used since then.
    TryFactor(FactorId, Timestamp),
}

/// How ready somebody is for losing one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Whether that locks them out.
    pub verdict: Verdict,
    /// Their independent ways in.
    pub ways: Vec<Way>,
    /// What to do, most urgent first.
    pub advice: Vec<Advice>,
}

impl Holdings {
    /// The independent ways in.
    pub fn ways(&self) -> Vec<Way> {
        let keys = |home: Home| self.keys.iter().filter(|key| **key == home).count();
        // The app is on one of the phones that are known, if any is: then it is no way of its own.
        let phones = keys(Home::Phone).max(usize::from(self.app));
        let codes = usize::from(self.enrolled && self.codes_saved && self.codes > FEW_CODES);
        [
            (Way::Phone, phones),
            (Way::SyncedPasskey, keys(Home::Synced)),
            (Way::Device, keys(Home::Device)),
            (Way::SecurityKey, keys(Home::SecurityKey)),
            (Way::RecoveryCodes, codes),
        ]
        .into_iter()
        .flat_map(|(way, count)| std::iter::repeat_n(way, count))
        .collect()
    }

    /// Whether losing one thing locks them out.
    pub fn verdict(&self) -> Verdict {
        match (self.enrolled, self.ways().len()) {
            (false, _) => Verdict::NotEnrolled,
            (true, ..=1) => Verdict::AtRisk,
            (true, _) => Verdict::Ready,
        }
    }
}

/// Judges what somebody has. `used` are their factors with the time each was last used, or added.
pub fn assess(held: &Holdings, used: &[(FactorId, Timestamp)], now: Timestamp) -> Readiness {
    let verdict = held.verdict();
    let codes = match held.codes {
        _ if !held.enrolled => None,
        ..=FEW_CODES => Some(Advice::RenewCodes),
        _ => (!held.codes_saved).then_some(Advice::SaveCodes),
    };
    let factor = (verdict == Verdict::AtRisk).then_some(Advice::AddFactor);
    let unused = used.iter().filter(|(_, at)| now.secs_since(*at) > UNUSED_SECS);
    let unused = unused.map(|(id, at)| Advice::TryFactor(*id, *at));
    Readiness { verdict, ways: held.ways(), advice: codes.into_iter().chain(factor).chain(unused).collect() }
}

#[cfg(test)]
mod tests;
