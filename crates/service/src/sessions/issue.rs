//! Making sessions and tokens.

use secrecy::{ExposeSecret, SecretString};
use twinlock_core::{
    assurance::Proofs,
    ids::{SessionId, TokenId, UserId},
    login::Authenticated,
    session::Lifetime,
};
use twinlock_store::{
    Tx, logins,
    sessions::{self, Channel, NewToken, Session},
    tenants::Tenant,
    totp,
};

use super::{COOKIE, Caller};
use crate::{App, Client, Internal, tokens};

/// A token just issued: the only moment at which it is known.
#[derive(Debug)]
pub struct Issued {
    /// Its session.
    pub session: Session,
    /// The JWT, or the cookie's value.
    pub token: SecretString,
    /// What it proves.
    pub proofs: Proofs,
}

/// Opens a session. Takes [`Authenticated`], which only the login machine makes.
pub(crate) async fn issue(
    tx: &Tx,
    app: &App,
    client: &Client,
    who: (&Authenticated, &Tenant),
    channel: Channel,
) -> Result<Issued, Internal> {
    let (authenticated, tenant) = who;
    let now = app.now();
    let session = Session {
        id: SessionId::new(now, app.entropy()),
        user_id: authenticated.user(),
        channel,
        address: client.address.to_string(),
        user_agent: client.user_agent.clone(),
        lifetime: Lifetime {
            created_at: now,
            expires_at: now.plus_secs(tenant.settings.session_lifetime_minutes * 60),
            last_used_at: now,
        },
        ended_at: None,
    };
    sessions::insert(tx, &session).await?;
    token(tx, app, session, tenant, authenticated.proofs().clone()).await
}

/// A fresh token for the caller's own session, with these proofs. A cookie takes the place of the old
/// one; an older bearer token stays good for what it could do before.
pub(crate) async fn renew(tx: &Tx, app: &App, caller: &Caller, proofs: Proofs) -> Result<Issued, Internal> {
    let live = &caller.live;
    if live.session.channel == Channel::Browser && !sessions::remove_token(tx, live.token).await? {
        return Err(Internal::Broken("the cookie was rotated by another request"));
    }
    token(tx, app, live.session.clone(), &live.account.tenant, proofs).await
}

async fn token(
    tx: &Tx,
    app: &App,
    session: Session,
    tenant: &Tenant,
    proofs: Proofs,
) -> Result<Issued, Internal> {
    let now = app.now();
    let id = TokenId::new(now, app.entropy());
    let (token, hash) = match session.channel {
        Channel::Browser => {
            let (cookie, hash) = tokens::new(app, COOKIE)?;
            (cookie, Some(hash))
        }
        Channel::Api => (app.signer.sign(id, (&session, &tenant.slug), &proofs, now)?, None),
    };
    debug_assert!(!token.expose_secret().is_empty());
    let row = NewToken { id, session: session.id, hash: hash.as_ref(), proofs: &proofs, now };
    sessions::insert_token(tx, &row).await?;
    Ok(Issued { session, token, proofs })
}

/// Ends what a change of factors or password ends: other sessions, half-finished logins, an
/// unconfirmed set-up. The caller voids the cache after the commit.
pub(crate) async fn end_others(
    tx: &Tx,
    app: &App,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, Internal> {
    let ended = sessions::end_all(tx, user, keep, app.now()).await?;
    logins::remove_all(tx, user).await?;
    totp::remove_candidate(tx, user).await?;
    Ok(ended)
}
