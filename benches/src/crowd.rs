//! As many people as an organisation may have, made in a minute.
//!
//! The database makes them itself, one statement for each table: nothing but numbers goes to it. They are what the
//! product would have made, down to the audit log, and a test compares the two. Nobody but those of
//! [`Crowd::give_apps`] knows a secret.

mod sql;

use std::path::Path;

use twinlock_core::{
    clock::Clock,
    factor::totp::TotpSecret,
    ids::{TenantId, UserId},
};
use twinlock_store::{
    Run, Store, StoreError,
    row::{FromRow, Row},
    seal::{Purpose, Sealed},
    totp,
    users::User,
};
use uuid::Uuid;

use crate::database::{Database, Machine};

/// Of so many people …
const OF: usize = 20;
/// … the first few have no second factor.
const LACKING: usize = 3;

/// Larger crowds have no names.
pub const MOST: usize = sql::NAMES;

/// People `0`, `1`, … of one tenant, in the order in which they were made, a millisecond after each other.
pub struct Crowd {
    /// How many.
    pub people: usize,
    /// Their tenant.
    pub tenant: TenantId,
    /// When the first was made, in milliseconds since the epoch.
    first_at: i64,
    /// What stands for the secret of everybody's app; it opens nothing.
    secret: Sealed,
}

/// What rows of a crowd are told apart by: a part of their ids.
#[derive(Clone, Copy)]
enum Kind {
    User,
    Factor,
    CodeSet,
    Event,
}

impl Crowd {
    /// Makes people in the tenant of `model` and with its password. Nobody else may have the database open.
    pub async fn make(data: &Path, tenant: &str, model: &str, people: usize) -> Self {
        let database = Database::open(data).await;
        let user = database.user(tenant, model).await;
        let crowd = Self::planned(&database, &user, people);
        database.close().await;
        let store = Store::connect(&format!("sqlite://{}", data.join("twinlock.db").display()), 1).await;
        let store = store.expect("the database");
        for pragma in sql::IN_HASTE {
            store.exec(pragma, vec![]).await.expect("a setting");
        }
        crowd.fill(&store, &user).await;
        store.close().await.expect("an orderly end");
        crowd
    }

    fn planned(database: &Database, model: &User, people: usize) -> Self {
        let secret = TotpSecret::generate(&Machine);
        let secret = database.keyring.seal(Purpose::TotpSecret, Uuid::nil(), secret.expose(), &Machine);
        let before = i64::try_from(people).expect("a number of people");
        Self {
            people,
            tenant: model.tenant_id,
            first_at: Machine.now().millis() - before,
            secret: secret.expect("a seal"),
        }
    }

    /// Indexes are made when all rows are there: sorting is quicker than finding a place for each.
    async fn fill(&self, store: &Store, model: &User) {
        let indexes: Vec<Index> = store.all(sql::INDEXES, vec![]).await.expect("the indexes");
        let drops = indexes.iter().map(|index| format!("DROP INDEX {}", index.name));
        let creates = indexes.iter().map(|index| index.sql.clone());
        for statement in drops.chain(sql::statements(self, model)).chain(creates) {
            store.exec(&statement, vec![]).await.expect("it is done");
        }
    }

    /// The name somebody signs in with. Neighbours by number are no neighbours by name.
    pub fn username(number: usize) -> String {
        format!("person{:07}", number * sql::STRIDE % sql::NAMES)
    }

    /// Somebody's id.
    pub fn user(&self, number: usize) -> UserId {
        UserId(self.id(Kind::User, number))
    }

    fn id(&self, kind: Kind, number: usize) -> Uuid {
        let millis = i128::from(self.first_at) + i128::try_from(number).expect("a number");
        let millis = u128::try_from(millis).expect("a time after 1970");
        Uuid::from_u128(millis << 80 | 0x7 << 76 | (kind as u128) << 64 | 0x8 << 60 | number as u128)
    }

    /// So many of those with a second factor, spread over everybody.
    pub fn enrolled(&self, count: usize) -> Vec<usize> {
        let each = OF - LACKING;
        let all = (0..self.people).filter(|number| number % OF >= LACKING).count();
        spread(all, count, 0).map(|nth| nth / each * OF + LACKING + nth % each).collect()
    }

    /// So many of those without, spread over everybody; others for each `turn` where there are others.
    pub fn lacking(&self, count: usize, turn: usize) -> Vec<usize> {
        let all = (0..self.people).filter(|number| number % OF < LACKING).count();
        spread(all, count, turn).map(|nth| nth / LACKING * OF + nth % LACKING).collect()
    }

    /// Gives people an app that works in place of the one that does not.
    pub async fn give_apps(&self, database: &Database, numbers: &[usize]) -> Vec<TotpSecret> {
        let tx = database.begin().await;
        let mut secrets = Vec::new();
        for number in numbers {
            let (secret, id) = (TotpSecret::generate(&Machine), self.id(Kind::Factor, *number));
            let sealed = database.keyring.seal(Purpose::TotpSecret, id, secret.expose(), &Machine);
            let sealed = sealed.expect("a seal");
            assert!(totp::reseal(&tx, id, &self.secret, &sealed).await.expect("an answer"), "no app");
            secrets.push(secret);
        }
        tx.commit().await.expect("a commit");
        secrets
    }
}

/// An index and the statement that makes it.
struct Index {
    name: String,
    sql: String,
}

impl FromRow for Index {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { name: row.text("name")?, sql: row.text("sql")? })
    }
}

/// `count` of `all` places, as far from each other as they can be, moved on by `turn`.
fn spread(all: usize, count: usize, turn: usize) -> impl Iterator<Item = usize> {
    assert!(count <= all, "{count} of {all} people");
    (0..count).map(move |nth| (nth * all / count + turn) % all)
}

#[cfg(test)]
mod tests;
