//! `GET /api/v1/tenants`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use twinlock_http::{
    WebState,
    extract::{Operator, RequestClient},
    http::{ApiQuery, Limit, Problem},
};
use twinlock_service::operators::{
    By,
    search::{self, Wanted},
};
use utoipa::ToSchema;

use super::Organisation;
use crate::v1::answer::ProblemDocument;

/// Which organisations.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationsQuery {
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
    #[serde(default)]
    search: String,
}

/// A page of organisations.
#[derive(Serialize, ToSchema)]
pub struct OrganisationList {
    items: Vec<Organisation>,
    next_cursor: Option<String>,
}

/// Bound to this list; its position is an id.
const SCOPE: &str = "tenants";

/// The organisations of the server, by id. A search looks through so many at a time: a page of it may have fewer than
/// asked for, or none, while `next_cursor` says that it goes on. For operators.
#[utoipa::path(
    get, path = "/api/v1/tenants", tag = "Operators", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("search" = Option<String>, Query, description = "How the id, or a word of the name, begins"),
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
    ApiQuery(query): ApiQuery<OrganisationsQuery>,
) -> Result<Json<OrganisationList>, Problem> {
    let after = match &query.cursor {
        Some(cursor) => Some(position(state.cursors.decode(SCOPE, cursor)?)?),
        None => None,
    };
    let wanted = Wanted { search: query.search, after, limit: query.limit.get() };
    let found = search::search(&state.app, By::Session(&client, &caller), &wanted).await?;
    let next_cursor = found.next.map(|id| state.cursors.encode(SCOPE, id.as_bytes()));
    let items = found.items.into_iter().map(Organisation::from).collect();
    Ok(Json(OrganisationList { items, next_cursor }))
}

fn position(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| Problem::invalid("cursor", "is not a cursor of this list"))
}
