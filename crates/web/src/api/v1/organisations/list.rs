//! `GET /api/v1/tenants`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_service::operators::{By, list};
use utoipa::ToSchema;

use super::Organisation;
use crate::{
    WebState,
    api::v1::answer::ProblemDocument,
    extract::{Operator, RequestClient},
    http::{ApiQuery, Page, Problem},
};

/// A page of organisations.
#[derive(Serialize, ToSchema)]
pub struct OrganisationList {
    items: Vec<Organisation>,
    next_cursor: Option<String>,
}

/// Bound to this list; its position is an id.
const SCOPE: &str = "tenants";

/// The organisations of the server, by id. For operators.
#[utoipa::path(
    get, path = "/api/v1/tenants", tag = "Operators", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = OrganisationList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    Operator(caller): Operator,
    RequestClient(client): RequestClient,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<OrganisationList>, Problem> {
    let after = match &page.cursor {
        Some(cursor) => Some(position(state.cursors.decode(SCOPE, cursor)?)?),
        None => None,
    };
    let limit = page.limit.get();
    let by = By::Session(&client, &caller);
    let mut found = list::list(&state.app, by, after.as_deref(), limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|last| state.cursors.encode(SCOPE, last.id.as_bytes()));
    Ok(Json(OrganisationList { items: found.into_iter().map(Organisation::from).collect(), next_cursor }))
}

fn position(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| Problem::invalid("cursor", "is not a cursor of this list"))
}
