//! `/console/users/invitations`: everybody who has not accepted yet is invited again.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use twinlock_http::{WebState, extract::RequestClient};
use twinlock_service::people;

use crate::{
    console::{address::address, guard::AdministratorForm, proof},
    render::go,
};

const LIST: &str = "/console/users?status=invited";

/// Nothing but who asks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {}

pub(super) async fn send(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, Form {}): AdministratorForm<Form>,
) -> Response {
    let slug = visitor.caller.live.account.tenant.slug.clone();
    match people::invite_all(&state.app, &client, &visitor.caller, &slug, None).await {
        Ok(invited) => {
            let (queued, left_out) = (invited.queued.to_string(), invited.skipped.len().to_string());
            let told = [("status", "invited"), ("invited", &*queued), ("left_out", &*left_out)];
            go(&address("/console/users", &told))
        }
        Err(error) => proof::otherwise(&state, &visitor, error, LIST),
    }
}
