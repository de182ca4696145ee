//! Sessions and the tokens that carry them.

pub mod short_lived;
mod tokens;

use twinlock_core::{
    assurance::Proofs,
    clock::Timestamp,
    ids::{SessionId, TenantId, TokenId, UserId},
    session::Lifetime,
};

pub use tokens::{
    NewToken, end_tokens, insert_token, is_open, is_replaced, replace_token, token_by_hash, token_by_id,
    was_replaced,
};

use self::short_lived::{End, Of};
use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    users::Account,
};

/// How a session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// On a page; its token is a cookie.
    Browser,
    /// Through the API; its tokens are JWTs.
    Api,
}

impl Channel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Api => "api",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "browser" => Some(Self::Browser),
            "api" => Some(Self::Api),
            _ => None,
        }
    }
}

/// What a session is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Everything its owner may do.
    Full,
    /// The enrollment of a second factor, and nothing else.
    Enrollment,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Enrollment => "enrollment",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "enrollment" => Some(Self::Enrollment),
            _ => None,
        }
    }
}

/// A signed-in session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// How it came to be.
    pub channel: Channel,
    /// What it is good for.
    pub purpose: Purpose,
    /// Address of the client at sign-in.
    pub address: String,
    /// Its User-Agent, shortened and printable.
    pub user_agent: String,
    /// Its ends.
    pub lifetime: Lifetime,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

fn read_session(row: &Row, id: &str) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id(id)?,
        user_id: row.id("user_id")?,
        channel: row.parsed("channel", Channel::parse)?,
        purpose: row.parsed("purpose", Purpose::parse)?,
        address: row.text("address")?,
        user_agent: row.text("user_agent")?,
        lifetime: Lifetime {
            created_at: row.time("s_created_at")?,
            expires_at: row.time("expires_at")?,
            last_used_at: row.time("last_used_at")?,
        },
        ended_at: row.opt_time("ended_at")?,
    })
}

impl FromRow for Session {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        read_session(row, "s_id")
    }
}

const SESSION_COLUMNS: &str = "s.id AS s_id, s.user_id, s.channel, s.purpose, s.address, s.user_agent, \
    s.created_at AS s_created_at, s.expires_at, s.last_used_at, s.ended_at";

/// A token with its session and account: all that a request needs to know of its caller.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// The token.
    pub token: TokenId,
    /// Until when it is good, where a later one of the session has taken its place.
    pub ends_at: Option<Timestamp>,
    /// What it may claim was proven.
    pub proofs: Proofs,
    /// Its session.
    pub session: Session,
    /// Its account.
    pub account: Account,
}

impl LiveToken {
    /// Whether a later token of the session has taken its place for good.
    pub fn is_replaced(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

impl FromRow for LiveToken {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: row.id("k_id")?,
            ends_at: row.opt_time("k_ends_at")?,
            proofs: row.parsed("proofs", |text| serde_json::from_str(text).ok())?,
            session: Session::from_row(row)?,
            account: Account::from_row(row)?,
        })
    }
}

/// Stores a new session.
pub async fn insert(tx: &Tx, session: &Session) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (id, user_id, channel, purpose, address, user_agent, created_at, \
               expires_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let life = session.lifetime;
    let values = params![
        session.id,
        session.user_id,
        session.channel.as_str(),
        session.purpose.as_str(),
        &session.address,
        &session.user_agent,
        life.created_at,
        life.expires_at,
        life.last_used_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

/// The live sessions of a person, newest first, after `before` in that order.
pub async fn live_of_user(
    run: &impl Run,
    user: UserId,
    now: Timestamp,
    limit: u32,
    before: Option<SessionId>,
) -> Result<Vec<Session>, StoreError> {
    let idle = now.plus_secs(-twinlock_core::session::IDLE_SECS);
    let sql = format!(
        "SELECT {SESSION_COLUMNS} FROM sessions s WHERE s.user_id = $1 AND s.ended_at IS NULL \
         AND s.purpose = 'full' AND s.expires_at > $2 AND s.last_used_at > $3 AND ($4 = 0 OR s.id < $5) \
         ORDER BY s.id DESC LIMIT $6"
    );
    let cursor = before.unwrap_or(SessionId(uuid::Uuid::nil()));
    run.all(&sql, params![user, now, idle, i64::from(before.is_some()), cursor, limit]).await
}

/// Ends one session of a person; answers whether it was alive.
pub async fn end(tx: &Tx, user: UserId, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(short_lived::end(tx, Of::Session { user, session: id }, End::SignOut, now).await? == 1)
}

/// Open sessions of a tenant's people but `keep`: how many of them are alive.
pub async fn count_of_tenant(
    run: &impl Run,
    tenant: TenantId,
    keep: SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let idle = now.plus_secs(-twinlock_core::session::IDLE_SECS);
    let sql = "SELECT count(*) AS n FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.tenant_id = $1 \
               AND s.id <> $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.last_used_at > $4";
    let found: Option<Number> = run.one(sql, params![tenant, keep, now, idle]).await?;
    Ok(found.map_or(0, |Number(n)| n))
}

struct Number(u64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.int("n")?.try_into().unwrap_or(0)))
    }
}

/// Records the last use of a session; time only moves forward. One that somebody holds is being ended, or another
/// node records its use.
pub async fn touch(tx: &Tx, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE sessions SET last_used_at = $1 WHERE id IN \
         (SELECT id FROM sessions WHERE id = $2 AND last_used_at < $1{})",
        tx.not_held()
    );
    tx.exec(&sql, params![at, id]).await.map(drop)
}
