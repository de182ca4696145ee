//! `GET /api/v1/account`

use axum::{Json, extract::State};
use twinlock_http::{WebState, extract::LoggedIn, http::Problem};
use twinlock_service::account;

use super::AccountAnswer;
use crate::v1::answer::ProblemDocument;

/// My account.
#[utoipa::path(
    get, path = "/api/v1/account", tag = "Account", security(("bearer" = [])),
    responses(
        (status = 200, body = AccountAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
    ),
)]
pub async fn show(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
) -> Result<Json<AccountAnswer>, Problem> {
    Ok(Json(account::profile(&state.app, &caller).await?.into()))
}
