//! Making sessions and tokens.

use secrecy::{ExposeSecret, SecretString};
use twinlock_core::{
    assurance::Proofs,
    ids::{SessionId, TokenId, UserId},
    login::{Authenticated, Enrolling},
    session::Lifetime,
};
use twinlock_store::{
    Tx, logins,
    sessions::{self, Channel, NewToken, Purpose, Session},
    tenants::Tenant,
    totp,
};

use super::{COOKIE, Caller, ENROLMENT};
use crate::{App, Client, Internal, tokens};

/// An enrolment that is due lives this long, in seconds.
const ENROLMENT_SECS: i64 = 1800;

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
    let lifetime = tenant.settings.session_lifetime_minutes * 60;
    let session = begin(app, client, (authenticated.user(), channel, Purpose::Full), lifetime);
    sessions::insert(tx, &session).await?;
    token(tx, app, session, tenant, authenticated.proofs().clone()).await
}

/// Opens an enrolment, which is a session that is good for nothing else. Takes [`Enrolling`], which only the login
/// machine makes.
pub(crate) async fn issue_enrolment(
    tx: &Tx,
    app: &App,
    client: &Client,
    who: (&Enrolling, &Tenant),
    channel: Channel,
) -> Result<Issued, Internal> {
    let (enrolling, tenant) = who;
    let session = begin(app, client, (enrolling.user(), channel, Purpose::Enrolment), ENROLMENT_SECS);
    sessions::insert(tx, &session).await?;
    token(tx, app, session, tenant, enrolling.proofs().clone()).await
}

fn begin(app: &App, client: &Client, what: (UserId, Channel, Purpose), lifetime_secs: i64) -> Session {
    let (user_id, channel, purpose) = what;
    let now = app.now();
    Session {
        id: SessionId::new(now, app.entropy()),
        user_id,
        channel,
        purpose,
        address: client.address.to_string(),
        user_agent: client.user_agent.clone(),
        lifetime: Lifetime { created_at: now, expires_at: now.plus_secs(lifetime_secs), last_used_at: now },
        ended_at: None,
    }
}

/// How long a token is good after a step-up replaced it, in seconds: for requests that are under way.
const REPLACED_SECS: i64 = 60;

/// A fresh token for the caller's own session after a change of factors or password, with these proofs. Every
/// other token of the session ends with it. The account is held.
pub(crate) async fn renew(tx: &Tx, app: &App, caller: &Caller, proofs: Proofs) -> Result<Issued, Internal> {
    let live = &caller.live;
    sessions::end_tokens(tx, live.session.id).await?;
    token(tx, app, live.session.clone(), &live.account.tenant, proofs).await
}

/// A fresh token for the caller's own session after a step-up, with these proofs. The one so far is good for a
/// minute more, and for no more than before. The account is held.
pub(crate) async fn raise(tx: &Tx, app: &App, caller: &Caller, proofs: Proofs) -> Result<Issued, Internal> {
    let live = &caller.live;
    sessions::replace_token(tx, live.session.id, app.now().plus_secs(REPLACED_SECS)).await?;
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
    let (token, hash) = match (session.channel, session.purpose) {
        (Channel::Browser, _) => {
            let (cookie, hash) = tokens::new(app, COOKIE)?;
            (cookie, Some(hash))
        }
        // No JWT: an app that checks only the signature must not take it for a sign-in.
        (Channel::Api, Purpose::Enrolment) => {
            let (token, hash) = tokens::new(app, ENROLMENT)?;
            (token, Some(hash))
        }
        (Channel::Api, Purpose::Full) => (app.signer.sign(id, (&session, &tenant.slug), &proofs, now)?, None),
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
