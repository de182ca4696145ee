//! Half-finished logins. They are not sessions and open nothing but their own second step.

use twinlock_core::{
    assurance::Proofs,
    clock::Timestamp,
    ids::{FactorId, PendingLoginId, UserId},
};

use crate::{
    Run, StoreError, Tx,
    row::{Bind, Found, FromRow, Row, params},
    seal::{Sealed, Tag},
    totp::TotpFactor,
    users::{ACCOUNT_COLUMNS, Account},
};

/// A login whose password was right and whose second factor is still due.
#[derive(Debug, Clone)]
pub struct PendingLogin {
    /// Id.
    pub id: PendingLoginId,
    /// Whose.
    pub user_id: UserId,
    /// Keyed hash of the browser's own secret, for a login that began on a page.
    pub browser_hash: Option<Vec<u8>>,
    /// What was proven so far.
    pub proofs: Proofs,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A pending login and, read anew, the account it is for.
pub struct PendingAccount {
    /// The login.
    pub login: PendingLogin,
    /// The account now.
    pub account: Account,
}

impl FromRow for PendingAccount {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let login = PendingLogin {
            id: row.id("p_id")?,
            user_id: row.id("u_id")?,
            browser_hash: row.0.try_get("", "browser_hash")?,
            proofs: row.parsed("proofs", |text| serde_json::from_str(text).ok())?,
            created_at: row.time("p_created_at")?,
            expires_at: row.time("expires_at")?,
        };
        Ok(Self { login, account: Account::from_row(row)? })
    }
}

/// Stores a new pending login under the hash of its token.
pub async fn insert(tx: &Tx, login: &PendingLogin, token: &Tag) -> Result<(), StoreError> {
    put(tx, login, token, None).await
}

/// Stores a login that is over at once, for [`was_used`].
pub async fn insert_used(
    tx: &Tx,
    login: &PendingLogin,
    token: &Tag,
    now: Timestamp,
) -> Result<(), StoreError> {
    put(tx, login, token, Some(now)).await
}

async fn put(
    tx: &Tx,
    login: &PendingLogin,
    token: &Tag,
    used_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO pending_logins (id, token_hash, user_id, browser_hash, proofs, created_at, expires_at, \
               used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let proofs = serde_json::to_string(&login.proofs).map_err(|_| StoreError::Corrupt("proofs"))?;
    let values = params![
        login.id,
        token.bytes.as_slice(),
        login.user_id,
        login.browser_hash.clone(),
        proofs,
        login.created_at,
        login.expires_at,
        used_at,
    ];
    tx.exec(sql, values).await.map(drop)
}

const PENDING_COLUMNS: &str =
    "p.id AS p_id, p.browser_hash, p.proofs, p.created_at AS p_created_at, p.expires_at";

const FROM_PENDING: &str = "FROM pending_logins p JOIN users u ON u.id = p.user_id \
    JOIN tenants t ON t.id = u.tenant_id";

fn by_token(tokens: &[Tag]) -> (String, Vec<sea_orm::Value>) {
    let places: Vec<_> = (1..=tokens.len()).map(|i| format!("${i}")).collect();
    let condition = format!("WHERE p.used_at IS NULL AND p.token_hash IN ({})", places.join(", "));
    (condition, tokens.iter().map(|tag| tag.bytes.as_slice().bind()).collect())
}

/// One row of the join of a pending login with its account's authenticator apps.
struct PendingRow(PendingAccount, Option<TotpFactor>);

impl FromRow for PendingRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let factor = match row.opt_uuid("f_id")? {
            Some(id) => Some(TotpFactor {
                id: FactorId(id),
                user_id: row.id("u_id")?,
                name: row.text("f_name")?,
                secret: Sealed { key_id: row.text("f_key_id")?, bytes: row.bytes("f_secret")? },
                last_step: row.int("f_last_step")?,
                limited_until: row.opt_time("f_limited_until")?,
                created_at: row.time("f_created_at")?,
                last_used_at: row.opt_time("f_last_used_at")?,
            }),
            None => None,
        };
        Ok(Self(PendingAccount::from_row(row)?, factor))
    }
}

