//! Where a sign-in goes after a proof that was accepted.

use axum::{http::HeaderValue, response::Response};
use secrecy::ExposeSecret;
use twinlock_core::ids::UserId;
use twinlock_service::{
    Issued, UserView, browser,
    login::{MustChangePassword, NeedFactor, Outcome},
    sessions,
};

use super::{Typed, Visit};
use crate::{
    WebState,
    http::{
        Code, Problem,
        cookies::{self, CookieKind},
    },
    pages::{
        render::{go, with_cookie},
        visitor::ENROLMENT,
    },
    reply::session_cookie,
};

/// How long a browser is remembered as one that has signed in, in seconds.
const DEVICE_SECS: i64 = 180 * 86_400;

/// On to the second lock, or in.
pub(in crate::pages) async fn go_on(
    state: &WebState,
    visit: &Visit,
    typed: &Typed,
    outcome: Outcome,
) -> Result<Response, Problem> {
    match outcome {
        Outcome::NeedFactor(need) => second_lock(state, typed, &need),
        Outcome::MustChangePassword(must) => own_password(state, typed, &must),
        Outcome::MustEnrol(must) => {
            let next = go(ENROLMENT);
            enter(state, visit, (&must.issued, &must.user), next).await
        }
        Outcome::Done(done) => {
            let next = go(if typed.next.is_empty() { "/account" } else { &typed.next });
            enter(state, visit, (&done.issued, &done.user), next).await
        }
    }
}

/// Without an end of its own: the server knows when the login is over, and then a page says so.
fn second_lock(state: &WebState, typed: &Typed, need: &NeedFactor) -> Result<Response, Problem> {
    let https = state.is_https();
    let pending = cookies::set(CookieKind::PendingLogin, https, need.token.expose_secret(), None)?;
    Ok(with_cookie(with_cookie(go("/login/mfa"), pending), typed.cookie(https)?))
}

/// The same for a password of one's own.
fn own_password(state: &WebState, typed: &Typed, must: &MustChangePassword) -> Result<Response, Problem> {
    let https = state.is_https();
    let pending = cookies::set(CookieKind::PendingLogin, https, must.token.expose_secret(), None)?;
    Ok(with_cookie(with_cookie(go("/login/change-password"), pending), typed.cookie(https)?))
}

/// Nothing that the browser held before the sign-in outlives it: neither the secret of its forms nor
/// somebody's earlier session.
async fn enter(
    state: &WebState,
    visit: &Visit,
    who: (&Issued, &UserView),
    next: Response,
) -> Result<Response, Problem> {
    if let Some(earlier) = &visit.signed_in {
        sessions::logout(&state.app, &visit.client, earlier).await?;
    }
    Ok(entry_cookies(state, who)?.into_iter().fold(next, with_cookie))
}

fn entry_cookies(state: &WebState, who: (&Issued, &UserView)) -> Result<[HeaderValue; 5], Problem> {
    let (issued, user) = who;
    let https = state.is_https();
    let session = session_cookie(state, issued).ok_or_else(|| Problem::new(Code::Internal))?;
    let device = browser::remember(&state.app, UserId(user.id))?;
    Ok([
        session,
        cookies::set(CookieKind::Device, https, &device, Some(DEVICE_SECS))?,
        cookies::clear(CookieKind::PendingLogin, https),
        cookies::clear(CookieKind::PreLogin, https),
        cookies::clear(CookieKind::Typed, https),
    ])
}
