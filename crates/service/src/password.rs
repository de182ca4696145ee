//! Hashing and checking passwords.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version, password_hash::phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use twinlock_core::{
    entropy::random_bytes,
    password::{self, PasswordProblem},
};
use twinlock_store::tenants::Tenant;

use crate::{App, Internal};

/// The answer to "is this the password?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// It is.
    pub right: bool,
    /// The same password under today's parameters, when the stored hash is older.
    pub rehashed: Option<String>,
}

/// Hashes a password with a new salt, in PHC form.
pub(crate) async fn hash(app: &App, raw: &SecretString) -> Result<String, Internal> {
    let password = password::normalize(raw.expose_secret());
    let argon2 = app.hasher.argon2();
    let salt: [u8; 16] = random_bytes(app.entropy());
    app.hasher.run(move |work| hash_with(work, &argon2, password.expose_secret(), &salt)).await?
}

fn hash_with(
    work: &mut crate::hasher::Workspace,
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
) -> Result<String, Internal> {
    let output = work
        .derive(argon2, password.as_bytes(), salt)
        .map_err(|_| Internal::Broken("Argon2 refused its input"))?;
    let base64 =
        |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, bytes);
    let params = argon2.params();
    let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, output) = (base64(salt), base64(&output));
    Ok(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}"))
}

/// Checks a password against a stored hash. Without one (no such account, no password yet) the same
/// work is done and the answer is no.
pub(crate) async fn verify(app: &App, raw: &SecretString, stored: Option<&str>) -> Result<Verdict, Internal> {
    let password = password::normalize(raw.expose_secret());
    let today = app.hasher.argon2();
    let stored = stored.map(str::to_owned);
    let fresh_salt: [u8; 16] = random_bytes(app.entropy());
    app.hasher
        .run(move |work| {
            let Some(stored) = stored.as_deref().and_then(Stored::parse) else {
                let _ = hash_with(work, &today, password.expose_secret(), &fresh_salt)?;
                return Ok(Verdict { right: false, rehashed: None });
            };
            let computed = work
                .derive(&stored.argon2, password.expose_secret().as_bytes(), &stored.salt)
                .map_err(|_| Internal::Broken("Argon2 refused a stored hash"))?;
            let right: bool = computed.as_slice().ct_eq(&stored.output).into();
            let outdated = right && stored.argon2.params() != today.params();
            let rehashed = outdated
                .then(|| hash_with(work, &today, password.expose_secret(), &stored.salt))
                .transpose()?;
            Ok(Verdict { right, rehashed })
        })
        .await?
}

/// Whether two stored hashes are of one password that was set once. A password that is set gets a salt
/// of its own; under newer parameters it keeps that salt, so the salt tells.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let salt = |text: &str| Stored::parse(text).map(|stored| stored.salt);
    one == other || salt(one).is_some_and(|one| salt(other) == Some(one))
}

struct Stored {
    argon2: Argon2<'static>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    /// Reads a PHC string. Only Argon2id, version 19, with 32 bytes of output is ours.
    fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        if hash.algorithm.as_str() != "argon2id" || hash.version != Some(19) {
            return None;
        }
        let params = Params::try_from(&hash).ok()?;
        let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(32)).ok()?;
        let output = hash.hash?.as_bytes().to_vec();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        (output.len() == 32).then(|| Self {
            argon2,
            salt: hash.salt.map(|s| s.to_vec()).unwrap_or_default(),
            output,
        })
    }
}

/// Why a password is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewPasswordError {
    /// It breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// A use case whose error has a variant `Weak` tells which rule a new password breaks.
macro_rules! weak_passwords_are_told {
    ($error:ty) => {
        impl From<crate::password::NewPasswordError> for $error {
            fn from(error: crate::password::NewPasswordError) -> Self {
                match error {
                    crate::password::NewPasswordError::Weak(problem) => Self::Weak(problem),
                    crate::password::NewPasswordError::Internal(error) => error.into(),
                }
            }
        }
    };
}
pub(crate) use weak_passwords_are_told;

/// Checks a new password against the tenant's rules. The estimate takes time, so it runs in the pool.
pub(crate) async fn check_new(
    app: &App,
    raw: &SecretString,
    tenant: &Tenant,
    about: &[&str],
) -> Result<(), NewPasswordError> {
    let context: Vec<String> = about
        .iter()
        .map(|word| (*word).to_owned())
        .chain([tenant.name.clone(), tenant.slug.clone()])
        .collect();
    let (password, min) = (Arc::new(raw.clone()), tenant.settings.password_min_length);
    let checked = app
        .hasher
        .run(move |_| {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            password::check(password.expose_secret(), min, &context)
        })
        .await
        .map_err(Internal::from)?;
    checked.map_err(NewPasswordError::Weak)
}
