//! `GET /api/v1/tenants/{tenantID}/recommendations`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_http::{
    WebState,
    extract::{May, administrative::Look},
    http::{ApiPath, ApiQuery, Page, Problem},
};
use twinlock_service::recommendations::{self, Recommendation};
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// Something worth doing.
#[derive(Serialize, ToSchema)]
pub struct RecommendationItem {
    /// Stable name of its kind.
    #[schema(example = "root_user_without_mfa")]
    id: &'static str,
    /// `high`, `medium` or `low`.
    severity: &'static str,
    /// What to do.
    title: &'static str,
    /// Why.
    detail: String,
    /// The page where it is done.
    href: String,
}

impl From<Recommendation> for RecommendationItem {
    fn from(item: Recommendation) -> Self {
        let Recommendation { id, severity, title, detail, href } = item;
        Self { id, severity: severity.as_str(), title, detail, href }
    }
}

/// What is worth doing, most urgent first.
#[derive(Serialize, ToSchema)]
pub struct RecommendationList {
    items: Vec<RecommendationItem>,
    next_cursor: Option<String>,
}

/// What the organisation could do for its own security, most urgent first. For owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/recommendations", tag = "Organisation", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = RecommendationList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    May(caller, ..): May<Look>,
    ApiPath(tenant): ApiPath<String>,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<RecommendationList>, Problem> {
    let scope = format!("recommendations/{}", caller.live.account.tenant.id);
    let after = page.cursor.map(|cursor| state.cursors.decode(&scope, &cursor)).transpose()?;
    let mut found = recommendations::recommendations(&state.app, &caller, &tenant).await?;
    if let Some(last) = after {
        // Where the last one of the page before was done meanwhile, the list begins anew.
        let begin = found.iter().position(|item| item.id.as_bytes() == last).map_or(0, |place| place + 1);
        found.drain(..begin);
    }
    let limit = page.limit.get() as usize;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|last| state.cursors.encode(&scope, last.id.as_bytes()));
    Ok(Json(RecommendationList { items: found.into_iter().map(Into::into).collect(), next_cursor }))
}
