//! Making sessions and tokens.

use secrecy::{ExposeSecret, SecretString};
use twinlock_core::{
    assurance::Proofs,
    ids::{SessionId, TokenId, UserId},
    login::{Authenticated, Enrolling},
    session::Lifetime,
};
use twinlock_store::{
    sessions::{
        self, Channel, NewToken, Purpose, Session,
        short_lived::{self, End, Of},
    },
    tenants::Tenant,
};

use super::{COOKIE, Caller, ENROLLMENT};
use crate::{Internal, context::Work, jwt::Bearer, tokens};

/// An enrollment that is due lives this long, in seconds.
const ENROLLMENT_SECS: i64 = 1800;

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
    work: &Work<'_>,
    authenticated: &Authenticated,
    tenant: &Tenant,
    channel: Channel,
) -> Result<Issued, Internal> {
    let lifetime = tenant.settings.session_lifetime_minutes * 60;
    let session = begin(
        work,
        &Wanted { user: authenticated.user(), channel, purpose: Purpose::Full, lifetime_secs: lifetime },
    );
    sessions::insert(work, &session).await?;
    token(work, session, tenant, authenticated.proofs().clone()).await
}

/// Opens an enrollment, which is a session that is good for nothing else. Takes [`Enrolling`], which only the login
/// machine makes.
pub(crate) async fn issue_enrollment(
    work: &Work<'_>,
    enrolling: &Enrolling,
    tenant: &Tenant,
    channel: Channel,
) -> Result<Issued, Internal> {
    let session = begin(
        work,
        &Wanted {
            user: enrolling.user(),
            channel,
            purpose: Purpose::Enrollment,
            lifetime_secs: ENROLLMENT_SECS,
        },
    );
    sessions::insert(work, &session).await?;
    token(work, session, tenant, enrolling.proofs().clone()).await
}

/// What kind of session is wanted.
struct Wanted {
    user: UserId,
    channel: Channel,
    purpose: Purpose,
    lifetime_secs: i64,
}

fn begin(work: &Work<'_>, wanted: &Wanted) -> Session {
    let (now, client) = (work.now, work.client());
    Session {
        id: SessionId::new(now, work.app.entropy()),
        user_id: wanted.user,
        channel: wanted.channel,
        purpose: wanted.purpose,
        address: client.map(|client| client.address.to_string()).unwrap_or_default(),
        user_agent: client.map(|client| client.user_agent.clone()).unwrap_or_default(),
        lifetime: Lifetime {
            created_at: now,
            expires_at: now.plus_secs(wanted.lifetime_secs),
            last_used_at: now,
        },
        ended_at: None,
    }
}

/// How long a token is good after a step-up replaced it, in seconds: for requests that are under way.
const REPLACED_SECS: i64 = 60;

/// A fresh token for the caller's own session after a change of factors or password, with these proofs. Every
/// other token of the session ends with it. The account is held.
pub(crate) async fn renew(work: &Work<'_>, caller: &Caller, proofs: Proofs) -> Result<Issued, Internal> {
    let live = &caller.live;
    sessions::end_tokens(work, live.session.id).await?;
    token(work, live.session.clone(), &live.account.tenant, proofs).await
}

/// A fresh token for the caller's own session after a step-up, with these proofs. The one so far is good for a
/// minute more, and for no more than before. The account is held.
pub(crate) async fn raise(work: &Work<'_>, caller: &Caller, proofs: Proofs) -> Result<Issued, Internal> {
    let live = &caller.live;
    sessions::replace_token(work, live.session.id, work.now.plus_secs(REPLACED_SECS)).await?;
    token(work, live.session.clone(), &live.account.tenant, proofs).await
}

async fn token(
    work: &Work<'_>,
    session: Session,
    tenant: &Tenant,
    proofs: Proofs,
) -> Result<Issued, Internal> {
    let now = work.now;
    let id = TokenId::new(now, work.app.entropy());
    let (token, hash) = match (session.channel, session.purpose) {
        (Channel::Browser, _) => {
            let (cookie, hash) = tokens::new(work.app, COOKIE)?;
            (cookie, Some(hash))
        }
        // No JWT: an app that checks only the signature must not take it for a sign-in.
        (Channel::Api, Purpose::Enrollment) => {
            let (token, hash) = tokens::new(work.app, ENROLLMENT)?;
            (token, Some(hash))
        }
        (Channel::Api, Purpose::Full) => {
            let bearer = Bearer { token: id, session: &session, tenant: &tenant.slug, proofs: &proofs };
            (work.app.signer.sign(&bearer, now)?, None)
        }
    };
    debug_assert!(!token.expose_secret().is_empty());
    let row = NewToken { id, session: session.id, hash: hash.as_ref(), proofs: &proofs, now };
    sessions::insert_token(work, &row).await?;
    Ok(Issued { session, token, proofs })
}

/// Signs a person out everywhere but in the session `keep`; answers how many sessions ended. What is half-finished ends,
/// too.
pub(crate) async fn end_others(
    work: &Work<'_>,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, Internal> {
    Ok(short_lived::end(work, Of::Person { user, keep }, End::SignOutEverywhere, work.now).await?)
}
