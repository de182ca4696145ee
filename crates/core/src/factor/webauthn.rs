//! Security keys and passkeys: what a verified assertion is worth. The ceremony itself (signature,
//! challenge, origin) is checked before; here the decision is made on what it said.

use serde::{Deserialize, Serialize};

use crate::{assurance::KeyProof, user::text_form};

/// How a key was registered, and so what it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A second factor only.
    SecurityKey,
    /// A discoverable credential that verified the user: it also signs in alone.
    Passkey,
}

text_form!(KeyKind {
    SecurityKey => "security_key",
    Passkey => "passkey",
});

/// What is asked of a key about the person who touches it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerification {
    /// Verify the person where the key can.
    #[default]
    Preferred,
    /// Verify the person, or be refused.
    Required,
}

/// What is asked of a key about its own make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attestation {
    /// Nothing: what it says of its make is a hint.
    #[default]
    None,
    /// A statement that ends at a root the operator trusts.
    Required,
}

/// What is known of a credential, from its row.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How it was registered.
    pub kind: KeyKind,
    /// Whether it verified the user at registration.
    pub verified_at_registration: bool,
    /// Whether it said then that it may be copied. A credential never changes this.
    pub backup_eligible: bool,
    /// The last signature counter that was accepted.
    pub sign_count: u32,
}

/// What a verified assertion said (authenticator data, W3C WebAuthn L3 §6.1).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the standard")]
pub struct Asserted {
    /// Flag UP.
    pub user_present: bool,
    /// Flag UV.
    pub user_verified: bool,
    /// Flag BE.
    pub backup_eligible: bool,
    /// Flag BS.
    pub backed_up: bool,
    /// The signature counter; always 0 from keys that keep none.
    pub sign_count: u32,
}

/// What the key is to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The second lock, with this demand.
    Second(UserVerification),
    /// Both locks: no password was given.
    Both,
}

/// Why an assertion that was signed correctly is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody touched the key (§7.2 step 16).
    #[error("nobody touched the key")]
    NotPresent,
    /// The person was not verified, and that was asked (§7.2 step 17).
    #[error("the key did not verify the user")]
    NotVerified,
    /// BS without BE, or BE other than at registration (§7.2 steps 18 to 20).
    #[error("the key contradicts itself about backups")]
    BackupFlags,
    /// The credential is a second factor only.
    #[error("the key is a second factor only")]
    SecondFactorOnly,
    /// The counter did not rise: the key may have been copied (§7.2 step 22).
    #[error("the key's counter did not rise")]
    CounterWentBack,
}

/// Decides on an assertion whose signature, challenge and origin were right.
pub fn judge(known: &Known, asserted: &Asserted, lock: Lock) -> Result<KeyProof, Refused> {
    if !asserted.user_present {
        return Err(Refused::NotPresent);
    }
    if !asserted.user_verified && lock != Lock::Second(UserVerification::Preferred) {
        return Err(Refused::NotVerified);
    }
    if (asserted.backed_up && !asserted.backup_eligible) || asserted.backup_eligible != known.backup_eligible
    {
        return Err(Refused::BackupFlags);
    }
    // A key that could not verify anybody when it was registered may have been given a PIN by whoever
    // found it.
    let verified = asserted.user_verified && known.verified_at_registration;
    if lock == Lock::Both && !(verified && known.kind == KeyKind::Passkey) {
        return Err(Refused::SecondFactorOnly);
    }
    if !counter_rose(known.sign_count, asserted.sign_count) {
        return Err(Refused::CounterWentBack);
    }
    Ok(KeyProof { verified, synced: known.backup_eligible })
}

/// Keys that keep no counter always send 0; any other must send a higher one each time.
pub fn counter_rose(stored: u32, sent: u32) -> bool {
    (stored == 0 && sent == 0) || sent > stored
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known {
        kind: KeyKind::Passkey,
        verified_at_registration: true,
        backup_eligible: false,
        sign_count: 5,
    };
    const SAID: Asserted = Asserted {
        user_present: true,
        user_verified: true,
        backup_eligible: false,
        backed_up: false,
        sign_count: 6,
    };
    const TOUCH: Lock = Lock::Second(UserVerification::Preferred);

    #[test]
    fn an_honest_key_is_accepted_for_every_lock() {
        for lock in [TOUCH, Lock::Second(UserVerification::Required), Lock::Both] {
            assert_eq!(judge(&KNOWN, &SAID, lock), Ok(KeyProof { verified: true, synced: false }));
        }
    }

    /// attacks.md row 57: presence always, verification where it is asked.
    #[test]
    fn flags_that_are_asked_for_must_be_there() {
        let absent = Asserted { user_present: false, ..SAID };
        assert_eq!(judge(&KNOWN, &absent, TOUCH), Err(Refused::NotPresent));
        let touched = Asserted { user_verified: false, ..SAID };
        assert_eq!(judge(&KNOWN, &touched, TOUCH), Ok(KeyProof { verified: false, synced: false }));
        for lock in [Lock::Second(UserVerification::Required), Lock::Both] {
            assert_eq!(judge(&KNOWN, &touched, lock), Err(Refused::NotVerified));
        }
    }

    /// attacks.md row 57: backed up without being eligible, or eligible since yesterday.
    #[test]
    fn backup_flags_must_agree_with_each_other_and_with_the_registration() {
        let contradiction = Asserted { backed_up: true, ..SAID };
        let changed = Asserted { backup_eligible: true, ..SAID };
        for said in [contradiction, changed] {
            assert_eq!(judge(&KNOWN, &said, TOUCH), Err(Refused::BackupFlags));
        }
        let synced = Known { backup_eligible: true, ..KNOWN };
        assert_eq!(judge(&synced, &SAID, TOUCH), Err(Refused::BackupFlags));
        let said = Asserted { backup_eligible: true, backed_up: true, ..SAID };
        assert_eq!(judge(&synced, &said, TOUCH), Ok(KeyProof { verified: true, synced: true }));
    }

    /// attacks.md row 57: a PIN that was set later is not the owner's.
    #[test]
    fn verification_counts_only_from_a_key_that_verified_at_registration() {
        let touched = Known { verified_at_registration: false, ..KNOWN };
        assert_eq!(judge(&touched, &SAID, TOUCH), Ok(KeyProof { verified: false, synced: false }));
        assert_eq!(judge(&touched, &SAID, Lock::Both), Err(Refused::SecondFactorOnly));
        let second = Known { kind: KeyKind::SecurityKey, ..KNOWN };
        assert_eq!(judge(&second, &SAID, Lock::Both), Err(Refused::SecondFactorOnly));
    }

    /// attacks.md row 58: the counter rises, or there is none.
    #[test]
    fn the_counter_rises_or_is_always_zero() {
        for (stored, sent, rose) in [
            (5, 6, true),
            (6, 6, false),
            (6, 3, false),
            (6, 0, false),
            (0, 0, true),
            (0, 7, true),
            (u32::MAX, 0, false),
            (u32::MAX - 1, u32::MAX, true),
        ] {
            assert_eq!(counter_rose(stored, sent), rose, "{stored} then {sent}");
            let known = Known { sign_count: stored, ..KNOWN };
            assert_eq!(judge(&known, &Asserted { sign_count: sent, ..SAID }, TOUCH).is_ok(), rose);
        }
    }
}
