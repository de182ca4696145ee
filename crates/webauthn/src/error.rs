use std::fmt;

/// A member of the JSON that is missing or not what W3C's `…ResponseJSON` says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Its path, within the credential.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: &'static str,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

impl std::error::Error for Shape {}

/// The check of a ceremony that failed. Steps are those of W3C WebAuthn Level 3, §7.1 (registration) and
/// §7.2 (authentication).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Check {
    /// `clientDataJSON` is not JSON, or says something twice (§7.1 step 6, §7.2 step 9).
    #[error("the browser's data cannot be read")]
    ClientData,
    /// It was made for the other ceremony (§7.1 step 7, §7.2 step 10).
    #[error("the answer belongs to another ceremony")]
    Type,
    /// It answers another challenge (§7.1 step 8, §7.2 step 11).
    #[error("the answer belongs to another challenge")]
    Challenge,
    /// It was made on another page (§7.1 step 9, §7.2 step 12).
    #[error("the answer was made on another site")]
    Origin,
    /// It was made in a frame of another page (§7.1 step 10, §7.2 step 13).
    #[error("the answer was made inside a page of another site")]
    CrossOrigin,
    /// It names the page around it (§7.1 step 11, §7.2 step 14).
    #[error("the answer names another site around the page")]
    TopOrigin,
    /// The attestation object is not the CBOR it must be (§7.1 step 13).
    #[error("the key's answer cannot be read")]
    AttestationObject,
    /// The authenticator data is cut off, too long, or contradicts its flags (§6.1).
    #[error("the key's data cannot be read")]
    AuthenticatorData,
    /// Another relying party's (§7.1 step 14, §7.2 step 15).
    #[error("the key answered for another site")]
    RpId,
    /// Nobody touched the key (§7.1 step 15).
    #[error("nobody touched the key")]
    UserPresence,
    /// The person was not verified, and that was asked (§7.1 step 16).
    #[error("the key did not verify the user")]
    UserVerification,
    /// BS without BE (§7.1 step 17).
    #[error("the key contradicts itself about backups")]
    BackupFlags,
    /// An algorithm that was not offered (§7.1 step 20).
    #[error("the key uses an algorithm that was not offered")]
    Algorithm,
    /// The public key is not one (§6.5.1.1).
    #[error("the public key is not valid")]
    PublicKey,
    /// The credential's id in the JSON is not the one in the authenticator data.
    #[error("the credential has two ids")]
    CredentialId,
    /// The statement does not prove what it says (§7.1 step 22).
    #[error("the key's proof of its make is wrong")]
    AttestationStatement,
    /// The make must be proven and is not, or in a way that is not supported (§7.1 steps 21 and 24).
    #[error("this organisation asks for keys that prove their make; this one did not, or not in a known way")]
    Unattested,
    /// No trusted root vouches for the make (§7.1 step 24).
    #[error("the make of this key is not vouched for by an authority that this organisation trusts")]
    AttestationUntrusted,
    /// The make is not on the list.
    #[error("this make of key is not allowed in this organisation")]
    MakeNotAllowed,
    /// A credential that was not asked for (§7.2 step 5).
    #[error("this key was not asked for")]
    CredentialNotAllowed,
    /// Another person's, or nobody's where a person must be named (§7.2 step 6).
    #[error("the key belongs to somebody else")]
    UserHandle,
    /// The signature is wrong (§7.2 step 21).
    #[error("the signature is wrong")]
    Signature,
}

impl Check {
    /// A stable name, for the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientData => "client_data",
            Self::Type => "type",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross_origin",
            Self::TopOrigin => "top_origin",
            Self::AttestationObject => "attestation_object",
            Self::AuthenticatorData => "authenticator_data",
            Self::RpId => "rp_id",
            Self::UserPresence => "user_presence",
            Self::UserVerification => "user_verification",
            Self::BackupFlags => "backup_flags",
            Self::Algorithm => "algorithm",
            Self::PublicKey => "public_key",
            Self::CredentialId => "credential_id",
            Self::AttestationStatement => "attestation_statement",
            Self::Unattested => "unattested",
            Self::AttestationUntrusted => "attestation_untrusted",
            Self::MakeNotAllowed => "make_not_allowed",
            Self::CredentialNotAllowed => "credential_not_allowed",
            Self::UserHandle => "user_handle",
            Self::Signature => "signature",
        }
    }
}
