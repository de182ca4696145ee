//! What a browser brings along to a page of the sign-in.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use twinlock_service::{Caller, Client};

use super::Typed;
use crate::{keys, view::KeysHere, visitor::SignedIn};
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{
        Problem,
        cookies::{self, CookieKind},
    },
};

/// A browser at a page of the sign-in.
pub(crate) struct Visit {
    /// Where from.
    pub(crate) client: Client,
    /// Who is signed in already.
    pub(crate) signed_in: Option<Arc<Caller>>,
    /// A session cookie that opens nothing.
    pub(crate) dead_cookie: Option<String>,
    /// The token of a half-finished sign-in, whether or not it is alive.
    pub(crate) pending: Option<String>,
    /// What was typed on the first page; empty when nothing was.
    pub(crate) typed: Typed,
    /// Whether security keys work on this page.
    pub(crate) keys: KeysHere,
}

impl FromRequestParts<WebState> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let Ok(RequestClient(client)) = RequestClient::from_request_parts(parts, state).await;
        let signed_in = <SignedIn as OptionalFromRequestParts<_>>::from_request_parts(parts, state).await?;
        let cookie = |kind| cookies::find(&parts.headers, kind, state.is_https());
        let pending = cookie(CookieKind::PendingLogin)?.map(str::to_owned);
        let typed = cookie(CookieKind::Typed)?.and_then(Typed::from_cookie).unwrap_or_default();
        let dead_cookie = match signed_in {
            Some(_) => None,
            None => cookie(CookieKind::Session)?.map(str::to_owned),
        };
        let keys = keys::at_sign_in(parts, state);
        let signed_in = signed_in.map(|visitor| visitor.caller);
        Ok(Self { client, signed_in, dead_cookie, pending, typed, keys })
    }
}
