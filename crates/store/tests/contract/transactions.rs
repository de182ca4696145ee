//! Connections, transactions and their errors.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{Layer, layer::SubscriberExt as _};
use twinlock_store::{Run as _, Store, StoreError, meta, users};
use twinlock_testkit::TestDatabase;

use crate::world::{World, write_to};

/// attacks.md row 98: a use case that ends early leaves nothing and blocks nobody.
#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let world = World::new().await;
    for _ in 0..8 {
        let tx = world.store().begin().await.unwrap();
        meta::set(&tx, "fact", "lost").await.unwrap();
        assert_eq!(meta::get(&tx, "fact").await.unwrap().as_deref(), Some("lost"));
        drop(tx);
    }
    assert_eq!(meta::get(world.store(), "fact").await.unwrap(), None);
    world.write(async |tx| meta::set(tx, "fact", "kept").await).await;
    assert_eq!(meta::get(world.store(), "fact").await.unwrap().as_deref(), Some("kept"));
}

#[tokio::test]
async fn nobody_else_sees_a_transaction_before_its_commit() {
    let world = World::new().await;
    let tx = world.store().begin().await.unwrap();
    meta::set(&tx, "fact", "soon").await.unwrap();
    assert_eq!(meta::get(world.store(), "fact").await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(meta::get(world.store(), "fact").await.unwrap().as_deref(), Some("soon"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_do_not_wait_for_a_writer() {
    let world = World::new().await;
    let tx = world.store().begin().await.unwrap();
    meta::set(&tx, "fact", "soon").await.unwrap();
    for _ in 0..20 {
        meta::get(world.store(), "fact").await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_row_that_points_nowhere_is_refused() {
    let world = World::new().await;
    let tenant = twinlock_store::tenants::Tenant { id: world.id(), ..world.tenant("acme").await };
    let orphan = world.draft(&tenant, "orphan");
    let answer = world.try_write(async |tx| users::insert(tx, &orphan).await).await;
    assert!(matches!(answer, Err(StoreError::Database(_))));
}

#[tokio::test]
async fn statements_are_counted() {
    let world = World::new().await;
    let before = world.store().statements();
    meta::get(world.store(), "fact").await.unwrap();
    world.write(async |tx| meta::set(tx, "fact", "x").await).await;
    assert_eq!(world.store().statements() - before, 2);
}

#[tokio::test]
async fn a_store_answers_until_it_is_closed() {
    let world = World::new().await;
    world.store().ping().await.unwrap();
    world.store().clone().close().await.unwrap();
    for answer in [world.store().ping().await, meta::get(world.store(), "fact").await.map(drop)] {
        assert!(answer.unwrap_err().is_unavailable());
    }
    assert!(world.store().begin().await.err().unwrap().is_unavailable());
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_unavailable() {
    let database = TestDatabase::unmigrated().await;
    let url = database.url().replace("/twinlock", "/nowhere/twinlock");
    assert!(Store::connect(&url, 1).await.err().unwrap().is_unavailable());
}

/// attacks.md row 98: a database that another process holds is away, not broken.
#[tokio::test]
async fn a_busy_database_is_unavailable_for_the_moment() {
    let world = World::new().await;
    let impatient = Store::connect(world.database.url(), 1).await.unwrap();
    let patience = if world.is_sqlite() { "PRAGMA busy_timeout = 0" } else { "SET lock_timeout = 1" };
    impatient.exec(patience, vec![]).await.unwrap();
    let holder = world.store().begin().await.unwrap();
    meta::set(&holder, "fact", "mine").await.unwrap();
    let waiting = write_to(&impatient, async |tx| meta::set(tx, "fact", "yours").await).await;
    assert!(waiting.unwrap_err().is_unavailable());
    holder.commit().await.unwrap();
    write_to(&impatient, async |tx| meta::set(tx, "fact", "yours").await).await.unwrap();
}

#[tokio::test]
async fn connections_that_were_cut_are_unavailable_and_then_replaced() {
    let world = World::new().await;
    if world.is_sqlite() {
        return;
    }
    let cut = "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity \
               WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()";
    let other = world.database.connect().await;
    world.store().ping().await.unwrap();
    other.exec(cut, vec![]).await.unwrap();
    // As many failures as there were connections, at most.
    let mut failures = 0;
    while let Err(error) = meta::get(world.store(), "fact").await {
        assert!(error.is_unavailable(), "{error}");
        failures += 1;
        assert!(failures <= 5);
    }
}

#[tokio::test]
async fn a_wrong_statement_is_not_a_matter_of_time() {
    let world = World::new().await;
    let wrong = world.store().exec("SELECT nothing FROM nowhere", vec![]).await.unwrap_err();
    assert!(!wrong.is_unavailable());
    assert!(!StoreError::Conflict.is_unavailable());
}

/// Everything that is traced, spans and events with all their fields.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl<S: tracing::Subscriber> Layer<S> for Everything {
    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        writeln!(self.0.lock().unwrap(), "{span:?}").unwrap();
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        writeln!(self.0.lock().unwrap(), "{event:?}").unwrap();
    }
}

/// attacks.md row 94: at the finest level neither the database's password nor a value is traced.
#[tokio::test]
async fn no_password_and_no_value_is_traced() {
    use tracing::instrument::WithSubscriber as _;

    let database = TestDatabase::new().await;
    let everything = Everything::default();
    let work = async {
        let store = Store::connect(database.url(), 1).await.unwrap();
        write_to(&store, async |tx| meta::set(tx, "fact", "canary-value").await).await.unwrap();
        let unreachable = Store::connect("postgres://u:canary-password@localhost:1/x?sslmode=wrong", 1);
        assert!(unreachable.await.is_err());
    };
    work.with_subscriber(tracing_subscriber::registry().with(everything.clone())).await;
    let traced = everything.0.lock().unwrap();
    assert!(traced.contains("INSERT INTO meta"));
    assert!(!traced.contains("canary"));
}
