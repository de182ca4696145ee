//! A new epoch: whatever was alive ends (after a restore from a backup).

use twinlock_core::clock::Timestamp;

use crate::{
    Run, StoreError, Tx,
    row::{FromRow, Row, params},
    sessions::short_lived::{self, End, Of},
    totp,
};

/// Ends every session and everything half-finished, and counts every authenticator code up to `step` as
/// used; answers how many sessions were alive.
pub async fn begin(tx: &Tx, now: Timestamp, step: i64) -> Result<u64, StoreError> {
    let ended = short_lived::end(tx, Of::Everybody, End::Restore, now).await?;
    totp::burn_steps(tx, step).await?;
    Ok(ended)
}

struct Person(String, String);

impl FromRow for Person {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.text("slug")?, row.text("username")?))
    }
}

/// Tenant and user name of people who have unused recovery codes, at most `limit`.
pub async fn people_with_codes(run: &impl Run, limit: usize) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT t.slug, u.username FROM users u JOIN tenants t ON t.id = u.tenant_id \
               WHERE EXISTS (SELECT 1 FROM recovery_sets s JOIN recovery_codes c ON c.set_id = s.id \
               WHERE s.user_id = u.id AND c.used_at IS NULL) ORDER BY t.slug, u.username LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let people: Vec<Person> = run.all(sql, params![limit]).await?;
    Ok(people.into_iter().map(|person| (person.0, person.1)).collect())
}
