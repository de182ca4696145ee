//! Sessions and the tokens that carry them.

use twinlock_core::{
    assurance::Proofs,
    clock::Timestamp,
    ids::{SessionId, TenantId, TokenId, UserId},
    session::Lifetime,
};

use crate::{
    Run, Stale, StoreError, Tx,
    row::{Bind, Found, FromRow, Row, params},
    seal::Tag,
    shown_codes,
    users::{ACCOUNT_COLUMNS, Account},
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
    /// The enrolment of a second factor, and nothing else.
    Enrolment,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Enrolment => "enrolment",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "enrolment" => Some(Self::Enrolment),
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

fn live_token_sql(condition: &str) -> String {
    format!(
        "SELECT k.id AS k_id, k.ends_at AS k_ends_at, k.proofs, {SESSION_COLUMNS}, {ACCOUNT_COLUMNS} FROM session_tokens k \
         JOIN sessions s ON s.id = k.session_id JOIN users u ON u.id = s.user_id \
         JOIN tenants t ON t.id = u.tenant_id WHERE s.ended_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > 0) \
         AND {condition}"
    )
}

/// The live token of this id (a JWT's `jti`).
pub async fn token_by_id(run: &impl Run, id: TokenId) -> Result<Option<LiveToken>, StoreError> {
    run.one(&live_token_sql("k.id = $1"), params![id]).await
}

/// The live token of one of these hashes (a cookie).
pub async fn token_by_hash(run: &impl Run, hashes: &[Tag]) -> Result<Option<LiveToken>, StoreError> {
    let places: Vec<_> = (1..=hashes.len()).map(|i| format!("${i}")).collect();
    let sql = live_token_sql(&format!("k.token_hash IN ({})", places.join(", ")));
    run.one(&sql, hashes.iter().map(|tag| tag.bytes.as_slice().bind()).collect()).await
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

/// A token to be stored: a cookie has a hash, a JWT is known by its id.
pub struct NewToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// Its session.
    pub session: SessionId,
    /// Keyed hash of a cookie.
    pub hash: Option<&'a Tag>,
    /// What it may claim was proven.
    pub proofs: &'a Proofs,
    /// When it is issued.
    pub now: Timestamp,
}

/// Stores a token of a session, the one that is live from now on: the earlier ones must have been removed or
/// replaced.
pub async fn insert_token(tx: &Tx, token: &NewToken<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO session_tokens (id, session_id, token_hash, proofs, created_at) \
               VALUES ($1, $2, $3, $4, $5)";
    let proofs = serde_json::to_string(token.proofs).map_err(|_| StoreError::Corrupt("proofs"))?;
    let hash = token.hash.map(|tag| tag.bytes.to_vec());
    tx.exec(sql, params![token.id, token.session, hash, proofs, token.now]).await.map(drop)
}

/// Ends a session's tokens: nothing that was issued for it so far is good any more, by no node's clock. The live one's
/// row stays, so that a browser which never got the next one learns what became of it ([`was_replaced`]).
pub async fn end_tokens(tx: &Tx, session: SessionId) -> Result<(), StoreError> {
    tx.stale(Stale::Session(session));
    let sql = "DELETE FROM session_tokens WHERE session_id = $1 AND ends_at IS NOT NULL";
    tx.exec(sql, params![session]).await?;
    let sql = "UPDATE session_tokens SET ends_at = 0 WHERE session_id = $1";
    tx.exec(sql, params![session]).await.map(drop)
}

/// Whether a later token took the place of the cookie of one of these hashes after `since`, in a session that goes on.
pub async fn was_replaced(run: &impl Run, hashes: &[Tag], since: Timestamp) -> Result<bool, StoreError> {
    let places: Vec<_> = (2..hashes.len() + 2).map(|i| format!("${i}")).collect();
    let sql = format!(
        "SELECT 1 AS n FROM session_tokens k JOIN sessions s ON s.id = k.session_id \
         JOIN session_tokens live ON live.session_id = s.id AND live.ends_at IS NULL AND live.created_at > $1 \
         WHERE s.ended_at IS NULL AND k.ends_at IS NOT NULL AND k.token_hash IN ({}) LIMIT 1",
        places.join(", ")
    );
    let mut values = params![since];
    values.extend(hashes.iter().map(|tag| tag.bytes.as_slice().bind()));
    Ok(run.one::<Found>(&sql, values).await?.is_some())
}

/// Tokens of a session that may be good beside the live one, the newest of those that were replaced.
const REPLACED_KEPT: u32 = 8;

/// Makes room for a new live token: the one so far is good until `ends_at`. Of the replaced ones a few stay.
pub async fn replace_token(tx: &Tx, session: SessionId, ends_at: Timestamp) -> Result<(), StoreError> {
    tx.stale(Stale::Session(session));
    let sql = "UPDATE session_tokens SET ends_at = $1 WHERE session_id = $2 AND ends_at IS NULL";
    tx.exec(sql, params![ends_at, session]).await?;
    let sql = "DELETE FROM session_tokens WHERE session_id = $1 AND id NOT IN (SELECT id FROM session_tokens \
               WHERE session_id = $1 ORDER BY ends_at DESC, id DESC LIMIT $2)";
    tx.exec(sql, params![session, REPLACED_KEPT]).await.map(drop)
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

/// Whether a token still stands for an open session, asked in the transaction that acts for it.
pub async fn is_open(tx: &Tx, token: TokenId, now: Timestamp) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS} FROM session_tokens k JOIN sessions s ON s.id = k.session_id \
         WHERE k.id = $1 AND s.ended_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > $2)"
    );
    Ok(tx.one::<Session>(&sql, params![token, now]).await?.is_some())
}

