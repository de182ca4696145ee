//! `GET /api/v1/tenants/{tenantID}/audit`

use axum::{Json, extract::State};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use twinlock_core::{audit::EventKind, clock::Timestamp, ids::UserId};
use twinlock_http::{
    WebState,
    extract::{May, administrative::Look},
    http::{ApiPath, ApiQuery, Limit, Problem},
};
use twinlock_service::audit_log::{self, Entry, Filter};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// Who did something.
#[derive(Serialize, ToSchema)]
pub struct Actor {
    /// `user`, `anonymous` (nobody proved who they are), `command_line` or `system` (the server itself).
    #[schema(example = "user")]
    kind: &'static str,
    /// The account.
    id: Option<Uuid>,
    /// The name it had then.
    username: Option<String>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct AuditEvent {
    /// Id; rises with time.
    id: Uuid,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "mfa.enabled")]
    kind: &'static str,
    /// Who did it.
    actor: Actor,
    /// The person it happened to.
    user_id: Option<Uuid>,
    /// The address it came from; empty where no request caused it.
    address: String,
    /// The program it came from.
    user_agent: String,
    /// The request it came with.
    request_id: String,
    /// More, depending on the type; never a secret.
    #[schema(value_type = Object)]
    detail: Value,
}

impl From<Entry> for AuditEvent {
    fn from(Entry { event, .. }: Entry) -> Self {
        Self {
            detail: event.told(),
            id: event.id.0,
            at: event.at.to_string(),
            kind: event.kind.as_str(),
            actor: Actor {
                kind: event.actor.as_str(),
                id: event.actor_id.map(|id| id.0),
                username: event.actor_name,
            },
            user_id: event.user_id.map(|id| id.0),
            address: event.address,
            user_agent: event.user_agent,
            request_id: event.request_id,
        }
    }
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct AuditList {
    items: Vec<AuditEvent>,
    next_cursor: Option<String>,
}

/// What to list.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditQuery {
    #[serde(rename = "type", deserialize_with = "kind")]
    kind: Option<EventKind>,
    #[serde(deserialize_with = "user")]
    user_id: Option<UserId>,
    #[serde(deserialize_with = "user")]
    actor_id: Option<UserId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Limit,
    cursor: Option<String>,
}

/// A type of event by its stable name.
pub(super) fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EventKind>, D::Error> {
    let text = String::deserialize(deserializer)?;
    EventKind::parse(&text).map(Some).ok_or_else(|| de::Error::custom("expected a type of event"))
}

/// An account's id, in its one spelling.
pub(super) fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UserId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    UserId::parse(&text).map(Some).ok_or_else(|| de::Error::custom("expected an id"))
}

/// The audit log, newest first. For owners and administrators.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/audit", tag = "Organisation", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("user_id" = Option<Uuid>, Query, description = "Only what happened to this person"),
        ("actor_id" = Option<Uuid>, Query, description = "Only what this person did"),
        ("since" = Option<String>, Query, description = "Only from this time on; RFC 3339"),
        ("until" = Option<String>, Query, description = "Only before this time; RFC 3339"),
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = AuditList),
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
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Result<Json<AuditList>, Problem> {
    // Bound to the caller's own tenant, whatever the path says: the use case compares the two.
    let scope = format!("audit/{}", caller.live.account.tenant.id);
    let before = state.cursors.id(&scope, query.cursor.as_deref())?;
    let filter = Filter {
        kind: query.kind,
        user: query.user_id,
        actor: query.actor_id,
        since: query.since,
        until: query.until,
        before,
    };
    let limit = query.limit.get();
    let mut found = audit_log::read(&state.app, &caller, &tenant, &filter, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|entry| entry.event.id);
    let next_cursor = last.map(|id| state.cursors.encode(&scope, id.0.as_bytes()));
    Ok(Json(AuditList { items: found.into_iter().map(AuditEvent::from).collect(), next_cursor }))
}
