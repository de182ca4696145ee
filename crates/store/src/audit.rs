//! The audit log: appended in the transaction of what it tells about.

use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    ids::{EventId, TenantId, UserId},
};
use uuid::Uuid;

use crate::{
    Run, StoreError, Tx,
    row::{Bind, FromRow, Row, params},
};

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Id; rises with time.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// In which tenant; none for the server as a whole.
    pub tenant_id: Option<TenantId>,
    /// What.
    pub kind: EventKind,
    /// By whom.
    pub actor: ActorKind,
    /// By which account.
    pub actor_id: Option<UserId>,
    /// By which name; never a name that was merely typed.
    pub actor_name: Option<String>,
    /// About whom.
    pub user_id: Option<UserId>,
    /// From where.
    pub address: String,
    /// With what.
    pub user_agent: String,
    /// In which request.
    pub request_id: String,
    /// More, never a secret: a JSON object.
    pub detail: serde_json::Value,
}

impl Event {
    /// One that no request caused: by the operator at the command line, or by the server itself. It tells
    /// about the server as a whole and nothing more yet.
    pub fn of_server(id: EventId, at: Timestamp, actor: ActorKind, kind: EventKind) -> Self {
        Self {
            id,
            at,
            tenant_id: None,
            kind,
            actor,
            actor_id: None,
            actor_name: None,
            user_id: None,
            address: String::new(),
            user_agent: String::new(),
            request_id: String::new(),
            detail: serde_json::json!({}),
        }
    }
}

impl FromRow for Event {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            at: row.time("at")?,
            tenant_id: row.opt_uuid("tenant_id")?.map(TenantId),
            kind: row.parsed("type", EventKind::parse)?,
            actor: row.parsed("actor_kind", ActorKind::parse)?,
            actor_id: row.opt_uuid("actor_id")?.map(UserId),
            actor_name: row.opt_text("actor_name")?,
            user_id: row.opt_uuid("user_id")?.map(UserId),
            address: row.text("address")?,
            user_agent: row.text("user_agent")?,
            request_id: row.text("request_id")?,
            detail: row.parsed("detail", |text| serde_json::from_str(text).ok())?,
        })
    }
}

/// Appends an event.
pub async fn append(tx: &Tx, event: &Event) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit_events (id, at, tenant_id, type, actor_kind, actor_id, actor_name, user_id, \
               address, user_agent, request_id, detail) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = params![
        event.id,
        event.at,
        event.tenant_id,
        event.kind.as_str(),
        event.actor.as_str(),
        event.actor_id,
        event.actor_name.clone(),
        event.user_id,
        &event.address,
        &event.user_agent,
        &event.request_id,
        event.detail.to_string(),
    ];
    tx.exec(sql, values).await.map(drop)
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this type.
    pub kind: Option<EventKind>,
    /// Only about this person.
    pub user: Option<UserId>,
    /// Only at or after this time.
    pub since: Option<Timestamp>,
    /// Only before this event.
    pub before: Option<EventId>,
}

/// Events of a tenant, newest first.
pub async fn list(
    run: &impl Run,
    tenant: TenantId,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let mut sql = "SELECT * FROM audit_events WHERE tenant_id = $1".to_owned();
    let mut values = params![tenant];
    let mut also = |condition: &str, value: sea_orm::Value| {
        values.push(value);
        sql = format!("{sql} AND {condition} ${}", values.len());
    };
    if let Some(kind) = filter.kind {
        also("type =", kind.as_str().bind());
    }
    if let Some(user) = filter.user {
        also("user_id =", user.bind());
    }
    if let Some(since) = filter.since {
        also("at >=", since.bind());
    }
    let last = filter.before.unwrap_or(EventId(Uuid::max()));
    also("id <", last.bind());
    values.push(i64::from(limit).bind());
    run.all(&format!("{sql} ORDER BY id DESC LIMIT ${}", values.len()), values).await
}
