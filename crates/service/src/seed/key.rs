//! A security key in nobody's hands: pages show it, and no answer of it will ever come.

use p256::ecdsa::SigningKey;
use serde_json::json;
use twinlock_core::{
    assurance::Method, audit::EventKind, entropy::random_bytes, factor::webauthn::KeyKind, ids::FactorId,
};
use twinlock_store::{
    security_keys::{self, SecurityKey},
    user_counts, users,
};
use uuid::Uuid;

use super::find;
use crate::{App, Internal, audit_log::About, context::Work};

/// ES256 (RFC 9053 §2.1).
const ES256: i64 = -7;
/// A common make, by its AAGUID: a key for USB and NFC.
const MAKE: Uuid = Uuid::from_u128(0x2fc0_579f_8113_47ea_b116_bb5a_8db9_202a);

/// Registers a security key for an account that has an authenticator app, which stays what is asked first. Does nothing
/// where the server's public address has no name for keys to be registered for.
pub async fn security_key(app: &App, tenant: &str, username: &str) -> Result<(), Internal> {
    let Some(rp_id) = app.rp_id() else { return Ok(()) };
    let account = find(app, tenant, username).await?;
    let (user, now) = (account.user.id, app.now());
    let key = SecurityKey {
        id: FactorId::new(now, app.entropy()),
        user_id: user,
        credential_id: random_bytes::<32>(app.entropy()).to_vec(),
        rp_id: rp_id.to_owned(),
        kind: KeyKind::SecurityKey,
        name: app.device_name(MAKE).to_owned(),
        public_key: public_key(app)?,
        algorithm: ES256,
        sign_count: 1,
        user_verified: true,
        backup_eligible: false,
        backed_up: false,
        aaguid: MAKE,
        transports: vec!["usb".to_owned(), "nfc".to_owned()],
        attestation: "none".to_owned(),
        counter_alert_at: None,
        discovered_at: None,
        limited_until: None,
        created_at: now,
        last_used_at: None,
    };
    let work = Work::of_server(app).await?;
    users::handle_or(&work, user, &random_bytes::<16>(app.entropy())).await?;
    security_keys::insert(&work, &key).await?;
    users::set_preferred(&work, user, Some(Method::Totp)).await?;
    user_counts::refresh(&work, user).await?;
    let about = About::anonymous(Some(&account.user)).with(json!({ "factor": key.id, "kind": "webauthn" }));
    work.record(EventKind::FactorAdded, about).await?;
    Ok(work.commit().await?)
}

/// A fresh one, whose private half is forgotten: `COSE_Key` (RFC 9052 §7) of a point on P-256 (RFC 9053 §7.1.1).
fn public_key(app: &App) -> Result<Vec<u8>, Internal> {
    const BROKEN: Internal = Internal::Broken("a key cannot be made");
    let secret = SigningKey::from_bytes(&random_bytes::<32>(app.entropy()).into()).map_err(|_| BROKEN)?;
    let point = secret.verifying_key().to_encoded_point(false);
    let (Some(x), Some(y)) = (point.x(), point.y()) else { return Err(BROKEN) };
    // kty: EC2, alg: ES256, crv: P-256, x and y of 32 bytes each.
    let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    cose.extend_from_slice(x);
    cose.extend_from_slice(&[0x22, 0x58, 0x20]);
    cose.extend_from_slice(y);
    Ok(cose)
}
