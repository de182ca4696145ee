//! What changes of an account: each function sets one thing. The row is held where it says so.

use twinlock_core::{
    assurance::Method,
    clock::Timestamp,
    enrollment::Enrollment,
    ids::{TenantId, UserId},
    throttle::Failures,
    user::Status,
};

use super::User;
use crate::{Run as _, Stale, StoreError, Tx, row::params, user_counts, user_search};

/// Sets the name shown to people.
pub async fn set_display_name(tx: &Tx, id: UserId, name: &str) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    tx.exec("UPDATE users SET display_name = $1 WHERE id = $2", params![name, id]).await?;
    user_search::reindex(tx, id).await
}

/// Sets the hash of a password that its owner chose.
pub async fn set_password(tx: &Tx, id: UserId, hash: &str) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    let sql = "UPDATE users SET password_hash = $1, password_given_at = NULL WHERE id = $2";
    tx.exec(sql, params![hash, id]).await.map(drop)
}

/// Stores a hash with newer parameters, unless the password was changed meanwhile.
pub async fn rehash(tx: &Tx, id: UserId, old: &str, new: &str) -> Result<(), StoreError> {
    let sql = "UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3";
    tx.exec(sql, params![new, id, old]).await.map(drop)
}

/// Sets whether the account may sign in; its row is held.
pub async fn set_status(tx: &Tx, held: &User, status: Status) -> Result<(), StoreError> {
    tx.stale(Stale::User(held.id));
    let sql = "UPDATE users SET status = $1 WHERE id = $2";
    tx.exec(sql, params![status.as_str(), held.id]).await?;
    user_counts::moved(tx, held.id, held.status, status).await
}

/// Sets a deadline of the person's own for enrolling a factor.
pub async fn set_mfa_deadline(tx: &Tx, id: UserId, deadline: Option<Timestamp>) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    tx.exec("UPDATE users SET mfa_deadline = $1 WHERE id = $2", params![deadline, id]).await.map(drop)
}

/// Forgets the deadlines that people of a tenant had of their own: a new start counts for all.
pub async fn clear_mfa_deadlines(tx: &Tx, tenant: TenantId) -> Result<u64, StoreError> {
    tx.stale(Stale::Tenant(tenant));
    let sql = "UPDATE users SET mfa_deadline = NULL WHERE tenant_id = $1 AND mfa_deadline IS NOT NULL";
    tx.exec(sql, params![tenant]).await
}

/// Records wrong typed codes and the wait they led to.
pub async fn set_typed_failures(tx: &Tx, id: UserId, failures: Failures) -> Result<(), StoreError> {
    let sql = "UPDATE users SET typed_failures = $1, typed_blocked_until = $2 WHERE id = $3";
    tx.exec(sql, params![failures.count, failures.blocked_until, id]).await.map(drop)
}

/// Records refused answers of the account's own keys.
pub async fn set_key_failures(tx: &Tx, id: UserId, failures: u32) -> Result<(), StoreError> {
    tx.exec("UPDATE users SET key_failures = $1 WHERE id = $2", params![failures, id]).await.map(drop)
}

/// Forgets every failure of a second factor.
pub async fn clear_failures(tx: &Tx, id: UserId) -> Result<(), StoreError> {
    let sql = "UPDATE users SET typed_failures = 0, typed_blocked_until = 0, key_failures = 0 WHERE id = $1";
    tx.exec(sql, params![id]).await.map(drop)
}

/// Records a complete sign-in. With `by_factor` the failed codes before it are forgiven.
pub async fn signed_in(tx: &Tx, id: UserId, now: Timestamp, by_factor: bool) -> Result<(), StoreError> {
    let forgiven = ", typed_failures = 0, typed_blocked_until = 0";
    let sql = format!(
        "UPDATE users SET last_sign_in_at = $1{} WHERE id = $2",
        if by_factor { forgiven } else { "" }
    );
    tx.exec(&sql, params![now, id]).await.map(drop)
}

/// Until when a new password or address needs a code sent by mail.
pub async fn set_limited_until(tx: &Tx, id: UserId, until: Timestamp) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    tx.exec("UPDATE users SET limited_until = $1 WHERE id = $2", params![until, id]).await.map(drop)
}

/// Sets what the first enrollment asks for, and what was given.
pub async fn set_enrollment(tx: &Tx, id: UserId, enrollment: Enrollment) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    let sql = "UPDATE users SET enrollment_proof = $1, enrollment_given_by = $2, enrollment_given_at = $3 \
               WHERE id = $4";
    let (by, at) = (enrollment.given.map(|given| given.by), enrollment.given.map(|given| given.at));
    tx.exec(sql, params![enrollment.proof.as_str(), by, at, id]).await.map(drop)
}

/// What the person wants to be asked first at sign-in.
pub async fn set_preferred(tx: &Tx, id: UserId, method: Option<Method>) -> Result<(), StoreError> {
    tx.stale(Stale::User(id));
    let sql = "UPDATE users SET preferred_method = $1 WHERE id = $2";
    tx.exec(sql, params![method.map(Method::as_str), id]).await.map(drop)
}
