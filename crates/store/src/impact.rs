//! Whom of a tenant a change of its settings would touch, a few at a time in the order of their ids.
//!
//! Nothing here decides: whoever asks gets people who may be touched, and judges each of them. What is read for a part
//! of a list has a bound, however many people there are.

use twinlock_core::{
    clock::Timestamp,
    factor::kinds::Kinds,
    ids::{SessionId, TenantId, UserId},
    name::readable_email,
    policy::Person,
    session::IDLE_SECS,
    user::{Role, Status},
};
use uuid::Uuid;

use crate::{
    Run, StoreError,
    row::{FromRow, Row, params},
};

/// Somebody who may be touched.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub id: UserId,
    /// User name.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Address, if any.
    pub email: Option<String>,
    /// Whether they can sign in.
    pub status: Status,
    /// What `core::policy` must know of them.
    pub person: Person,
    /// Their open sessions, where these were counted.
    pub sessions: u64,
}

impl FromRow for Candidate {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kinds = Kinds::from_bits(row.int("factor_kinds")?).ok_or(StoreError::Corrupt("factor_kinds"))?;
        let (created_at, deadline) = (row.time("created_at")?, row.opt_time("mfa_deadline")?);
        Ok(Self {
            id: row.id("id")?,
            username: row.text("username")?,
            display_name: row.text("display_name")?,
            email: row.opt_text("email")?.map(|email| readable_email(&email)),
            status: row.parsed("status", Status::parse)?,
            person: Person { role: row.parsed("role", Role::parse)?, created_at, kinds, deadline },
            sessions: row.int("sessions")?.try_into().unwrap_or(0),
        })
    }
}

const COLUMNS: &str = "u.id, u.username, u.display_name, u.email, u.role, u.status, u.created_at, u.factor_kinds, u.mfa_deadline";

/// A part of a list of people.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Whose people.
    pub tenant: TenantId,
    /// The person after whom it begins.
    pub after: Option<UserId>,
    /// At most this many.
    pub limit: u32,
}

impl Part {
    fn after(&self) -> UserId {
        self.after.unwrap_or(UserId(Uuid::nil()))
    }
}

/// Who has no factor of a kind that counts.
pub async fn without_factor(
    run: &impl Run,
    part: &Part,
    allowed: Kinds,
) -> Result<Vec<Candidate>, StoreError> {
    let lacking = Kinds::every_set().filter(|kinds| kinds.and(allowed).is_empty());
    of_kinds(run, part, lacking, "").await
}

/// Who has no address.
pub async fn without_address(run: &impl Run, part: &Part) -> Result<Vec<Candidate>, StoreError> {
    of_kinds(run, part, Kinds::every_set(), "AND u.email IS NULL").await
}

/// One range of an index for each set of kinds.
async fn of_kinds(
    run: &impl Run,
    part: &Part,
    sets: impl Iterator<Item = Kinds>,
    condition: &str,
) -> Result<Vec<Candidate>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, CAST(0 AS BIGINT) AS sessions FROM users u WHERE u.tenant_id = $1 AND u.factor_kinds = $2 {condition} \
         AND u.status <> 'suspended' AND u.status = 'active' AND u.id > $3 ORDER BY u.id LIMIT $4"
    );
    let mut found: Vec<Candidate> = Vec::new();
    for kinds in sets {
        found.extend(run.all(&sql, params![part.tenant, kinds.bits(), part.after(), part.limit]).await?);
    }
    found.sort_by_key(|candidate| candidate.id);
    found.truncate(usize::try_from(part.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Everybody, with how many open sessions they have beside `keep`.
pub async fn with_sessions(
    run: &impl Run,
    part: &Part,
    keep: SessionId,
    now: Timestamp,
) -> Result<Vec<Candidate>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM sessions s WHERE s.user_id = u.id AND s.id <> $3 \
         AND s.ended_at IS NULL AND s.expires_at > $4 AND s.last_used_at > $5) AS sessions \
         FROM users u WHERE u.tenant_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $6"
    );
    let idle = now.plus_secs(-IDLE_SECS);
    run.all(&sql, params![part.tenant, part.after(), keep, now, idle, part.limit]).await
}