/// Ends one session of a person; answers whether it was alive.
pub async fn end(tx: &Tx, user: UserId, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    tx.stale(Stale::Session(id));
    let sql = "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND user_id = $3 AND ended_at IS NULL";
    let ended = tx.exec(sql, params![now, id, user]).await? == 1;
    if ended {
        tx.exec("DELETE FROM shown_codes WHERE session_id = $1", params![id]).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a person but `keep`; answers how many ended.
pub async fn end_all(
    tx: &Tx,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.stale(Stale::User(user));
    shown_codes::forget(tx, user, keep).await?;
    let keep = keep.unwrap_or(SessionId(uuid::Uuid::nil()));
    let sql = "UPDATE sessions SET ended_at = $1 WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL";
    tx.exec(sql, params![now, user, keep]).await
}

/// Open sessions of a tenant's people but `keep`: how many [`end_all_of_tenant`] would end.
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

/// Ends every session of a tenant's people but `keep`; answers how many of them were alive.
pub async fn end_all_of_tenant(
    tx: &Tx,
    tenant: TenantId,
    keep: SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.stale(Stale::Tenant(tenant));
    let alive = count_of_tenant(tx, tenant, keep, now).await?;
    let sql = "UPDATE sessions SET ended_at = $1 WHERE user_id IN (SELECT id FROM users WHERE tenant_id = $2) \
               AND id <> $3 AND ended_at IS NULL";
    tx.exec(sql, params![now, tenant, keep]).await?;
    let sql = "DELETE FROM shown_codes WHERE session_id <> $1 AND set_id IN (SELECT s.id FROM recovery_sets s \
               JOIN users u ON u.id = s.user_id WHERE u.tenant_id = $2)";
    tx.exec(sql, params![keep, tenant]).await?;
    Ok(alive)
}

/// Ends every session of every person (after a restore).
pub async fn end_everything(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.stale(Stale::Everybody);
    tx.exec("DELETE FROM shown_codes", params![]).await?;
    tx.exec("UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL", params![now]).await
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

/// How long a session that is over is remembered: its address counts as known meanwhile.
const KEEP_SECS: i64 = 90 * 86_400;

/// Forgets the tokens of sessions that are over, and after a while the sessions.
pub async fn purge(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    let over = "session_id IN (SELECT id FROM sessions WHERE expires_at < $1)";
    tx.clear("session_tokens", "id", over, params![now]).await?;
    tx.clear("sessions", "id", "expires_at < $1", params![now.plus_secs(-KEEP_SECS)]).await
}
