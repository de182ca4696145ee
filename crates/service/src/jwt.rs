//! Bearer tokens: JWTs signed with EdDSA (RFC 7519, RFC 8037, RFC 9068's `at+jwt`).
//!
//! A signature says who issued the token, not that its session is alive: the server looks that up on
//! every call.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey as Ed25519, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use twinlock_core::{
    assurance::Proofs,
    clock::Timestamp,
    entropy::random_bytes,
    ids::{TokenId, new_uuid},
};
use twinlock_store::{
    seal::{Keyring, Purpose},
    sessions::Session,
    signing_keys::{self, SigningKey},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{App, Internal, Parts};

const BROKEN: Internal = Internal::Broken("a signing key cannot be used");

/// A key that signs tokens is replaced after this long, in seconds.
pub const ROTATE_AFTER_SECS: i64 = 90 * 86_400;
/// A retired key verifies for this long: no session outlives it (30 days), in seconds.
const KEEP_RETIRED_SECS: i64 = 31 * 86_400;

/// The claims of a token.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    tid: String,
    sid: String,
    amr: Vec<String>,
    acr: String,
    auth_time: i64,
    iat: i64,
    exp: i64,
    jti: String,
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: [u8; 32],
}

/// The keys that sign and verify.
pub struct Signer {
    keys: RwLock<Arc<Vec<Key>>>,
    issuer: String,
}

/// One public key as a JWK (RFC 8037).
#[derive(Debug, Clone, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

impl Signer {
    pub(crate) async fn load(parts: &Parts) -> Result<Self, Internal> {
        let mut stored = signing_keys::all(&parts.store).await?;
        if stored.is_empty() {
            let key = generate(&parts.keyring, parts.clock.now(), &*parts.entropy)?;
            let tx = parts.store.begin().await?;
            stored = signing_keys::all(&tx).await?;
            if stored.is_empty() {
                signing_keys::rotate(&tx, &key).await?;
                stored = vec![key];
            }
            tx.commit().await?;
        }
        let keys = RwLock::new(Arc::new(open_all(&parts.keyring, &stored)?));
        Ok(Self { keys, issuer: issuer(&parts.config.public_url) })
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The public keys, newest last.
    pub fn jwks(&self) -> Vec<Jwk> {
        let jwk = |key: &Key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            x: URL_SAFE_NO_PAD.encode(key.public),
            kid: key.kid.clone(),
            alg: "EdDSA",
            usage: "sig",
        };
        self.keys().iter().map(jwk).collect()
    }

    /// Signs a token of a session.
    pub(crate) fn sign(
        &self,
        token: TokenId,
        (session, tenant): (&Session, &str),
        proofs: &Proofs,
        now: Timestamp,
    ) -> Result<SecretString, Internal> {
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: session.user_id.to_string(),
            aud: self.issuer.clone(),
            tid: tenant.to_owned(),
            sid: session.id.to_string(),
            amr: proofs.amr().into_iter().map(str::to_owned).collect(),
            acr: proofs.acr().to_owned(),
            auth_time: proofs.auth_time().secs(),
            iat: now.secs(),
            exp: session.lifetime.expires_at.secs(),
            jti: token.to_string(),
        };
        let keys = self.keys();
        let key = keys.last().ok_or(BROKEN)?;
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(key.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let text = jsonwebtoken::encode(&header, &claims, &key.signing).map_err(|_| BROKEN)?;
        Ok(text.into())
    }

    /// The `jti` of a token that we signed, for us, and that has not ended.
    ///
    /// The header must be exactly ours: one algorithm, our type, a key of ours, and no member that
    /// brings a key along.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<TokenId> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let foreign = [&header.jku, &header.x5u, &header.x5t, &header.cty].into_iter().any(Option::is_some);
        if header.alg != Algorithm::EdDSA
            || header.typ.as_deref() != Some("at+jwt")
            || foreign
            || header.jwk.is_some()
            || header.x5c.is_some()
        {
            return None;
        }
        let kid = header.kid?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.kid == kid)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[&self.issuer]);
        rules.set_issuer(&[&self.issuer]);
        rules.required_spec_claims =
            ["exp", "aud", "iss", "sub"].into_iter().map(str::to_owned).collect::<HashSet<_>>();
        // The library asks the system clock; ours is injected, so the end is checked here.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &rules).ok()?.claims;
        if claims.exp <= now.secs() {
            return None;
        }
        TokenId::parse(&claims.jti)
    }

    fn replace(&self, keys: Vec<Key>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

fn issuer(public_url: &url::Url) -> String {
    public_url.as_str().trim_end_matches('/').to_owned()
}

fn generate(
    keyring: &Keyring,
    now: Timestamp,
    entropy: &dyn twinlock_core::entropy::Entropy,
) -> Result<SigningKey, Internal> {
    let seed = Zeroizing::new(random_bytes::<32>(entropy));
    let id = new_uuid(now, entropy);
    let sealed = keyring.seal(Purpose::SigningKey, id, seed.as_slice(), entropy)?;
    Ok(SigningKey { id, sealed, created_at: now, retired_at: None })
}

fn open_all(keyring: &Keyring, stored: &[SigningKey]) -> Result<Vec<Key>, Internal> {
    stored.iter().map(|key| open(keyring, key.id, key)).collect()
}

fn open(keyring: &Keyring, id: Uuid, stored: &SigningKey) -> Result<Key, Internal> {
    let seed = keyring.open(Purpose::SigningKey, id, &stored.sealed)?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(seed.as_slice()).map_err(|_| BROKEN)?);
    let key = Ed25519::from_bytes(&seed);
    let public = key.verifying_key().to_bytes();
    let private = key.to_pkcs8_der().map_err(|_| BROKEN)?;
    Ok(Key {
        kid: id.to_string(),
        signing: EncodingKey::from_ed_der(private.as_bytes()),
        verifying: DecodingKey::from_ed_der(&public),
        public,
    })
}

/// The public keys, for `/.well-known/jwks.json`.
pub fn jwks(app: &App) -> Vec<Jwk> {
    app.signer.jwks()
}

/// Reads the keys anew (another node may have rotated them), replaces an old one, forgets retired ones.
pub async fn refresh(app: &App) -> Result<(), Internal> {
    let now = app.now();
    let mut stored = signing_keys::all(&app.store).await?;
    let newest = stored.last().map(|key| key.created_at);
    if newest.is_none_or(|made| now.secs_since(made) > ROTATE_AFTER_SECS) {
        rotate(app).await?;
        stored = signing_keys::all(&app.store).await?;
    }
    let expired = now.plus_secs(-KEEP_RETIRED_SECS);
    if stored.iter().any(|key| key.retired_at.is_some_and(|at| at < expired)) {
        let tx = app.store.begin().await?;
        signing_keys::purge(&tx, expired).await?;
        tx.commit().await?;
        stored = signing_keys::all(&app.store).await?;
    }
    app.signer.replace(open_all(&app.keyring, &stored)?);
    Ok(())
}

/// Adds a key that signs from now on; the one before only verifies.
pub async fn rotate(app: &App) -> Result<(), Internal> {
    let key = generate(&app.keyring, app.now(), app.entropy())?;
    let tx = app.store.begin().await?;
    signing_keys::rotate(&tx, &key).await?;
    tx.commit().await?;
    let stored = signing_keys::all(&app.store).await?;
    app.signer.replace(open_all(&app.keyring, &stored)?);
    Ok(())
}
