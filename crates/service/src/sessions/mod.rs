//! Sessions: issued by the login machine, looked up on every call, listed and ended by their owner.

pub(crate) mod cache;
mod issue;
mod manage;
mod touch;

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use twinlock_core::{policy::Obligation, session::Lifetime, user::Status};
use twinlock_store::{
    seal,
    sessions::{self, LiveToken, Purpose},
    users::{self, Account},
};

pub use issue::Issued;
pub(crate) use issue::{end_others, issue, issue_enrollment, raise, renew};
pub(crate) use manage::live_of;
pub use manage::{EndError, end, end_all_others, list, logout};
pub(crate) use touch::Touches;
pub use touch::flush_touches;
pub use twinlock_store::sessions::Session;

use crate::{App, Internal, UserView, context::Work, jwt, login, tokens};

/// Who makes an authenticated call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token presented, its session and its account.
    pub live: LiveToken,
}

impl Caller {
    /// The person, for an answer.
    pub fn user_view(&self, app: &App) -> UserView {
        UserView::of(app, &self.live.account)
    }
}

/// What somebody's token is good for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Everything the person may do.
    Full,
    /// The deadline for a second factor passed in the middle of a session: it can enrol, prove what it must for
    /// that, and look at itself.
    Lapsed,
    /// Enrolling a second factor, and signing out.
    Enrollment,
}

impl Caller {
    /// What policy asks of the person now.
    pub fn obligation(&self, app: &App) -> Obligation {
        login::obligation(app, &self.live.account, app.now())
    }

    /// What the token is good for now. Asked at every call, so that no session outlives a deadline.
    pub fn rights(&self, app: &App) -> Rights {
        match self.live.session.purpose {
            Purpose::Enrollment => Rights::Enrollment,
            Purpose::Full if self.obligation(app).is_due_now() => Rights::Lapsed,
            Purpose::Full => Rights::Full,
        }
    }
}

pub(crate) const COOKIE: &str = "session cookie";
pub(crate) const ENROLLMENT: &str = "enrollment token";

/// Who a bearer token belongs to; none when it is not one of ours or its session is over.
pub async fn by_bearer(app: &App, token: &str) -> Result<Option<Arc<Caller>>, Internal> {
    let key = cache_key("bearer", token);
    let now = app.now();
    if let Some(caller) = app.cache.get(&key, now) {
        return Ok(Some(caller));
    }
    let generation = app.cache.generation();
    let live = match tokens::hashes(app, ENROLLMENT, token)? {
        Some(hashes) => sessions::token_by_hash(&app.store, &hashes).await?,
        None => match jwt::verify(app, token).await? {
            Some(id) => sessions::token_by_id(&app.store, id).await?,
            None => return Ok(None),
        },
    };
    Ok(admit(app, key, live, generation))
}

/// Who a session cookie belongs to; none when it is not one of ours or its session is over.
pub async fn by_cookie(app: &App, cookie: &str) -> Result<Option<Arc<Caller>>, Internal> {
    let key = cache_key("cookie", cookie);
    if let Some(caller) = app.cache.get(&key, app.now()) {
        return Ok(Some(caller));
    }
    let Some(hashes) = tokens::hashes(app, COOKIE, cookie)? else { return Ok(None) };
    let generation = app.cache.generation();
    let live = sessions::token_by_hash(&app.store, &hashes).await?;
    Ok(admit(app, key, live, generation))
}

fn cache_key(kind: &str, token: &str) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(token).finalize().into()
}

/// The same caller as they are now, whatever is cached: for what goes on for longer than a request usually does.
pub(crate) async fn again(app: &App, caller: &Caller) -> Result<Option<Caller>, Internal> {
    Ok(sessions::token_by_id(&app.store, caller.live.token).await?.and_then(|live| opened(app, live)))
}

fn admit(app: &App, key: [u8; 32], live: Option<LiveToken>, generation: u64) -> Option<Arc<Caller>> {
    let caller = Arc::new(opened(app, live?)?);
    app.cache.put(key, Arc::clone(&caller), app.now(), generation);
    Some(caller)
}

/// Whoever a token belongs to, if their session is alive and nobody suspended it. That counts as a use.
fn opened(app: &App, live: LiveToken) -> Option<Caller> {
    let now = app.now();
    let last_used_at = app.touches.latest(live.session.id, live.session.lifetime.last_used_at);
    let lifetime = Lifetime { last_used_at, ..live.session.lifetime };
    let open = live.account.user.status == Status::Active && live.account.tenant.suspended_at.is_none();
    if !open || live.is_replaced(now) || !lifetime.is_alive(now) {
        return None;
    }
    app.touches.used(live.session.id, last_used_at, now);
    Some(Caller { live })
}

/// The token that forms of this session carry (and API calls that use its cookie). Bound to the cookie,
/// so it changes whenever the cookie is rotated.
pub fn csrf_token(app: &App, cookie: &str) -> Result<String, Internal> {
    form_token(app, "session form", cookie)
}

/// The token that forms before sign-in carry, bound to the pre-login cookie.
pub fn prelogin_token(app: &App, cookie: &str) -> Result<String, Internal> {
    form_token(app, "pre-login form", cookie)
}

fn form_token(app: &App, kind: &str, cookie: &str) -> Result<String, Internal> {
    let key = app.keyring.derived(app.keyring.current(), seal::Purpose::Cookie)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref())
        .map_err(|_| Internal::Broken("a form token cannot be made"))?;
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(cookie.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}

/// Compares a form token in constant time.
pub fn same_token(expected: &str, presented: &str) -> bool {
    expected.as_bytes().ct_eq(presented.as_bytes()).into()
}

/// The caller's account, its row held, if the session is still open and the token not replaced: an act must not
/// complete on what was ended while its request was under way.
pub(crate) async fn hold_own(work: &Work<'_>, caller: &Caller) -> Result<Option<Account>, Internal> {
    let account = users::hold(work, caller.live.account.user.id).await?;
    let open = sessions::is_open(work, caller.live.token, work.now).await?;
    Ok(account.filter(|account| open && account.user.status == Status::Active))
}
