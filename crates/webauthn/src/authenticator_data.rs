//! Authenticator data: what an authenticator signs about itself (W3C WebAuthn L3 §6.1).

use uuid::Uuid;

use super::{Check, MAX_CREDENTIAL_ID, cbor};

/// The bits of the flags byte that have a meaning; the others are reserved and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    pub(super) fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    pub(super) fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    pub(super) fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn attested(self) -> bool {
        self.0 & 0x40 != 0
    }

    fn extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Authenticator data whose every byte is accounted for.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    pub(super) rp_id_hash: &'a [u8],
    pub(super) flags: Flags,
    pub(super) sign_count: u32,
    pub(super) attested: Option<Attested<'a>>,
}

/// The new credential (§6.5.1).
#[derive(Debug)]
pub(super) struct Attested<'a> {
    pub(super) aaguid: Uuid,
    pub(super) credential_id: &'a [u8],
    /// COSE-encoded, exactly the bytes that were sent.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Check> {
        let (rp_id_hash, rest) = split(bytes, 32)?;
        let (flags, rest) = rest.split_first().ok_or(Check::AuthenticatorData)?;
        let flags = Flags(*flags);
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(Check::AuthenticatorData)?;
        let (attested, rest) = if flags.attested() {
            let (attested, rest) = Attested::read(rest)?;
            (Some(attested), rest)
        } else {
            (None, rest)
        };
        let rest = if flags.extensions() { after_map(rest)? } else { rest };
        if !rest.is_empty() {
            return Err(Check::AuthenticatorData);
        }
        Ok(Self { rp_id_hash, flags, sign_count: u32::from_be_bytes(*count), attested })
    }
}

impl<'a> Attested<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Check> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(Check::AuthenticatorData)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Check::AuthenticatorData)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > MAX_CREDENTIAL_ID {
            return Err(Check::AuthenticatorData);
        }
        let (credential_id, key) = split(rest, length)?;
        let rest = after_map(key)?;
        let (public_key, _) = split(key, key.len() - rest.len())?;
        Ok((Self { aaguid: Uuid::from_bytes(*aaguid), credential_id, public_key }, rest))
    }
}

/// What follows a CBOR map.
fn after_map(bytes: &[u8]) -> Result<&[u8], Check> {
    match cbor::first(bytes) {
        Ok((cbor::Value::Map(_), rest)) => Ok(rest),
        _ => Err(Check::AuthenticatorData),
    }
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), Check> {
    bytes.split_at_checked(at).ok_or(Check::AuthenticatorData)
}
