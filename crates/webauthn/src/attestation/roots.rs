use rustls_pki_types::{CertificateDer, pem::PemObject};

/// The authorities whose word about makes is taken: certificates that the operator supplies.
#[derive(Debug, Default, Clone)]
pub struct Roots(Vec<CertificateDer<'static>>);

/// The certificates cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// No PEM, or no certificate in it.
    #[error("holds no certificate in PEM form")]
    NoCertificate,
    /// One that cannot be read; counted from 1.
    #[error("certificate number {0} cannot be read")]
    Unreadable(usize),
}

impl Roots {
    /// Reads all certificates of a PEM file.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.map_err(|_| RootsError::NoCertificate)?;
        if certificates.is_empty() {
            return Err(RootsError::NoCertificate);
        }
        for (index, certificate) in certificates.iter().enumerate() {
            webpki::anchor_from_trusted_cert(certificate).map_err(|_| RootsError::Unreadable(index + 1))?;
        }
        Ok(Self(certificates))
    }

    /// Whether there is none, so that nothing can be proven.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}
