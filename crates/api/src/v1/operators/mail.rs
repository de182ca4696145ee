//! `GET /api/v1/operators/mail`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_core::ids::MailId;
use twinlock_http::{
    WebState,
    extract::{Operator, RequestClient},
    http::{ApiQuery, Page, Problem},
};
use twinlock_service::operators::{
    By,
    server::{self, QueuedEntry},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// A mail that has not left: not to whom it goes, nor what it says.
#[derive(Serialize, ToSchema)]
pub struct QueuedMailAnswer {
    /// Id, as in the server's log.
    id: Uuid,
    /// `waiting`, or `failed` once it was given up.
    #[schema(example = "waiting")]
    state: String,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried next; RFC 3339, UTC. Null for one that was given up.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// Attempts so far.
    attempts: u32,
    /// What the last attempt failed with.
    last_error: Option<String>,
}

impl From<QueuedEntry> for QueuedMailAnswer {
    fn from(mail: QueuedEntry) -> Self {
        let failed = mail.dead_at.is_some();
        Self {
            id: mail.id.0,
            state: if failed { "failed" } else { "waiting" }.to_owned(),
            created_at: mail.created_at.to_string(),
            next_attempt_at: (!failed).then(|| mail.due_at.to_string()),
            attempts: mail.attempts,
            last_error: mail.last_error,
        }
    }
}

/// A page of mails that have not left.
#[derive(Serialize, ToSchema)]
pub struct MailQueueAnswer {
    items: Vec<QueuedMailAnswer>,
    next_cursor: Option<String>,
}

/// Bound to this list.
const SCOPE: &str = "operators/mail";

/// The mails that have not left, oldest first. For operators.
#[utoipa::path(
    get, path = "/api/v1/operators/mail", tag = "Operators", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = MailQueueAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn queue(
    State(state): State<WebState>,
    Operator(caller): Operator,
    RequestClient(client): RequestClient,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<MailQueueAnswer>, Problem> {
    let after = state.cursors.id::<MailId>(SCOPE, page.cursor.as_deref())?;
    let limit = page.limit.get();
    let mut found = server::mail_queue(&state.app, By::Session(&client, &caller), after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|mail| mail.id);
    let next_cursor = last.map(|id| state.cursors.encode(SCOPE, id.0.as_bytes()));
    Ok(Json(MailQueueAnswer { items: found.into_iter().map(QueuedMailAnswer::from).collect(), next_cursor }))
}
