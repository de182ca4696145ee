//! How recovery codes are kept: one salt a set, Argon2id with a secret key that is not in the database
//! (its keyed mode), so that one derivation tests all codes of a set.

use argon2::{Algorithm, Argon2, Params, Version};
use twinlock_core::{
    entropy::random_bytes,
    factor::recovery::RecoveryCode,
    ids::{CodeSetId, UserId},
};
use twinlock_store::{
    recovery::CodeSet,
    seal::{Keyring, Purpose},
};
use zeroize::Zeroizing;

use crate::{App, Internal};

const BROKEN: Internal = Internal::Broken("a recovery code cannot be hashed");

/// A new set and the hashes of its codes.
#[derive(Clone)]
pub(crate) struct HashedSet {
    pub(crate) set: CodeSet,
    pub(crate) tags: Vec<[u8; 32]>,
}

/// Hashes a full set for a person.
pub(crate) async fn hash_set(
    app: &App,
    user_id: UserId,
    codes: Vec<RecoveryCode>,
) -> Result<HashedSet, Internal> {
    let params = app.hasher.params();
    let format = codes.first().map(RecoveryCode::format).ok_or(BROKEN)?;
    let set = CodeSet {
        id: CodeSetId::new(app.now(), app.entropy()),
        user_id,
        salt: random_bytes::<16>(app.entropy()).to_vec(),
        params: format!("m={},t={},p={}", params.m_cost(), params.t_cost(), params.p_cost()),
        key_id: app.keyring.current().to_owned(),
        format,
        created_at: app.now(),
        saved_at: None,
    };
    let pepper = pepper(&app.keyring, &set)?;
    let (params, salt) = (parse_params(&set.params)?, set.salt.clone());
    let tags = app
        .hasher
        .run(move |work| {
            let argon2 = keyed(&pepper, params)?;
            let derive = |code: &RecoveryCode| {
                work.derive(&argon2, code.expose().as_bytes(), &salt).map_err(|_| BROKEN)
            };
            codes.iter().map(derive).collect::<Result<Vec<_>, _>>()
        })
        .await??;
    Ok(HashedSet { set, tags })
}

/// The hash a typed code has in this set; none when it is of another form than the set's codes.
pub(crate) async fn hash_typed(
    app: &App,
    set: &CodeSet,
    code: RecoveryCode,
) -> Result<Option<[u8; 32]>, Internal> {
    if code.format() != set.format {
        return Ok(None);
    }
    let pepper = pepper(&app.keyring, set)?;
    let (params, salt) = (parse_params(&set.params)?, set.salt.clone());
    let tag = app
        .hasher
        .run(move |work| {
            let argon2 = keyed(&pepper, params)?;
            work.derive(&argon2, code.expose().as_bytes(), &salt).map_err(|_| BROKEN)
        })
        .await??;
    Ok(Some(tag))
}

fn pepper(keyring: &Keyring, set: &CodeSet) -> Result<Zeroizing<[u8; 32]>, Internal> {
    Ok(keyring.derived(&set.key_id, Purpose::RecoveryPepper)?)
}

fn keyed(pepper: &[u8; 32], params: Params) -> Result<Argon2<'_>, Internal> {
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).map_err(|_| BROKEN)
}

fn parse_params(text: &str) -> Result<Params, Internal> {
    let value = |name: &str| -> Option<u32> {
        text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    let parsed = (value("m"), value("t"), value("p"));
    let (Some(m), Some(t), Some(p)) = parsed else { return Err(BROKEN) };
    Params::new(m, t, p, Some(32)).map_err(|_| BROKEN)
}
