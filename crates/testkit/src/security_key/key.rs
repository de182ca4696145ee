//! The authenticator: what it is, what it can, and the credentials on it.

use std::sync::Arc;

use twinlock_core::entropy::random_bytes;
use url::Url;

use super::{Algorithm, AttestationAuthority, Certified, Leaf, flag, options::Wish, private_key::PrivateKey};
use crate::SeededEntropy;

/// An authenticator together with the browser it is plugged into.
///
/// A clone is a cloned key: the same credentials, with counters that part from here.
#[derive(Clone)]
pub struct SecurityKey {
    pub(super) entropy: Arc<SeededEntropy>,
    pub(super) algorithm: Algorithm,
    pub(super) aaguid: [u8; 16],
    pub(super) attachment: &'static str,
    pub(super) transports: Vec<&'static str>,
    /// The backup flags of everything it signs.
    pub(super) backup: u8,
    pub(super) verifies_user: bool,
    pub(super) discoverable: bool,
    pub(super) counts: bool,
    pub(super) certified: Option<Certified>,
    pub(super) credentials: Vec<Credential>,
}

/// A credential on the key.
#[derive(Clone)]
pub(super) struct Credential {
    pub(super) id: Vec<u8>,
    pub(super) rp_id: String,
    pub(super) user_handle: Vec<u8>,
    pub(super) key: PrivateKey,
    pub(super) discoverable: bool,
    pub(super) counter: u32,
}

/// Why an honest browser or authenticator does not go through with a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The RP id is not the origin's host nor a parent domain of it (`SecurityError`).
    RpId,
    /// No algorithm it knows was offered (`NotSupportedError`).
    Algorithm,
    /// It holds one of the excluded credentials (`InvalidStateError`).
    Excluded,
    /// User verification is required, and it cannot verify (`NotAllowedError`).
    UserVerification,
    /// A discoverable credential is required, and it cannot keep one (`NotAllowedError`).
    Discoverable,
    /// It holds none of the credentials that may be used (`NotAllowedError`).
    NoCredential,
}

impl SecurityKey {
    /// A USB key without PIN: present is all it can say of its user. It signs with ES256, counts, and keeps
    /// discoverable credentials if asked to.
    pub fn new(seed: u64) -> Self {
        Self {
            entropy: Arc::new(SeededEntropy::new(seed)),
            algorithm: Algorithm::Es256,
            aaguid: *b"twinlock-testkey",
            attachment: "cross-platform",
            transports: vec!["usb"],
            backup: 0,
            verifies_user: false,
            discoverable: true,
            counts: true,
            certified: None,
            credentials: vec![],
        }
    }

    /// The device's own authenticator, with user verification: a passkey that does not leave it.
    pub fn platform(seed: u64) -> Self {
        let built_in = Self { attachment: "platform", transports: vec!["internal"], ..Self::new(seed) };
        built_in.verifying_user(true).counting(false)
    }

    /// A passkey manager: user verification, and credentials that are backed up.
    pub fn synced(seed: u64) -> Self {
        let manager = Self { transports: vec!["hybrid", "internal"], ..Self::platform(seed) };
        manager.backed_up(true, true)
    }

    /// Makes credentials of this algorithm from now on.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// Says it is this model.
    pub fn aaguid(self, aaguid: [u8; 16]) -> Self {
        Self { aaguid, ..self }
    }

    /// Whether it can verify its user: a PIN is set or a finger enrolled. It can change between ceremonies.
    pub fn verifying_user(self, verifies_user: bool) -> Self {
        Self { verifies_user, ..self }
    }

    /// Whether its credentials may be backed up, and are. It can change between ceremonies.
    pub fn backed_up(self, eligible: bool, state: bool) -> Self {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        Self { backup: bit(eligible, flag::BACKUP_ELIGIBLE) | bit(state, flag::BACKED_UP), ..self }
    }

    /// Whether it can keep discoverable credentials.
    pub fn discoverable(self, discoverable: bool) -> Self {
        Self { discoverable, ..self }
    }

    /// Whether its signature counter counts; otherwise it stays zero.
    pub fn counting(self, counts: bool) -> Self {
        Self { counts, ..self }
    }

    /// Gives it a certificate of this authority for its AAGUID, shown when the server asks for attestation.
    /// Without one it attests itself.
    pub fn attested_by(self, authority: &AttestationAuthority) -> Self {
        let certified = Some(authority.certify(&Leaf::of(self.aaguid)));
        Self { certified, ..self }
    }

    /// The id of the newest credential.
    pub fn credential_id(&self) -> Vec<u8> {
        self.credentials.last().expect("no credential yet").id.clone()
    }

    /// Sets the signature counter of every credential; the next assertion carries one more.
    pub fn set_counter(&mut self, counter: u32) {
        self.credentials.iter_mut().for_each(|credential| credential.counter = counter);
    }

    pub(super) fn new_credential(
        &self,
        rp_id: String,
        user_handle: Vec<u8>,
        discoverable: bool,
    ) -> Credential {
        Credential {
            id: random_bytes::<32>(&*self.entropy).to_vec(),
            rp_id,
            user_handle,
            key: PrivateKey::generate(self.algorithm, &*self.entropy),
            discoverable,
            counter: 0,
        }
    }

    /// The flags of a ceremony that wants this much user verification.
    pub(super) fn flags(&self, user_verification: Wish) -> u8 {
        let verified = self.verifies_user && user_verification != Wish::Discouraged;
        flag::USER_PRESENT | self.backup | if verified { flag::USER_VERIFIED } else { 0 }
    }

    pub(super) fn check_verification(&self, wish: Wish) -> Result<(), Refused> {
        if wish == Wish::Required && !self.verifies_user { Err(Refused::UserVerification) } else { Ok(()) }
    }
}

/// The RP id of a ceremony: what the server named, or the origin's host.
pub(super) fn rp_id_of(named: Option<&str>, origin: &str) -> String {
    named.map_or_else(|| host(origin), str::to_owned)
}

/// Whether a page of this origin may use the RP id (§5.1.3 step 7; without the public suffix list).
pub(super) fn check_rp_id(rp_id: &str, origin: &str) -> Result<(), Refused> {
    let host = host(origin);
    if host == rp_id || host.ends_with(&format!(".{rp_id}")) { Ok(()) } else { Err(Refused::RpId) }
}

fn host(origin: &str) -> String {
    let url = Url::parse(origin).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
