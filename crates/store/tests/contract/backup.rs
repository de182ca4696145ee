//! Copies taken while the database is in use.

use std::path::Path;

use tokio::fs;
use twinlock_store::{MigrationState, Store, StoreError, backup, meta, migration_state};

use crate::world::{World, write_to};

async fn open(file: &Path) -> Store {
    Store::connect(&format!("sqlite://{}", file.display()), 1).await.unwrap()
}

/// attacks.md row 98: a copy taken between the writes of a busy server is whole, and holds what was
/// committed before and nothing of what is not committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_taken_while_somebody_writes_is_whole() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.db");
    if !world.is_sqlite() {
        let answer = backup::copy_to(world.store(), &file).await;
        assert!(matches!(answer, Err(StoreError::Unsupported(_))));
        return;
    }
    world.write(async |tx| meta::set(tx, "before", "yes").await).await;
    let busy = world.store().begin().await.unwrap();
    meta::set(&busy, "meanwhile", "yes").await.unwrap();
    let writer = world.store().clone();
    let writing = async {
        busy.commit().await.unwrap();
        for number in 0..50 {
            write_to(&writer, async |tx| meta::set(tx, &format!("n{number}"), "x").await).await.unwrap();
        }
    };
    // The copy begins while the transaction is open: it is polled first.
    let (copied, ()) = tokio::join!(backup::copy_to(world.store(), &file), writing);
    copied.unwrap();
    let copy = open(&file).await;
    assert!(backup::is_whole(&copy).await.unwrap());
    assert_eq!(migration_state(&copy).await.unwrap(), MigrationState::Current);
    assert_eq!(meta::get(&copy, "before").await.unwrap().as_deref(), Some("yes"));
    assert_eq!(meta::get(world.store(), "n49").await.unwrap().as_deref(), Some("x"));
}

#[tokio::test]
async fn a_copy_holds_nothing_uncommitted() {
    let world = World::new().await;
    if !world.is_sqlite() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.db");
    let open_transaction = world.store().begin().await.unwrap();
    meta::set(&open_transaction, "uncommitted", "yes").await.unwrap();
    backup::copy_to(world.store(), &file).await.unwrap();
    open_transaction.commit().await.unwrap();
    assert_eq!(meta::get(&open(&file).await, "uncommitted").await.unwrap(), None);
}

#[tokio::test]
async fn a_copy_never_overwrites() {
    let world = World::new().await;
    if !world.is_sqlite() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.db");
    fs::write(&file, b"something else").await.unwrap();
    assert!(backup::copy_to(world.store(), &file).await.is_err());
    assert_eq!(fs::read(&file).await.unwrap(), b"something else");
}

#[tokio::test]
async fn a_damaged_file_is_not_whole() {
    let world = World::new().await;
    if !world.is_sqlite() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.db");
    backup::copy_to(world.store(), &file).await.unwrap();
    let mut bytes = fs::read(&file).await.unwrap();
    let second_page = 4096..8192;
    bytes[second_page].fill(0xff);
    fs::write(&file, bytes).await.unwrap();
    assert!(!matches!(backup::is_whole(&open(&file).await).await, Ok(true)));
}
