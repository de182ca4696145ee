//! Registering a security key or passkey.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;
use twinlock_core::{
    assurance::{KeyProof, Proof},
    audit::EventKind,
    entropy::random_bytes,
    factor::{
        kinds::Kind,
        webauthn::{Attestation, KeyKind, UserVerification},
    },
    ids::FactorId,
    name::{NameError, numbered, validate_device_name},
};
use twinlock_store::{
    StoreError,
    challenges::{self, Ceremony, Challenge},
    security_keys::{self, SecurityKey},
    users,
};

use super::{
    KeyView,
    challenge::{self, Asked, Owner},
    descriptor,
    examined_registration::{Given, Looked, Open, look},
    ration,
};
use crate::{
    App, Client, Internal, MethodView,
    audit_log::About,
    enrol::{Admitted, Confirmed, Enrolled, FirstCodes, NotAdmitted, admit},
    sessions::Caller,
    webauthn::{self, Check, NewCredential, RegistrationResponse, Shape},
};

/// Why a key was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Nobody may enrol here and now.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The server's public address is an IP address, which keys do not accept.
    #[error("security keys need a public address with a name")]
    Unavailable,
    /// The name is not acceptable.
    #[error("{0}")]
    BadName(NameError),
    /// What was sent has not the shape of a registration.
    #[error(transparent)]
    Shape(#[from] Shape),
    /// No challenge is open in this session: none was asked for, it was used, or it has expired.
    #[error("no registration is open")]
    NoChallenge,
    /// A check of the ceremony failed; nothing changed.
    #[error(transparent)]
    Refused(Check),
    /// The credential is registered already, on this account or another.
    #[error("this key is registered already")]
    Taken,
    /// Challenges were asked for too often: wait this many seconds.
    #[error("too many challenges were asked for")]
    TooMany(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(RegisterError);

/// A registered key.
#[derive(Debug)]
pub struct Registered {
    /// The key.
    pub key: KeyView,
    /// The session's fresh token, and the recovery codes that became valid.
    pub enrolled: Enrolled,
}

/// Begins a registration: answers `PublicKeyCredentialCreationOptionsJSON`. The session's last one is void.
pub async fn options(
    app: &App,
    client: &Client,
    caller: &Caller,
    kind: KeyKind,
    name: Option<&str>,
) -> Result<Value, RegisterError> {
    app.transact(|| options_once(app, client, caller, kind, name)).await
}

async fn options_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    kind: KeyKind,
    name: Option<&str>,
) -> Result<Value, RegisterError> {
    let rp_id = app.rp_id().ok_or(RegisterError::Unavailable)?;
    let name = name.map(validate_device_name).transpose().map_err(RegisterError::BadName)?;
    let Admitted { own, .. } = admit(app, client, caller, Kind::Webauthn).await?;
    if let Some(wait) = ration(&own, caller.live.session.id.0).await? {
        return Err(RegisterError::TooMany(wait));
    }
    let user = &own.account.user;
    let user_handle = users::handle_or(&own, user.id, &random_bytes::<16>(app.entropy())).await?;
    let mut registered = security_keys::of_user(&own.work, user.id).await?;
    registered.retain(|key| key.rp_id == rp_id);
    let settings = &own.account.tenant.settings;
    let user_verification = match kind {
        KeyKind::Passkey => UserVerification::Required,
        KeyKind::SecurityKey => settings.user_verification,
    };
    let asked = Asked {
        kind: Some(kind),
        name,
        user_handle: Some(user_handle.clone()),
        ..Asked::new(rp_id, user_verification)
    };
    let owner = Owner::Person(caller.live.session.id.0, user.id);
    let challenge = challenge::give(&own, Ceremony::Register, owner, &asked).await?;
    own.record(EventKind::MfaSetupStarted, About::own(user)).await?;
    own.work.commit().await?;
    let attestation = settings.webauthn_attestation == Attestation::Required;
    let wanted = webauthn::Wanted { kind, user_verification, attestation };
    let entity =
        webauthn::UserEntity { handle: &user_handle, name: &user.username, display_name: &user.display_name };
    let exclude: Vec<_> = registered.iter().map(descriptor).collect();
    Ok(webauthn::creation_options(&app.relying_party(rp_id), entity, &challenge, &wanted, &exclude))
}

/// The challenge of the registration that the caller's session began, while it is alive.
pub(crate) async fn open_challenge(app: &App, caller: &Caller) -> Result<Option<Challenge>, Internal> {
    let session = caller.live.session.id;
    let open = challenges::of_owner(&app.store, Ceremony::Register, session.0).await?;
    Ok(open.filter(|open| challenge::is_alive(open, app.now())))
}

/// What a key answered, and what goes with it.
#[derive(Clone, Copy)]
pub struct Registration<'a> {
    /// What to call it; by default the name given before, or its make.
    pub name: Option<&'a str>,
    /// W3C's `RegistrationResponseJSON`.
    pub credential: &'a Value,
    /// Whether the recovery codes that become valid with it count as saved at once.
    pub codes_saved: bool,
}

