//! Looking at a registration: what is slow comes before the transaction, and counts by the policy that holds in it.

use std::sync::Arc;

use tokio::sync::OnceCell;
use twinlock_core::factor::{kinds::Kind, webauthn::Attestation};
use twinlock_store::{challenges::Challenge, users::Account};
use uuid::Uuid;

use super::{challenge::Asked, register::RegisterError};
use crate::{
    App, Client, Internal,
    enrol::{Admitted, FirstCodes, admit},
    sessions::Caller,
    webauthn::{self, AttestationPolicy, Check, NewCredential, RegistrationCeremony, RegistrationResponse},
};

/// What was given to a registration, read.
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) response: Arc<RegistrationResponse>,
    pub(super) codes_saved: bool,
    /// Recovery codes with their slow hashes, where the registration is right and makes the first factor. A transaction
    /// that is tried again does not make them again.
    pub(super) codes: OnceCell<Option<FirstCodes>>,
}

impl Given {
    async fn first_codes(&self, app: &App, caller: &Caller) -> Result<Option<FirstCodes>, Internal> {
        let made = self.codes.get_or_try_init(|| first_codes(app, caller)).await?;
        Ok(made.clone().map(|codes| codes.saved(self.codes_saved)))
    }
}

/// The challenge that a registration answers.
pub(super) struct Open<'a> {
    pub(super) challenge: &'a Challenge,
    pub(super) asked: &'a Asked,
}

/// What a tenant asks of a key's make.
#[derive(Clone, PartialEq, Eq)]
struct MakePolicy {
    attestation: Attestation,
    aaguids: Vec<Uuid>,
}

impl MakePolicy {
    fn of(account: &Account) -> Self {
        let settings = &account.tenant.settings;
        Self {
            attestation: settings.webauthn_attestation,
            aaguids: settings.webauthn_allowed_aaguids.clone(),
        }
    }
}

/// How often a registration is looked at again because the tenant's policy changed meanwhile.
const LOOKS: u32 = 3;

/// A registration that was looked at, and the transaction in which that counts.
pub(super) struct Looked<'a> {
    pub(super) admitted: Admitted<'a>,
    pub(super) verified: Result<NewCredential, Check>,
    pub(super) codes: Option<FirstCodes>,
}

/// Verifies a registration, which is slow and comes before the transaction, by the policy that holds in the
/// transaction: where another was read before it, the registration is looked at again.
pub(super) async fn look<'a>(
    app: &'a App,
    client: &'a Client,
    caller: &'a Caller,
    open: &Open<'_>,
    given: &Given,
) -> Result<Looked<'a>, RegisterError> {
    let (mut policy, mut codes) = (MakePolicy::of(&caller.live.account), None);
    for _ in 0..LOOKS {
        let verified = verify(app, open, policy.clone(), Arc::clone(&given.response)).await?;
        if verified.is_ok() {
            codes = given.first_codes(app, caller).await?;
        }
        let admitted = admit(app, client, caller, Kind::Webauthn).await?;
        let held = MakePolicy::of(&admitted.own.account);
        if held == policy {
            return Ok(Looked { admitted, verified, codes });
        }
        policy = held;
    }
    Err(Internal::Broken("an organisation's policy changes without end").into())
}

async fn verify(
    app: &App,
    open: &Open<'_>,
    policy: MakePolicy,
    response: Arc<RegistrationResponse>,
) -> Result<Result<NewCredential, Check>, Internal> {
    let Open { challenge, asked } = *open;
    let (relying_party, challenge) = (app.relying_party(&asked.rp_id), challenge.challenge.clone());
    let (user_verification, now) = (asked.user_verification, app.now());
    let roots = app.config.webauthn.attestation_roots.clone();
    app.verify(move || {
        let aaguids = &policy.aaguids;
        let ceremony = RegistrationCeremony {
            relying_party: &relying_party,
            challenge: &challenge,
            user_verification,
            attestation: match policy.attestation {
                Attestation::None => AttestationPolicy::None,
                Attestation::Required => AttestationPolicy::Required { roots: &roots, aaguids },
            },
            now,
        };
        webauthn::verify_registration(&ceremony, &response)
    })
    .await
}

async fn first_codes(app: &App, caller: &Caller) -> Result<Option<FirstCodes>, Internal> {
    let account = &caller.live.account;
    let codes = FirstCodes::generate(&app.store, app, account).await?;
    FirstCodes::hash(app, account.user.id, codes).await
}
