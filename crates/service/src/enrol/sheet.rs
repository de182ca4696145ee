//! What a set-up of an authenticator app keeps until it is confirmed: the secret and the recovery codes
//! that were shown with it, under one seal.

use serde::{Deserialize, Serialize};
use twinlock_core::{
    factor::{recovery::RecoveryCode, totp::TotpSecret},
    ids::FactorId,
};
use twinlock_store::{
    seal::{Purpose, Sealed},
    totp::TotpCandidate,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{App, Internal};

const BROKEN: Internal = Internal::Broken("a set-up cannot be read");

/// What a candidate's seal holds.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct Sheet {
    secret: Vec<u8>,
    codes: Vec<String>,
}

impl Sheet {
    /// A sheet to be sealed.
    pub(super) fn new(secret: &TotpSecret, codes: &[RecoveryCode]) -> Self {
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Self { secret: secret.expose().to_vec(), codes }
    }

    /// Seals it for the candidate of this id.
    pub(super) fn seal(&self, app: &App, id: FactorId) -> Result<Sealed, Internal> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_| BROKEN)?);
        Ok(app.keyring.seal(Purpose::TotpCandidate, id.0, &plain, app.entropy())?)
    }

    /// Opens the seal of a candidate.
    pub(super) fn open(app: &App, row: &TotpCandidate) -> Result<Self, Internal> {
        let plain = app.keyring.open(Purpose::TotpCandidate, row.id.0, &row.secret)?;
        serde_json::from_slice(&plain).map_err(|_| BROKEN)
    }

    /// The secret.
    pub(super) fn secret(&self) -> Result<TotpSecret, Internal> {
        TotpSecret::from_bytes(&self.secret).ok_or(BROKEN)
    }

    /// The secret as a confirmed factor keeps it.
    pub(super) fn seal_secret(&self, app: &App, id: FactorId) -> Result<Sealed, Internal> {
        Ok(app.keyring.seal(Purpose::TotpSecret, id.0, &self.secret, app.entropy())?)
    }

    /// The recovery codes; none where a set was valid already.
    pub(super) fn codes(&self) -> Vec<RecoveryCode> {
        self.codes.iter().filter_map(|text| RecoveryCode::parse(text)).collect()
    }
}