/// The login of a token and its account, both rows held until the end of the transaction, and the
/// account's authenticator apps: one statement, for this is the hot path of every second step.
///
/// PostgreSQL looks for the rows before it waits for their locks. Holding the login's row, too, makes it
/// find nothing when the login was used up or ended during that wait. The account's row is locked first,
/// as everywhere. An app's last step may be older than the lock: [`crate::totp::accept_step`] knows.
pub async fn hold(tx: &Tx, tokens: &[Tag]) -> Result<Option<(PendingAccount, Vec<TotpFactor>)>, StoreError> {
    let (condition, values) = by_token(tokens);
    let sql = format!(
        "SELECT {PENDING_COLUMNS}, f.id AS f_id, f.name AS f_name, f.secret AS f_secret, \
         f.key_id AS f_key_id, f.last_step AS f_last_step, f.limited_until AS f_limited_until, \
         f.created_at AS f_created_at, f.last_used_at AS f_last_used_at, {ACCOUNT_COLUMNS} \
         {FROM_PENDING} LEFT JOIN totp_factors f ON f.user_id = u.id {condition} \
         ORDER BY f.created_at, f.id{}",
        tx.for_update("u, p")
    );
    let mut rows = tx.all::<PendingRow>(&sql, values).await?.into_iter();
    let Some(PendingRow(pending, first)) = rows.next() else { return Ok(None) };
    let factors = first.into_iter().chain(rows.filter_map(|row| row.1)).collect();
    Ok(Some((pending, factors)))
}

/// The login of a token, to look at only.
pub async fn find(run: &impl Run, tokens: &[Tag]) -> Result<Option<PendingAccount>, StoreError> {
    let (condition, values) = by_token(tokens);
    run.one(&format!("SELECT {PENDING_COLUMNS}, {ACCOUNT_COLUMNS} {FROM_PENDING} {condition}"), values).await
}

/// Uses up a pending login: true for exactly one caller. Its row stays until the login would have ended, so that
/// the browser whose form comes a second time learns that the first one was enough ([`was_used`]).
pub async fn consume(tx: &Tx, id: PendingLoginId, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE pending_logins SET used_at = $1 WHERE id = $2 AND used_at IS NULL";
    Ok(tx.exec(sql, params![now, id]).await? == 1)
}

/// Whether the login of a token was used up, by the browser with this keyed hash.
pub async fn was_used(run: &impl Run, tokens: &[Tag], browser_hash: &[u8]) -> Result<bool, StoreError> {
    let places: Vec<_> = (2..tokens.len() + 2).map(|i| format!("${i}")).collect();
    let sql = format!(
        "SELECT 1 AS n FROM pending_logins WHERE browser_hash = $1 AND used_at IS NOT NULL \
         AND token_hash IN ({}) LIMIT 1",
        places.join(", ")
    );
    let mut values = params![browser_hash];
    values.extend(tokens.iter().map(|tag| tag.bytes.as_slice().bind()));
    Ok(run.one::<Found>(&sql, values).await?.is_some())
}

/// Forgets a pending login that was given up.
pub async fn remove(tx: &Tx, id: PendingLoginId) -> Result<(), StoreError> {
    tx.exec("DELETE FROM pending_logins WHERE id = $1", params![id]).await.map(drop)
}

/// Counts a failed try; the last of `most` ends the login.
pub async fn failed(tx: &Tx, id: PendingLoginId, most: u32) -> Result<(), StoreError> {
    let sql = "UPDATE pending_logins SET tries = tries + 1 WHERE id = $1 AND tries + 1 < $2";
    if tx.exec(sql, params![id, most]).await? == 0 {
        remove(tx, id).await?;
    }
    Ok(())
}
