//! What is asked first at sign-in.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_core::assurance::Method;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::{Code, Problem},
};
use twinlock_service::factors;

use crate::{account::answer::otherwise, form::SessionForm, render::go};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    method: String,
}

pub(super) async fn choose(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    SessionForm(visitor, form): SessionForm<Form>,
) -> Response {
    const HERE: &str = "/account/security";
    let method = match form.method.as_str() {
        "webauthn" => Method::SecurityKey,
        "totp" => Method::Totp,
        _ => return otherwise(Problem::new(Code::MalformedRequest), HERE),
    };
    match factors::prefer(&state.app, &client, &visitor.caller, method).await {
        Ok(()) => go("/account/security?done=saved"),
        Err(error) => otherwise(error, HERE),
    }
}
