//! Single-use links that are mailed or printed, and codes that are handed over; kept as keyed hashes.

use twinlock_core::{
    clock::Timestamp,
    ids::UserId,
    name::{ascii_email, readable_email},
};

use crate::{
    Run, StoreError, Tx,
    row::{Bind, FromRow, Row, params},
    seal::Tag,
};

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Set a new password.
    PasswordReset,
    /// Set the first password.
    Invitation,
    /// Confirm a new address.
    ConfirmEmail,
    /// Create the first tenant and its owner.
    Setup,
    /// Open the enrollment of somebody without an address: a code from their administrator, not a link.
    Enrollment,
    /// Choose another password in place of one that was given: a sign-in that waits, not a link.
    PasswordChange,
}

impl LinkPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::Invitation => "invitation",
            Self::ConfirmEmail => "confirm_email",
            Self::Setup => "setup",
            Self::Enrollment => "enrollment",
            Self::PasswordChange => "password_change",
        }
    }
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// For whom; nobody yet for [`LinkPurpose::Setup`].
    pub user_id: Option<UserId>,
    /// The address it was sent to, or that it confirms.
    pub address: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// Keyed hash of the browser whose form used it.
    pub used_by: Option<Vec<u8>>,
    /// Keyed hash of the browser's own secret, for a sign-in that waits on a page.
    pub browser_hash: Option<Vec<u8>>,
}

impl FromRow for Link {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user_id: row.opt_uuid("user_id")?.map(UserId),
            address: row.opt_text("address")?.map(|address| readable_email(&address)),
            expires_at: row.time("expires_at")?,
            used_at: row.opt_time("used_at")?,
            used_by: row.0.try_get("", "used_by")?,
            browser_hash: row.opt_bytes("browser_hash")?,
        })
    }
}

/// Stores a link; older ones of the same purpose and person die.
pub async fn issue(
    tx: &Tx,
    purpose: LinkPurpose,
    token: &Tag,
    link: &Link,
    now: Timestamp,
) -> Result<(), StoreError> {
    revoke(tx, purpose, link.user_id).await?;
    add(tx, purpose, token, link, now).await
}

/// Stores a link beside those there are.
pub async fn add(
    tx: &Tx,
    purpose: LinkPurpose,
    token: &Tag,
    link: &Link,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO links (token_hash, purpose, user_id, address, created_at, expires_at, browser_hash) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (hash, address, browser) =
        (token.bytes.as_slice(), link.address.as_deref().map(ascii_email), link.browser_hash.clone());
    let values = params![hash, purpose.as_str(), link.user_id, address, now, link.expires_at, browser];
    tx.exec(sql, values).await.map(drop)
}

/// Ends the links of one purpose and person (nobody: the set-up link).
pub async fn revoke(tx: &Tx, purpose: LinkPurpose, user: Option<UserId>) -> Result<(), StoreError> {
    let sql = match user {
        Some(_) => "DELETE FROM links WHERE purpose = $1 AND user_id = $2",
        None => "DELETE FROM links WHERE purpose = $1 AND user_id IS NULL",
    };
    let mut values = params![purpose.as_str()];
    values.extend(user.map(Bind::bind));
    tx.exec(sql, values).await.map(drop)
}

/// Ends the links of one purpose and person but the newest `keep`.
pub async fn revoke_oldest(tx: &Tx, purpose: LinkPurpose, user: UserId, keep: u32) -> Result<(), StoreError> {
    let sql = "DELETE FROM links WHERE user_id = $1 AND purpose = $2 AND token_hash NOT IN \
               (SELECT token_hash FROM links WHERE user_id = $1 AND purpose = $2 \
                ORDER BY created_at DESC, token_hash LIMIT $3)";
    tx.exec(sql, params![user, purpose.as_str(), keep]).await.map(drop)
}

/// When those links of one purpose and person were made that can still be used and are younger than `after`,
/// newest first.
pub async fn made_after(
    run: &impl Run,
    purpose: LinkPurpose,
    user: UserId,
    after: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let sql = "SELECT created_at FROM links WHERE user_id = $1 AND purpose = $2 AND created_at > $3 \
               AND used_at IS NULL ORDER BY created_at DESC";
    let made: Vec<Made> = run.all(sql, params![user, purpose.as_str(), after]).await?;
    Ok(made.into_iter().map(|Made(at)| at).collect())
}

struct Made(Timestamp);

impl FromRow for Made {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.time("created_at").map(Self)
    }
}

fn condition(hashes: &[Tag]) -> (String, Vec<sea_orm::Value>) {
    let places: Vec<_> = (2..hashes.len() + 2).map(|i| format!("${i}")).collect();
    let values = hashes.iter().map(|tag| tag.bytes.as_slice().bind()).collect();
    (format!("purpose = $1 AND token_hash IN ({})", places.join(", ")), values)
}

/// Looks at a link without using it (a mailed link is opened by GET).
pub async fn peek(run: &impl Run, purpose: LinkPurpose, hashes: &[Tag]) -> Result<Option<Link>, StoreError> {
    let (condition, hashes) = condition(hashes);
    let mut values = params![purpose.as_str()];
    values.extend(hashes);
    run.one(&format!("SELECT * FROM links WHERE {condition}"), values).await
}

/// The open link of a person, by purpose.
pub async fn open_of_user(
    run: &impl Run,
    purpose: LinkPurpose,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let sql =
        "SELECT * FROM links WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3";
    run.one(sql, params![user, purpose.as_str(), now]).await
}

/// Uses a link up: answers it to exactly one caller, and only before its end.
pub async fn consume(
    tx: &Tx,
    purpose: LinkPurpose,
    hashes: &[Tag],
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let (condition, hashes) = condition(hashes);
    let mut values = params![purpose.as_str()];
    values.extend(hashes);
    let (now_at, end) = (values.len() + 1, values.len() + 2);
    values.push(now.bind());
    values.push(now.bind());
    let sql = format!(
        "UPDATE links SET used_at = ${now_at} WHERE {condition} AND used_at IS NULL AND expires_at > ${end} \
         RETURNING *"
    );
    tx.one(&sql, values).await
}

/// Notes which browser's form used a link.
pub async fn note_browser(
    tx: &Tx,
    purpose: LinkPurpose,
    hashes: &[Tag],
    browser_hash: &[u8],
) -> Result<(), StoreError> {
    let (condition, hashes) = condition(hashes);
    let mut values = params![purpose.as_str()];
    values.extend(hashes);
    let browser_at = values.len() + 1;
    values.push(browser_hash.bind());
    tx.exec(&format!("UPDATE links SET used_by = ${browser_at} WHERE {condition}"), values).await.map(drop)
}
