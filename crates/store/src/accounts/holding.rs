//! Holding people until the end of a transaction, in the order of [`crate::locks`].

use twinlock_core::ids::{TenantId, UserId};

use super::{Account, account};
use crate::{
    Run as _, StoreError, Tx,
    row::{Found, params},
};

/// The account with this id, its row held until the end of the transaction: everything that reads a
/// person's factors or counters in order to change them begins here.
///
/// The lock comes first, in a statement of its own: PostgreSQL would otherwise count the factors as
/// they were before it waited for the lock.
pub async fn hold(tx: &Tx, id: UserId) -> Result<Option<Account>, StoreError> {
    lock(tx, id).await?;
    account(tx, id).await
}

/// Holds a person whose account is not looked at.
pub async fn lock(tx: &Tx, id: UserId) -> Result<(), StoreError> {
    let clause = tx.for_update("users");
    if !clause.is_empty() {
        let sql = format!("SELECT 1 AS n FROM users WHERE id = $1{clause}");
        let _held: Option<Found> = tx.one(&sql, params![id]).await?;
    }
    Ok(())
}

/// Holds everybody of a tenant that is held: for an act that changes what is theirs.
pub async fn lock_all(tx: &Tx, tenant: TenantId) -> Result<(), StoreError> {
    let clause = tx.for_update("users");
    if !clause.is_empty() {
        // Counted, so that no row leaves the database.
        let sql = format!(
            "SELECT count(*) AS n FROM \
             (SELECT id FROM users WHERE tenant_id = $1 ORDER BY id{clause}) AS everybody"
        );
        let _held: Option<Found> = tx.one(&sql, params![tenant]).await?;
    }
    Ok(())
}
