//! What a transaction holds, and in which order.
//!
//! On PostgreSQL two transactions that wait for each other cost one of them its work. Nobody waits in a circle as
//! long as everybody takes what they need in one order, and skips what they do not need:
//!
//! 1. an advisory lock (`Tx::lock`);
//! 2. the tenant ([`crate::tenants::hold`], [`crate::organisations::hold`]): an act on somebody else, on a name that
//!    people sign in with, or on the tenant as a whole. One tenant a transaction;
//! 3. counters of failures ([`crate::throttles`]), in the order of their keys;
//! 4. people ([`crate::users::hold`], [`crate::users::lock`]). Several of one tenant only with the tenant held, all of
//!    them ([`crate::users::lock_all`]) in the order of their ids. An operator comes after the tenant they act on;
//! 5. what is one person's (half-finished logins, sessions and their tokens, factors, codes, challenges and their
//!    ration, links), only with the person held;
//! 6. numbers of a tenant ([`crate::user_counts`]), in the order of the kinds, and login names;
//! 7. budgets of mails ([`crate::mail_budgets`]): tenant, administrator, account, address;
//! 8. rows that are only added: audit events, mails.
//!
//! People and tenants are held `FOR NO KEY UPDATE`: whoever adds a row that refers to them takes a share of the key
//! (a foreign key's check does), and needs to wait only where they are deleted. So that setting a column does not
//! count as a change of the key, no unique index but the ids and names that never change may be whole: the others are
//! partial (`WHERE … IS NOT NULL`).
//!
//! Jobs that clear what is over take rows as they come and hold nobody. They leave out what somebody holds
//! (`Tx::not_held`): the next round finds it.
//!
//! SQLite's writers are alone, and it has no such clauses.

use sea_orm::DbBackend;

use crate::{Run as _, StoreError, Tx};

impl Tx {
    /// Waits until no other transaction holds this lock, and holds it until the end of this one. SQLite's
    /// writers are alone anyway.
    pub(crate) async fn lock(&self, lock: i64) -> Result<(), StoreError> {
        if self.backend() != DbBackend::Sqlite {
            self.exec("SELECT pg_advisory_xact_lock($1)", vec![lock.into()]).await?;
        }
        Ok(())
    }

    /// Appended to a SELECT to hold its rows until the end of the transaction: nobody else changes or deletes them,
    /// and rows that refer to them can still be added.
    pub(crate) fn for_update(&self, of: &str) -> String {
        self.on_postgres(&format!(" FOR NO KEY UPDATE OF {of}"))
    }

    /// Appended to a SELECT of rows to be deleted or changed that may wait: those that somebody holds are left out.
    pub(crate) fn not_held(&self) -> String {
        self.on_postgres(" FOR UPDATE SKIP LOCKED")
    }

    fn on_postgres(&self, clause: &str) -> String {
        if self.backend() == DbBackend::Sqlite { String::new() } else { clause.to_owned() }
    }

    /// Deletes what fits a condition and is held by nobody; answers how many rows.
    pub(crate) async fn clear(
        &self,
        table: &str,
        key: &str,
        condition: &str,
        params: Vec<sea_orm::Value>,
    ) -> Result<u64, StoreError> {
        let sql = format!(
            "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition}{})",
            self.not_held()
        );
        self.exec(&sql, params).await
    }
}
