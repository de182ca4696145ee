//! A database with people in it, and the ways in which the tests act on it.

use std::{rc::Rc, sync::Arc};

use tokio::task::{JoinSet, LocalSet};
use twinlock_core::{
    clock::{Clock as _, Timestamp},
    enrollment::Enrollment,
    ids::new_uuid,
    tenant::Settings,
    throttle::Failures,
    user::{Role, Status},
};
use twinlock_store::{
    Run as _, Store, StoreError, Tx,
    row::{FromRow, Row},
    seal::{Keyring, Purpose, Tag},
    tenants::{self, Tenant},
    users::{self, User},
};
use twinlock_testkit::{FakeClock, SeededEntropy, TestDatabase};
use uuid::Uuid;

/// How many try at once in a race.
pub const RUNNERS: usize = 20;

/// A database, and everything needed to fill it.
pub struct World {
    pub database: TestDatabase,
    pub clock: FakeClock,
    pub entropy: SeededEntropy,
    pub keys: Keyring,
}

impl World {
    /// An empty database.
    pub async fn new() -> Arc<Self> {
        Arc::new(Self {
            database: TestDatabase::new().await,
            clock: FakeClock::new(),
            entropy: SeededEntropy::new(1),
            keys: Keyring::new("k1", [7; 32]),
        })
    }

    /// A database with one person, in the tenant `acme`.
    pub async fn with_alice() -> (Arc<Self>, User) {
        let world = Self::new().await;
        let tenant = world.tenant("acme").await;
        let alice = world.user(&tenant, "alice").await;
        (world, alice)
    }

    pub fn store(&self) -> &Store {
        self.database.store()
    }

    pub fn is_sqlite(&self) -> bool {
        self.store().is_sqlite()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Now and `secs` more.
    pub fn after(&self, secs: i64) -> Timestamp {
        self.now().plus_secs(secs)
    }

    /// A fresh id of any type.
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(new_uuid(self.now(), &self.entropy))
    }

    /// The keyed hash of a token.
    pub fn tag(&self, token: &str) -> Tag {
        self.keys.tag(Purpose::Token, token.as_bytes()).unwrap()
    }

    /// One transaction, committed when `act` went well.
    pub async fn try_write<T>(
        &self,
        act: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        write_to(self.store(), act).await
    }

    /// One transaction that goes well.
    pub async fn write<T>(&self, act: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>) -> T {
        self.try_write(act).await.unwrap()
    }

    /// A statement that no function of the store has.
    pub async fn sql(&self, sql: &str) {
        self.store().exec(sql, vec![]).await.unwrap();
    }

    /// The number that a statement answers as column `n`.
    pub async fn number(&self, sql: &str) -> i64 {
        self.store().one::<Number>(sql, vec![]).await.unwrap().unwrap().0
    }

    /// Runs `act` [`RUNNERS`] times at once, each in a transaction of its own, from two nodes. Answers
    /// how many were told that they were the one.
    pub async fn race(
        self: &Arc<Self>,
        act: impl AsyncFn(&Tx) -> Result<bool, StoreError> + 'static,
    ) -> usize {
        let nodes = [self.store().clone(), self.database.connect().await];
        let act = Rc::new(act);
        let run = async {
            let mut runners = JoinSet::new();
            for number in 0..RUNNERS {
                let (node, act) = (nodes[number % nodes.len()].clone(), Rc::clone(&act));
                runners.spawn_local(async move { write_to(&node, async |tx| act(tx).await).await });
            }
            runners.join_all().await
        };
        let answers = LocalSet::new().run_until(run).await;
        answers.into_iter().filter(|answer| *answer.as_ref().unwrap()).count()
    }

    /// Waits until some transaction waits for a lock of another (PostgreSQL only).
    pub async fn until_somebody_waits(&self) {
        let sql = "SELECT count(*) AS n FROM pg_stat_activity \
                   WHERE application_name = current_setting('application_name') AND wait_event_type = 'Lock'";
        for _ in 0..10_000 {
            if self.number(sql).await > 0 {
                return;
            }
        }
        panic!("nobody waits");
    }

    /// A tenant.
    pub async fn tenant(&self, slug: &str) -> Tenant {
        let tenant = Tenant {
            id: self.id(),
            slug: slug.into(),
            name: slug.to_uppercase(),
            settings: Settings::default(),
            version: 1,
            suspended_at: None,
            created_at: self.now(),
        };
        self.write(async |tx| tenants::insert(tx, &tenant).await).await;
        tenant
    }

    /// An account that is not stored yet, without an address.
    pub fn draft(&self, tenant: &Tenant, username: &str) -> User {
        User {
            id: self.id(),
            tenant_id: tenant.id,
            username: username.into(),
            email: None,
            email_changed_at: None,
            earlier_email: None,
            display_name: username.to_uppercase(),
            role: Role::Member,
            status: Status::Active,
            password_hash: Some("hash".into()),
            password_given_at: None,
            typed: Failures::default(),
            key_failures: 0,
            limited_until: None,
            enrollment: Enrollment::default(),
            preferred: None,
            mfa_deadline: None,
            reminded_at: None,
            browser_generation: 0,
            created_at: self.now(),
            last_sign_in_at: None,
        }
    }

    /// An account with the address `<username>@example.org`.
    pub async fn user(&self, tenant: &Tenant, username: &str) -> User {
        let email = Some(format!("{username}@example.org"));
        let user = User { email, ..self.draft(tenant, username) };
        self.write(async |tx| users::insert(tx, &user).await).await;
        user
    }
}

/// One transaction on any store, committed when `act` went well.
pub async fn write_to<T>(
    store: &Store,
    act: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let tx = store.begin().await?;
    let answer = act(&tx).await?;
    tx.commit().await?;
    Ok(answer)
}

struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.int("n")?))
    }
}
