//! Bearer tokens: JWTs signed with EdDSA (RFC 7519, RFC 8037, RFC 9068's `at+jwt`). The keys may be of other algorithms,
//! too; tokens of those are none of this API.
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

use jsonwebtoken::{Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use twinlock_core::{assurance::Proofs, clock::Timestamp, ids::TokenId};
pub use twinlock_store::signing_keys::SigningAlgorithm;
use twinlock_store::{
    sessions::Session,
    signing_keys::{self, SigningKey},
};
use uuid::Uuid;

pub use self::key::Jwk;
use self::key::Key;
use crate::{App, Internal, Parts, context::Work};

mod key;

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

/// What signs the tokens of our own API.
const OWN: SigningAlgorithm = SigningAlgorithm::EdDsa;

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

/// The keys that sign and verify.
pub struct Signer {
    keys: RwLock<Arc<Vec<Key>>>,
    issuer: String,
    looked_at: AtomicI64,
}

/// What a token says.
pub(crate) struct Bearer<'a> {
    /// Its id.
    pub(crate) token: TokenId,
    /// Its session.
    pub(crate) session: &'a Session,
    /// Slug of the session's tenant.
    pub(crate) tenant: &'a str,
    /// What was proven.
    pub(crate) proofs: &'a Proofs,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// It is none of ours, or over.
    No,
    /// It has our form, and names a key that is not known here: another server may have made it.
    UnknownKey,
}

impl Signer {
    pub(crate) async fn load(parts: &Parts) -> Result<Self, Internal> {
        let mut stored = signing_keys::all(&parts.store).await?;
        if stored.is_empty() {
            let key =
                key::generate(SigningAlgorithm::EdDsa, &parts.keyring, parts.clock.now(), &*parts.entropy)?;
            let tx = parts.store.begin().await?;
            stored = signing_keys::all(&tx).await?;
            if stored.is_empty() {
                signing_keys::rotate(&tx, &key).await?;
                stored = vec![key];
            }
            tx.commit().await?;
        }
        let keys = RwLock::new(Arc::new(key::open_all(&parts.keyring, &stored)?));
        Ok(Self { keys, issuer: issuer(&parts.config.public_url), looked_at: AtomicI64::new(i64::MIN) })
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The public keys, newest last.
    pub fn jwks(&self) -> Vec<Jwk> {
        self.keys().iter().map(|key| key.public.clone()).collect()
    }

    /// Signs a token of a session.
    pub(crate) fn sign(&self, bearer: &Bearer<'_>, now: Timestamp) -> Result<SecretString, Internal> {
        let Bearer { token, session, tenant, proofs } = *bearer;
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
        let key = signing(&keys, OWN, now).ok_or(BROKEN)?;
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(key.kid.clone()),
            ..Header::new(key::algorithm(OWN))
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
        if header.alg != key::algorithm(OWN)
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
        if key.algorithm != OWN {
            return Err(Unverified::No);
        }
        let mut rules = Validation::new(key::algorithm(OWN));
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

/// The key of an algorithm that signs now: the newest that was published for long enough, else the first.
fn signing(keys: &[Key], algorithm: SigningAlgorithm, now: Timestamp) -> Option<&Key> {
    let mut own = keys.iter().filter(|key| key.algorithm == algorithm);
    let published = |key: &&Key| now.secs_since(key.created_at) >= PUBLISH_SECS;
    own.clone().rev().find(published).or_else(|| own.next())
}

fn issuer(public_url: &url::Url) -> String {
    public_url.as_str().trim_end_matches('/').to_owned()
}

/// The `jti` of a token of ours. One that names an unknown key makes this server read the keys anew, at once: another
/// may have made one.
pub(crate) async fn verify(app: &App, token: &str) -> Result<Option<TokenId>, Internal> {
    let now = app.now();
    let verified = match app.signer.verify(token, now) {
        Err(Unverified::UnknownKey) if app.signer.may_look(now) => {
            let stored = signing_keys::all(&app.store).await?;
            app.signer.replace(key::open_all(&app.keyring, &stored)?);
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
    for algorithm in SigningAlgorithm::ALL {
        let newest = stored.iter().rfind(|key| key.algorithm == algorithm);
        if newest.map_or(algorithm == OWN, |key| now.secs_since(key.created_at) > ROTATE_AFTER_SECS) {
            rotate(app, algorithm).await?;
            stored = signing_keys::all(&app.store).await?;
        }
    }
    let expired = now.plus_secs(-KEEP_RETIRED_SECS);
    if stored.iter().any(|key| key.retired_at.is_some_and(|at| at < expired)) {
        let work = Work::of_server(app).await?;
        signing_keys::purge(&work, expired).await?;
        work.commit().await?;
        stored = signing_keys::all(&app.store).await?;
    }
    app.signer.replace(key::open_all(&app.keyring, &stored)?);
    Ok(())
}

async fn add(app: &App, key: &SigningKey) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    signing_keys::rotate(&work, key).await?;
    Ok(work.commit().await?)
}

/// Adds a key of an algorithm. It signs once it was published for a while ([`PUBLISH_SECS`]); until then the one before
/// does, if there is one.
pub async fn rotate(app: &App, algorithm: SigningAlgorithm) -> Result<(), Internal> {
    let key = key::generate(algorithm, &app.keyring, app.now(), app.entropy())?;
    app.transact(|| add(app, &key)).await?;
    let stored = signing_keys::all(&app.store).await?;
    app.signer.replace(key::open_all(&app.keyring, &stored)?);
    Ok(())
}
