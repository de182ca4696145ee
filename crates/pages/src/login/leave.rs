//! Turning back: "not you?", and signing out.

use axum::{extract::State, response::Response};
use twinlock_service::{second_step, sessions};

use super::Visit;
use crate::{
    account::answer::Yes,
    form::{AnySessionForm, PreLoginForm},
    render::{go, with_cookie},
};
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{
        Problem,
        cookies::{self, CookieKind},
    },
};

/// `/login/cancel`: forgets the half-finished login and who was typed.
pub(super) async fn cancel(
    State(state): State<WebState>,
    visit: Visit,
    _: PreLoginForm<Yes>,
) -> Result<Response, Problem> {
    if let Some(token) = &visit.pending {
        second_step::cancel(&state.app, &visit.client, token).await?;
    }
    let gone =
        [CookieKind::PendingLogin, CookieKind::Typed].map(|kind| cookies::clear(kind, state.is_https()));
    Ok(gone.into_iter().fold(go("/login"), with_cookie))
}

/// `/logout`
pub(super) async fn logout(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AnySessionForm(visitor, Yes {}): AnySessionForm<Yes>,
) -> Result<Response, Problem> {
    sessions::logout(&state.app, &client, &visitor.caller).await?;
    Ok(with_cookie(go("/login?done=signed-out"), cookies::clear(CookieKind::Session, state.is_https())))
}
