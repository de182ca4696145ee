//! `GET /api/v1/tenants/{tenantID}/users/{userID}/sessions`

use axum::{Json, extract::State};
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState,
    extract::{May, administrative::Look},
    http::{ApiPath, ApiQuery, Page, Problem},
};
use twinlock_service::{administration::Whom, people};

use crate::v1::{answer::ProblemDocument, sessions::list::SessionList};

/// Where a person is signed in. For owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/users/{userID}/sessions", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("userID" = uuid::Uuid, Path, description = "Id of the person"),
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = SessionList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    May(caller, ..): May<Look>,
    ApiPath((tenant, user)): ApiPath<(String, UserId)>,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<SessionList>, Problem> {
    let live = &caller.live;
    let scope = format!("users/{}/{user}/sessions", live.account.tenant.id);
    let before = state.cursors.id(&scope, page.cursor.as_deref())?;
    let limit = page.limit.get();
    let whom = Whom { tenant: &tenant, user };
    let found = people::list_sessions(&state.app, &caller, &whom, limit + 1, before).await?;
    Ok(Json(SessionList::of(&state, &scope, limit, (found, live.session.id))))
}