/// Confirms a registration: the key becomes a factor; with the first factor come recovery codes; other
/// sessions end. A refusal changes nothing but the challenge, which is used up.
pub async fn register(
    app: &App,
    client: &Client,
    caller: &Caller,
    answer: Registration<'_>,
) -> Result<Registered, RegisterError> {
    let name = answer.name.map(validate_device_name).transpose().map_err(RegisterError::BadName)?;
    let response = Arc::new(RegistrationResponse::read(answer.credential)?);
    let codes_saved = answer.codes_saved;
    let given = Given { name, response, codes_saved, codes: OnceCell::new() };
    app.transact(|| register_once(app, client, caller, &given)).await
}

async fn register_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    given: &Given,
) -> Result<Registered, RegisterError> {
    let open = open_challenge(app, caller).await?.ok_or(RegisterError::NoChallenge)?;
    let asked = challenge::asked(&open)?;
    let answered = Open { challenge: &open, asked: &asked };
    let Looked { admitted, verified, codes } = look(app, client, caller, &answered, given).await?;
    if !challenges::consume(&admitted.own, open.id).await? {
        return Err(RegisterError::NoChallenge);
    }
    match verified {
        Ok(new) => {
            let name = match given.name.clone().or(asked.name.clone()) {
                Some(name) => name,
                None => default_name(&admitted, &new, &asked).await?,
            };
            let key = row(&admitted, new, &asked, name);
            confirm(admitted, key, codes).await
        }
        Err(why) => {
            refuse(admitted, why).await?;
            Err(RegisterError::Refused(why))
        }
    }
}

/// The make where it is known; otherwise what it serves. Keys that would be called the same are numbered.
async fn default_name(
    admitted: &Admitted<'_>,
    new: &NewCredential,
    asked: &Asked,
) -> Result<String, Internal> {
    let known = admitted.own.app.config.webauthn.device_names.known(new.aaguid);
    let by_make = known.and_then(|name| validate_device_name(name).ok());
    let name = by_make.unwrap_or_else(|| match asked.kind {
        Some(KeyKind::Passkey) => "Passkey".to_owned(),
        _ => super::device::UNKNOWN.to_owned(),
    });
    let keys = security_keys::of_user(&admitted.own.work, admitted.own.account.user.id).await?;
    let taken: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    Ok(numbered(&name, &taken))
}

fn row(admitted: &Admitted<'_>, new: NewCredential, asked: &Asked, name: String) -> SecurityKey {
    let now = admitted.own.now;
    SecurityKey {
        id: FactorId::new(now, admitted.own.app.entropy()),
        user_id: admitted.own.account.user.id,
        credential_id: new.credential_id,
        rp_id: asked.rp_id.clone(),
        kind: asked.kind.unwrap_or(KeyKind::SecurityKey),
        name,
        public_key: new.public_key,
        algorithm: new.algorithm,
        sign_count: new.sign_count,
        user_verified: new.user_verified,
        backup_eligible: new.backup_eligible,
        backed_up: new.backed_up,
        aaguid: new.aaguid,
        transports: new.transports,
        attestation: new.attestation.to_owned(),
        counter_alert_at: None,
        // As far as the browser says: it was not asked to.
        discovered_at: new.discoverable.and_then(|found| found.then_some(now)),
        limited_until: admitted.limited_until,
        created_at: now,
        last_used_at: None,
    }
}

async fn confirm(
    admitted: Admitted<'_>,
    row: SecurityKey,
    codes: Option<FirstCodes>,
) -> Result<Registered, RegisterError> {
    match security_keys::insert(&admitted.own, &row).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(admitted.own.work.refuse(RegisterError::Taken).await);
        }
        Err(error) => return Err(error.into()),
    }
    let proof = KeyProof { verified: row.user_verified, synced: row.backup_eligible };
    let proof = Proof::by_key(proof, admitted.own.now).of(row.id);
    let confirmed = Confirmed { method: MethodView::from(&row), proof, codes };
    let key = KeyView::of(admitted.own.app, &row);
    let enrolled = admitted.finish(confirmed).await?;
    Ok(Registered { key, enrolled })
}

async fn refuse(admitted: Admitted<'_>, why: Check) -> Result<(), Internal> {
    let Admitted { own, .. } = admitted;
    let about = About::own(&own.account.user).with(serde_json::json!({ "reason": why.as_str() }));
    own.record(EventKind::MfaSetupRefused, about).await?;
    Ok(own.work.commit().await?)
}
