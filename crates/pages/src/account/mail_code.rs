//! `POST /account/mail-code`: sends the code that a change asks for while an account is limited.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_http::{WebState, extract::RequestClient};
use twinlock_service::{Caller, account::MailCodeMissing, mail_code};

use super::answer::otherwise;
use crate::{
    form::SessionForm,
    render::go,
    view::{CodeError, MailCode},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    /// The page that asks for the code.
    next: String,
}

pub(super) async fn send(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    let asking = if form.next == "/account/profile" { "/account/profile" } else { "/account/password" };
    match mail_code::send(&state.app, &client, &visitor.caller).await {
        Ok(()) => go(&format!("{asking}?done=mail-code-sent")),
        Err(error) => otherwise(error, asking),
    }
}

impl From<MailCodeMissing> for CodeError {
    fn from(missing: MailCodeMissing) -> Self {
        match missing {
            MailCodeMissing::NotGiven => Self::Missing,
            MailCodeMissing::Wrong => Self::Wrong,
        }
    }
}

/// Whether the account must show a mailed code as well (api.md, step-up): a recovery code opened it less
/// than a day ago.
pub(super) fn asked(state: &WebState, caller: &Caller, error: Option<CodeError>) -> MailCode {
    let limited = caller.live.account.user.limited_until.is_some_and(|until| state.app.now() < until);
    MailCode { asked: limited || error.is_some(), error }
}
