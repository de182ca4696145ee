//! `GET /api/v1/operators`

use axum::{Json, extract::State};
use serde::Deserialize;
use twinlock_core::{ids::UserId, tenant::SYSTEM_SLUG};
use twinlock_http::{
    WebState,
    extract::Operator,
    http::{ApiQuery, Limit, Problem},
};
use twinlock_service::people::{self, After, Wanted};

use crate::v1::{answer::ProblemDocument, tenants::users::list::PersonList};

/// Which of them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorsQuery {
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// The people of the operators' own organisation, `system`, in the order in which they were made; those whose invitation
/// waits for another operator say so by `awaiting_approval`. For operators.
#[utoipa::path(
    get, path = "/api/v1/operators", tag = "Operators", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = PersonList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    Operator(caller): Operator,
    ApiQuery(query): ApiQuery<OperatorsQuery>,
) -> Result<Json<PersonList>, Problem> {
    const SCOPE: &str = "operators";
    let after = state.cursors.id::<UserId>(SCOPE, query.cursor.as_deref())?.map(After::Person);
    let wanted = Wanted { after, limit: query.limit.get(), ..Wanted::default() };
    let page = people::list(&state.app, &caller, SYSTEM_SLUG, wanted).await?;
    let next_cursor = page.next.and_then(|after| match after {
        After::Person(user) => Some(state.cursors.encode(SCOPE, user.0.as_bytes())),
        After::Found(_) => None,
    });
    Ok(Json(PersonList::of(page.items, next_cursor)))
}
