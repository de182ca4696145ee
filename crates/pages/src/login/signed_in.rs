//! Where a sign-in goes after a proof that was accepted.

use axum::{http::HeaderValue, response::Response};
use secrecy::ExposeSecret;
use twinlock_core::ids::UserId;
use twinlock_service::{
    Issued,
    login::{MustChangePassword, NeedFactor, Outcome},
    sessions,
};

use super::{Typed, Visit};
use crate::{
    render::{go, with_cookie},
    visitor::ENROLLMENT,
};
use twinlock_http::{
    WebState,
    http::{
        Code, Problem,
        cookies::{self, CookieKind},
    },
    reply::{device_cookie, session_cookie},
};

/// On to the second lock, or in.
pub(crate) async fn go_on(
    state: &WebState,
    visit: &Visit,
    typed: &Typed,
    outcome: Outcome,
) -> Result<Response, Problem> {
    match outcome {
        Outcome::NeedFactor(need) => second_lock(state, typed, &need),
        Outcome::MustChangePassword(must) => own_password(state, typed, &must),
        Outcome::MustEnrol(must) => {
            let next = go(ENROLLMENT);
            enter(state, visit, &must.issued, next).await
        }
        Outcome::Done(done) => {
            let next = go(if typed.next.is_empty() { "/account" } else { &typed.next });
            let entered = enter(state, visit, &done.issued, next).await?;
            // Only now, with all that the account asks for: half a sign-in makes no browser a known one.
            let device = device_cookie(state, UserId(done.user.id), done.browser_generation)?;
            Ok(with_cookie(entered, device))
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
    issued: &Issued,
    next: Response,
) -> Result<Response, Problem> {
    if let Some(earlier) = &visit.signed_in {
        sessions::logout(&state.app, &visit.client, earlier).await?;
    }
    Ok(entry_cookies(state, issued)?.into_iter().fold(next, with_cookie))
}

fn entry_cookies(state: &WebState, issued: &Issued) -> Result<[HeaderValue; 4], Problem> {
    let https = state.is_https();
    let session = session_cookie(state, issued).ok_or_else(|| Problem::new(Code::Internal))?;
    Ok([
        session,
        cookies::clear(CookieKind::PendingLogin, https),
        cookies::clear(CookieKind::PreLogin, https),
        cookies::clear(CookieKind::Typed, https),
    ])
}
