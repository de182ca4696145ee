//! Authenticator data (WebAuthn Level 3 §6.1): the part that the authenticator itself vouches for.

use sha2::{Digest as _, Sha256};

use super::{Cbor, CoseKey};

/// The bits of the flags byte.
pub mod flag {
    /// The user was present (UP).
    pub const USER_PRESENT: u8 = 0x01;
    /// Reserved for future use (bit 1).
    pub const RESERVED_1: u8 = 0x02;
    /// The user was verified (UV).
    pub const USER_VERIFIED: u8 = 0x04;
    /// The credential may be backed up (BE).
    pub const BACKUP_ELIGIBLE: u8 = 0x08;
    /// The credential is backed up (BS).
    pub const BACKED_UP: u8 = 0x10;
    /// Reserved for future use (bit 5).
    pub const RESERVED_2: u8 = 0x20;
    /// Attested credential data follows (AT).
    pub const ATTESTED: u8 = 0x40;
    /// Extension data follows (ED).
    pub const EXTENSIONS: u8 = 0x80;
}

/// What is written into the authenticator data. Nothing is kept consistent: a flag says what the
/// test made it say, whether or not the data it announces is there.
#[derive(Clone, Debug)]
pub struct AuthenticatorData {
    /// SHA-256 of the RP id: 32 bytes when honest.
    pub rp_id_hash: Vec<u8>,
    /// See [`flag`].
    pub flags: u8,
    /// The signature counter.
    pub counter: u32,
    /// The new credential; only at registration when honest.
    pub attested: Option<AttestedCredential>,
    /// Extension outputs: a CBOR map when honest.
    pub extensions: Option<Cbor>,
    /// Bytes after the end.
    pub trailing: Vec<u8>,
    /// Written in place of all of the above.
    pub raw: Option<Vec<u8>>,
}

/// Attested credential data (§6.5.1).
#[derive(Clone, Debug)]
pub struct AttestedCredential {
    /// Model of the authenticator.
    pub aaguid: [u8; 16],
    /// The credential id.
    pub id: Vec<u8>,
    /// The length that is claimed for the id, if not its own.
    pub id_length: Option<u16>,
    /// The public key.
    pub key: CoseKey,
}

impl AuthenticatorData {
    /// Data of a present user for this RP id.
    pub(super) fn new(rp_id: &str, flags: u8, counter: u32) -> Self {
        Self {
            rp_id_hash: sha256(rp_id.as_bytes()),
            flags,
            counter,
            attested: None,
            extensions: None,
            trailing: vec![],
            raw: None,
        }
    }

    /// Takes the hash of another RP id.
    pub fn set_rp_id(&mut self, rp_id: &str) {
        self.rp_id_hash = sha256(rp_id.as_bytes());
    }

    /// Sets bits of the flags byte.
    pub fn set(&mut self, flags: u8) {
        self.flags |= flags;
    }

    /// Clears bits of the flags byte.
    pub fn clear(&mut self, flags: u8) {
        self.flags &= !flags;
    }

    /// Adds extension outputs, and the flag that announces them.
    pub fn set_extensions(&mut self, outputs: Cbor) {
        self.extensions = Some(outputs);
        self.set(flag::EXTENSIONS);
    }

    /// The new credential. Ends the test where there is none: at authentication.
    pub fn attested(&mut self) -> &mut AttestedCredential {
        self.attested.as_mut().expect("attested credential data exists at registration only")
    }

    /// The public key of the new credential, at registration.
    pub fn key(&mut self) -> &mut CoseKey {
        &mut self.attested().key
    }

    /// The bytes that are signed and sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.raw.clone().unwrap_or_else(|| self.written())
    }

    fn written(&self) -> Vec<u8> {
        let mut out = self.rp_id_hash.clone();
        out.push(self.flags);
        out.extend_from_slice(&self.counter.to_be_bytes());
        if let Some(attested) = &self.attested {
            attested.write(&mut out);
        }
        out.extend(self.extensions.iter().flat_map(Cbor::encode));
        out.extend_from_slice(&self.trailing);
        out
    }
}

impl AttestedCredential {
    fn write(&self, out: &mut Vec<u8>) {
        let length = self.id_length.unwrap_or_else(|| u16::try_from(self.id.len()).unwrap());
        out.extend_from_slice(&self.aaguid);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.id);
        out.extend(self.key.encode());
    }
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}
