//! `GET /api/v1/sessions`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_core::ids::SessionId;
use twinlock_http::{
    WebState,
    extract::LoggedIn,
    http::{ApiQuery, Page, Problem},
};
use twinlock_service::sessions;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

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
    let before = state.cursors.id(&scope, page.cursor.as_deref())?;
    let limit = page.limit.get();
    let found = sessions::list(&state.app, &caller, limit + 1, before).await?;
    Ok(Json(SessionList::of(&state, &scope, limit, (found, caller.live.session.id))))
}

impl SessionList {
    /// A page of at most `limit` of the sessions found, of which one more was asked for.
    pub(crate) fn of(
        state: &WebState,
        scope: &str,
        limit: u32,
        found: (Vec<sessions::Session>, SessionId),
    ) -> Self {
        let (mut found, current) = found;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more).map(|session| session.id);
        let next_cursor = last.map(|id| state.cursors.encode(scope, id.0.as_bytes()));
        Self {
            items: found.into_iter().map(|session| SessionItem::of(session, current)).collect(),
            next_cursor,
        }
    }
}

impl SessionItem {
    fn of(session: sessions::Session, current: SessionId) -> Self {
        Self {
            id: session.id.0,
            current: session.id == current,
            channel: match session.channel {
                twinlock_service::Channel::Browser => "browser",
                twinlock_service::Channel::Api => "api",
            },
            address: session.address,
            user_agent: session.user_agent,
            created_at: session.lifetime.created_at.to_string(),
            last_used_at: session.lifetime.last_used_at.to_string(),
            expires_at: session.lifetime.expires_at.to_string(),
        }
    }
}
