//! `POST /api/v1/mfa/webauthn/{id}/sign-in-alone`

use axum::extract::State;
use serde::Serialize;
use twinlock_core::ids::FactorId;
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, OwnFactors, RequestClient},
    http::{ApiJson, ApiPath, Problem},
    reply::Renewed,
};
use twinlock_service::security_keys::alone;
use utoipa::ToSchema;

use super::list::KeyItem;
use crate::v1::{
    Empty,
    answer::{FreshToken, ProblemDocument},
};

/// The key signs in alone from now on.
#[derive(Serialize, ToSchema)]
pub struct SignsInAloneAnswer {
    #[serde(flatten)]
    key: KeyItem,
    #[serde(flatten)]
    fresh: FreshToken,
}

/// Let a key sign in alone that was registered as a second factor only. Its list entry says `may_sign_in_alone`; needs a
/// sign-in or step-up by this very key in the last ten minutes that verified the person. Other sessions end.
#[utoipa::path(
    post, path = "/api/v1/mfa/webauthn/{id}/sign-in-alone", tag = "Second factors", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "Id of the key")),
    responses(
        (status = 200, body = SignsInAloneAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 409, body = ProblemDocument, description = "`conflict`: it does already, or it cannot"),
    ),
)]
pub async fn let_sign_in_alone(
    State(state): State<WebState>,
    _: MfaAvailable,
    OwnFactors(caller): OwnFactors,
    at: (RequestClient, ApiPath<FactorId>),
    _: ApiJson<Empty>,
) -> Result<Renewed<SignsInAloneAnswer>, Problem> {
    let (RequestClient(client), ApiPath(id)) = at;
    let done = alone::let_sign_in_alone(&state.app, &client, &caller, id).await?;
    let answer = SignsInAloneAnswer { key: done.key.into(), fresh: FreshToken::from(&done.issued) };
    Ok(Renewed::new(&state, answer, done.issued))
}
