//! Invitations into the operators' tenant that wait for the word of another operator: no link of theirs exists yet.

use twinlock_core::{
    clock::Timestamp,
    ids::{TenantId, UserId},
};

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
};

/// An invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who is to be an operator.
    pub user: UserId,
    /// The operator who wants it; they may be gone.
    pub invited_by: UserId,
    /// Under which user name, while the account is there.
    pub inviter: Option<String>,
    /// Since when.
    pub asked_at: Timestamp,
}

impl FromRow for Waiting {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user: row.id("user_id")?,
            invited_by: row.id("invited_by")?,
            inviter: row.opt_text("inviter")?,
            asked_at: row.time("asked_at")?,
        })
    }
}

const SELECT: &str = "SELECT a.user_id, a.invited_by, a.asked_at, i.username AS inviter FROM operator_approvals a \
    LEFT JOIN users i ON i.id = a.invited_by";

/// Has an invitation wait.
pub async fn insert(tx: &Tx, user: UserId, invited_by: UserId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO operator_approvals (user_id, invited_by, asked_at) VALUES ($1, $2, $3)";
    tx.exec(sql, params![user, invited_by, now]).await.map(drop)
}

/// The invitation of this person, if it waits.
pub async fn of_user(run: &impl Run, user: UserId) -> Result<Option<Waiting>, StoreError> {
    run.one(&format!("{SELECT} WHERE a.user_id = $1"), params![user]).await
}

/// All of a tenant, oldest first: there are few.
pub async fn of_tenant(run: &impl Run, tenant: TenantId) -> Result<Vec<Waiting>, StoreError> {
    let sql = format!(
        "{SELECT} JOIN users u ON u.id = a.user_id WHERE u.tenant_id = $1 ORDER BY a.asked_at, a.user_id"
    );
    run.all(&sql, params![tenant]).await
}

/// Ends the waiting: true for exactly one caller.
pub async fn take(tx: &Tx, user: UserId) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM operator_approvals WHERE user_id = $1", params![user]).await? == 1)
}
