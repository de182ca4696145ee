//! A PostgreSQL that goes away and comes back, perhaps as another one.

use twinlock_store::{
    Run, Store, StoreError, Tx, meta,
    row::{FromRow, Row},
    was_undone,
};

use super::world::World;

struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.int("n").map(Self)
    }
}

/// Fills a pool: so many connections were in use at the same time, and have come back.
async fn fill(store: &Store, connections: usize) {
    let mut held: Vec<Tx> = vec![];
    for _ in 0..connections {
        held.push(store.begin().await.unwrap());
    }
    for tx in held {
        tx.commit().await.unwrap();
    }
}

async fn number(run: &impl Run, sql: &str) -> Result<i64, StoreError> {
    Ok(run.one::<Number>(sql, vec![]).await?.unwrap().0)
}

/// Ends every other connection of a test, and waits until they are gone.
async fn end_others(admin: &Tx) {
    let others = "FROM pg_stat_activity WHERE application_name = current_setting('application_name') \
                  AND pid <> pg_backend_pid()";
    number(admin, &format!("SELECT count(pg_terminate_backend(pid)) AS n {others}")).await.unwrap();
    while number(admin, &format!("SELECT count(*) AS n {others}")).await.unwrap() > 0 {
        admin.exec("SELECT pg_stat_clear_snapshot()", vec![]).await.unwrap();
        tokio::task::yield_now().await;
    }
}

async fn write(store: &Store, value: &str) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    meta::set(&tx, "failover", value).await?;
    tx.commit().await
}

#[tokio::test]
async fn connections_that_died_in_the_pool_cost_nobody_an_answer() {
    let world = World::new().await;
    if world.is_sqlite() {
        return;
    }
    let node = world.database.connect().await;
    for round in ["read", "write", "ping"] {
        fill(&node, 4).await;
        let admin = world.database.connect().await;
        let tx = admin.begin().await.unwrap();
        end_others(&tx).await;
        tx.commit().await.unwrap();
        match round {
            "read" => assert_eq!(number(&node, "SELECT 1::bigint AS n").await.unwrap(), 1),
            "write" => write(&node, round).await.unwrap(),
            _ => node.ping().await.unwrap(),
        }
        write(&node, "after").await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_loses_its_connection_may_be_tried_again() {
    let world = World::new().await;
    if world.is_sqlite() {
        return;
    }
    let node = world.database.connect().await;
    let under_way = node.begin().await.unwrap();
    meta::set(&under_way, "failover", "lost").await.unwrap();
    let admin = world.database.connect().await;
    let tx = admin.begin().await.unwrap();
    end_others(&tx).await;
    tx.commit().await.unwrap();
    let error = meta::set(&under_way, "failover", "lost").await.unwrap_err();
    assert!(was_undone(&error) && error.is_unavailable(), "{error}");
    write(&node, "kept").await.unwrap();
    assert_eq!(meta::get(&node, "failover").await.unwrap().as_deref(), Some("kept"));
}

/// The server that answers only reads until it is another one. Connections from before would never find out.
#[tokio::test]
async fn connections_to_a_server_that_only_reads_lose_their_place() {
    let world = World::new().await;
    if world.is_sqlite() {
        return;
    }
    // A role of the test's own: its connections are what connections to a standby are.
    let admin = world.database.connect().await;
    let role = format!("role_{}", number(&admin, "SELECT pg_backend_pid()::bigint AS n").await.unwrap());
    for sql in [
        format!("CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'failover'"),
        format!("ALTER ROLE {role} SET default_transaction_read_only = on"),
    ] {
        admin.exec(&sql, vec![]).await.unwrap();
    }
    let (_, place) = world.database.url().split_once('@').unwrap();
    let url = format!("postgres://{role}:failover@{place}");
    let node = Store::connect(&url, 5).await.unwrap();
    assert!(Store::probe(&url).await.is_err());
    fill(&node, 4).await;
    let error = write(&node, "refused").await.unwrap_err();
    assert!(was_undone(&error) && error.is_unavailable(), "{error}");
    assert!(!node.is_writable().await.unwrap());
    // Reading goes on, and fills the pool anew.
    assert!(meta::get(&node, "failover").await.unwrap().is_none());
    fill(&node, 4).await;
    // Another node has asked for nothing meanwhile but what the server answers.
    let other = Store::connect(&url, 5).await.unwrap();
    fill(&other, 4).await;
    admin.exec(&format!("ALTER ROLE {role} SET default_transaction_read_only = off"), vec![]).await.unwrap();
    write(&node, "kept").await.unwrap();
    assert!(was_undone(&write(&other, "refused").await.unwrap_err()));
    for _ in 0..6 {
        write(&other, "kept").await.unwrap();
    }
    other.close().await.unwrap();
    assert!(node.is_writable().await.unwrap());
    fill(&node, 5).await;
    write(&node, "kept").await.unwrap();
    Store::probe(&url).await.unwrap();
    node.close().await.unwrap();
    admin.exec(&format!("DROP ROLE {role}"), vec![]).await.unwrap();
}

#[tokio::test]
async fn a_database_that_does_is_not_refused() {
    let world = World::new().await;
    Store::probe(world.database.url()).await.unwrap();
}

/// A pooler in between keeps prepared statements by their text, beyond an upgrade that changed the tables.
#[tokio::test]
async fn statements_say_which_schema_they_were_written_for() {
    let world = World::new().await;
    if world.is_sqlite() {
        return;
    }
    let node = world.database.connect().await;
    let tx = node.begin().await.unwrap();
    let named = format!("%/* {} */", twinlock_store::newest_migration());
    let own = format!("SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE '{named}'");
    assert_eq!(number(&tx, &own).await.unwrap(), 1);
}
