//! `GET /api/v1/sessions`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_core::ids::SessionId;
use twinlock_service::sessions;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    WebState,
    api::v1::answer::ProblemDocument,
    extract::LoggedIn,
    http::{ApiQuery, Page, Problem},
};

/// A place where one is signed in. No token is ever shown.
#[derive(Serialize, ToSchema)]
pub struct SessionItem {
    /// Id.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// `browser` or `api`.
    channel: &'static str,
    /// Address at sign-in.
    address: String,
    /// User-Agent at sign-in.
    user_agent: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// To the minute; RFC 3339, UTC.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A page of sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    items: Vec<SessionItem>,
    next_cursor: Option<String>,
}

/// Where am I signed in?
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "Sessions", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = SessionList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    LoggedIn(caller): LoggedIn,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<SessionList>, Problem> {
    let scope = format!("sessions/{}", caller.live.account.user.id);
    let before = match &page.cursor {
        Some(cursor) => Some(position(&state.cursors.decode(&scope, cursor)?)?),
        None => None,
    };
    let limit = page.limit.get();
    let mut found = sessions::list(&state.app, &caller, limit + 1, before).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|session| session.id);
    let next_cursor = last.map(|id| state.cursors.encode(&scope, id.0.as_bytes()));
    let items = found
        .into_iter()
        .map(|session| SessionItem {
            id: session.id.0,
            current: session.id == caller.live.session.id,
            channel: match session.channel {
                twinlock_service::Channel::Browser => "browser",
                twinlock_service::Channel::Api => "api",
            },
            address: session.address,
            user_agent: session.user_agent,
            created_at: session.lifetime.created_at.to_string(),
            last_used_at: session.lifetime.last_used_at.to_string(),
            expires_at: session.lifetime.expires_at.to_string(),
        })
        .collect();
    Ok(Json(SessionList { items, next_cursor }))
}

fn position(bytes: &[u8]) -> Result<SessionId, Problem> {
    let id =
        Uuid::from_slice(bytes).map_err(|_| Problem::invalid("cursor", "is not a cursor of this list"))?;
    Ok(SessionId(id))
}
