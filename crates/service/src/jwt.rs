//! Bearer tokens: JWTs signed with EdDSA (RFC 7519, RFC 8037, RFC 9068's `at+jwt`).
//!
//! A signature says who issued the token, not that its session is alive: the server looks that up on
//! every call.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
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

use crate::{App, Internal, Parts, context::Work};

const BROKEN: Internal = Internal::Broken("a signing key cannot be used");

/// A key that signs tokens is replaced after this long, in seconds.
pub const ROTATE_AFTER_SECS: i64 = 90 * 86_400;
/// A key is published for this long before it signs, in seconds: twice as long as anybody may cache the JWKS, who would
/// take what it signs for a forgery.
pub const PUBLISH_SECS: i64 = 2 * JWKS_MAX_AGE_SECS;
/// How long the JWKS may be cached, in seconds.
pub const JWKS_MAX_AGE_SECS: i64 = 300;
/// For the key of a token that is not known here, the database is asked this often at most, in milliseconds.
const LOOK_AGAIN_MILLIS: i64 = 1000;
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
    created_at: Timestamp,
}

/// The keys that sign and verify.
pub struct Signer {
    keys: RwLock<Arc<Vec<Key>>>,
    issuer: String,
    looked_at: AtomicI64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// It is none of ours, or over.
    No,
    /// It has our form, and names a key that is not known here: another server may have made it.
    UnknownKey,
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
        Ok(Self { keys, issuer: issuer(&parts.config.public_url), looked_at: AtomicI64::new(i64::MIN) })
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
        let published = |key: &&Key| now.secs_since(key.created_at) >= PUBLISH_SECS;
        let key = keys.iter().rev().find(published).or(keys.first()).ok_or(BROKEN)?;
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
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<TokenId, Unverified> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Unverified::No)?;
        let foreign = [&header.jku, &header.x5u, &header.x5t, &header.cty].into_iter().any(Option::is_some);
        if header.alg != Algorithm::EdDSA
            || header.typ.as_deref() != Some("at+jwt")
            || foreign
            || header.jwk.is_some()
            || header.x5c.is_some()
        {
            return Err(Unverified::No);
        }
        let kid = header.kid.filter(|kid| Uuid::try_parse(kid).is_ok()).ok_or(Unverified::No)?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.kid == kid).ok_or(Unverified::UnknownKey)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[&self.issuer]);
        rules.set_issuer(&[&self.issuer]);
        rules.required_spec_claims =
            ["exp", "aud", "iss", "sub"].into_iter().map(str::to_owned).collect::<HashSet<_>>();
        // The library asks the system clock; ours is injected, so the end is checked here.
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Claims>(token, &key.verifying, &rules);
        let claims = read.map_err(|_| Unverified::No)?.claims;
        if claims.exp <= now.secs() {
            return Err(Unverified::No);
        }
        TokenId::parse(&claims.jti).ok_or(Unverified::No)
    }

    /// Whether the database may be asked for a key now. Whoever makes up ids of keys costs it one question a second; a
    /// key of ours has been there for longer than that before it signs.
    fn may_look(&self, now: Timestamp) -> bool {
        let (last, now) = (self.looked_at.load(Ordering::Relaxed), now.millis());
        let due = !(0..LOOK_AGAIN_MILLIS).contains(&now.saturating_sub(last));
        due && self.looked_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
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
        created_at: stored.created_at,
    })
}

/// The `jti` of a token of ours. One that names an unknown key makes this server read the keys anew, at once: another
/// may have made one.
pub(crate) async fn verify(app: &App, token: &str) -> Result<Option<TokenId>, Internal> {
    let now = app.now();
    let verified = match app.signer.verify(token, now) {
        Err(Unverified::UnknownKey) if app.signer.may_look(now) => {
            let stored = signing_keys::all(&app.store).await?;
            app.signer.replace(open_all(&app.keyring, &stored)?);
            app.signer.verify(token, now)
        }
        other => other,
    };
    Ok(verified.ok())
}

/// The public keys, for `/.well-known/jwks.json`.
pub fn jwks(app: &App) -> Vec<Jwk> {
    app.signer.jwks()
}

/// Reads the keys anew (another node may have rotated them), replaces an old one, forgets retired ones.
pub async fn refresh(app: &App) -> Result<(), Internal> {
    let now = app.now();
    let mut stored = signing_keys::all(&app.store).await?;
    if stored.last().is_none_or(|newest| now.secs_since(newest.created_at) > ROTATE_AFTER_SECS) {
        rotate(app).await?;
        stored = signing_keys::all(&app.store).await?;
    }
    let expired = now.plus_secs(-KEEP_RETIRED_SECS);
    if stored.iter().any(|key| key.retired_at.is_some_and(|at| at < expired)) {
        let work = Work::of_server(app).await?;
        signing_keys::purge(&work, expired).await?;
        work.commit().await?;
        stored = signing_keys::all(&app.store).await?;
    }
    app.signer.replace(open_all(&app.keyring, &stored)?);
    Ok(())
}

async fn add(app: &App, key: &SigningKey) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    signing_keys::rotate(&work, key).await?;
    Ok(work.commit().await?)
}

/// Adds a key. It signs once it was published for a while ([`PUBLISH_SECS`]); until then the one before does.
pub async fn rotate(app: &App) -> Result<(), Internal> {
    let key = generate(&app.keyring, app.now(), app.entropy())?;
    app.transact(|| add(app, &key)).await?;
    let stored = signing_keys::all(&app.store).await?;
    app.signer.replace(open_all(&app.keyring, &stored)?);
    Ok(())
}
