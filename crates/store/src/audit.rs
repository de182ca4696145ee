//! The audit log: appended in the transaction of what it tells about.

use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
    ids::{EventId, TenantId, UserId, first_uuid},
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
    /// For what a source may repeat: how often it did within a minute. `at` is the first time.
    pub repeated: Option<Repeated>,
}

/// Repetitions of an event, which are one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Digest of kind, source and minute: what has the same key is the same row.
    pub key: Vec<u8>,
    /// How often it happened.
    pub times: u32,
    /// The last time.
    pub last_at: Timestamp,
}

impl Repeated {
    fn from_row(row: &Row) -> Result<Option<Self>, StoreError> {
        let Some(key) = row.opt_bytes("repeat_key")? else { return Ok(None) };
        Ok(Some(Self { key, times: row.count("times")?, last_at: row.time("last_at")? }))
    }
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
            repeated: None,
        }
    }

    /// How often it happened.
    pub fn times(&self) -> u32 {
        self.repeated.as_ref().map_or(1, |repeated| repeated.times)
    }

    /// All there is to tell: the detail, and of what may be repeated `count`, `first_at` and `last_at`.
    pub fn told(&self) -> serde_json::Value {
        let mut told = self.detail.clone();
        if let (Some(repeated), Some(members)) = (&self.repeated, told.as_object_mut()) {
            members.insert("count".to_owned(), repeated.times.into());
            members.insert("first_at".to_owned(), self.at.to_string().into());
            members.insert("last_at".to_owned(), repeated.last_at.to_string().into());
        }
        told
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
            repeated: Repeated::from_row(row)?,
        })
    }
}

/// Appends an event. What its source repeated within the minute is added to the row that is there, in one statement:
/// two nodes that count at once count both.
pub async fn append(tx: &Tx, event: &Event) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit_events (id, at, tenant_id, type, actor_kind, actor_id, actor_name, user_id, \
               address, user_agent, request_id, detail, repeat_key, times, last_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
               ON CONFLICT (repeat_key) WHERE repeat_key IS NOT NULL DO UPDATE SET \
               times = audit_events.times + excluded.times, \
               last_at = CASE WHEN excluded.last_at > audit_events.last_at THEN excluded.last_at \
               ELSE audit_events.last_at END";
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
        event.repeated.as_ref().map(|repeated| repeated.key.clone()),
        event.times(),
        event.repeated.as_ref().map(|repeated| repeated.last_at),
    ];
    tx.exec(sql, values).await.map(drop)
}

/// Forgets at most `limit` events of before `end`, the oldest first; answers how many.
pub async fn forget(tx: &Tx, end: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let sql = "DELETE FROM audit_events WHERE id IN \
               (SELECT id FROM audit_events WHERE id < $1 ORDER BY id LIMIT $2)";
    tx.exec(sql, params![first_uuid(end), limit]).await
}

/// An event as it is read.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// The user name that the person it is about has now; none where there is no such account any more.
    pub user_name: Option<String>,
}

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { event: Event::from_row(row)?, user_name: row.opt_text("user_name")? })
    }
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this type.
    pub kind: Option<EventKind>,
    /// Only about this person.
    pub user: Option<UserId>,
    /// Only by this person.
    pub actor: Option<UserId>,
    /// Only at or after this time.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// Only before this event.
    pub before: Option<EventId>,
}

impl Filter {
    /// The first and the last id that the events may have: ids are in the order of their times, so that one index
    /// serves times and places in the list alike.
    fn range(&self) -> (Uuid, Uuid) {
        let before = |id: Uuid| Uuid::from_u128(id.as_u128().saturating_sub(1));
        let last = self.until.map_or(Uuid::max(), |until| before(first_uuid(until)));
        let last = self.before.map_or(last, |event| before(event.0).min(last));
        (self.since.map_or(Uuid::nil(), first_uuid), last)
    }
}

/// Events of a tenant, newest first.
pub async fn list(
    run: &impl Run,
    tenant: TenantId,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let (first, last) = filter.range();
    let mut sql = "SELECT e.*, u.username AS user_name FROM audit_events e \
                   LEFT JOIN users u ON u.id = e.user_id AND u.tenant_id = e.tenant_id \
                   WHERE e.tenant_id = $1 AND e.id BETWEEN $2 AND $3"
        .to_owned();
    let mut values = params![tenant, first, last];
    let mut also = |column: &str, value: sea_orm::Value| {
        values.push(value);
        sql = format!("{sql} AND e.{column} = ${}", values.len());
    };
    if let Some(kind) = filter.kind {
        also("type", kind.as_str().bind());
    }
    if let Some(user) = filter.user {
        also("user_id", user.bind());
    }
    if let Some(actor) = filter.actor {
        also("actor_id", actor.bind());
    }
    values.push(i64::from(limit).bind());
    run.all(&format!("{sql} ORDER BY e.id DESC LIMIT ${}", values.len()), values).await
}
