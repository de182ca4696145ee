//! The schema and its versions.

use twinlock_core::clock::Day;
use twinlock_store::{
    MigrationState, Store, StoreError, enrollment_days, meta, migrate, migration_state, recovery, sessions,
    users,
};
use twinlock_testkit::TestDatabase;

use crate::world::World;

async fn state(store: &Store) -> MigrationState {
    migration_state(store).await.unwrap()
}

async fn sql(store: &Store, sql: &str) {
    use twinlock_store::Run as _;
    store.exec(sql, vec![]).await.unwrap();
}

#[tokio::test]
async fn a_new_database_is_empty_until_it_is_migrated() {
    let database = TestDatabase::unmigrated().await;
    assert_eq!(state(database.store()).await, MigrationState::Empty);
    for _ in 0..2 {
        migrate(database.store()).await.unwrap();
        assert_eq!(state(database.store()).await, MigrationState::Current);
    }
    assert_eq!(meta::get(database.store(), "anything").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_migrate_once() {
    let database = TestDatabase::unmigrated().await;
    let (one, other) = (database.connect().await, database.connect().await);
    let (first, second) = tokio::join!(migrate(&one), migrate(&other));
    first.unwrap();
    second.unwrap();
    assert_eq!(state(database.store()).await, MigrationState::Current);
}

/// attacks.md row 98: a migration that fails half-way leaves nothing, and can be repeated.
#[tokio::test]
async fn a_migration_is_applied_whole_or_not_at_all() {
    let database = TestDatabase::unmigrated().await;
    // In the way of the last table.
    sql(database.store(), "CREATE TABLE signing_keys (n INTEGER)").await;
    assert!(migrate(database.store()).await.is_err());
    assert_eq!(state(database.store()).await, MigrationState::Empty);
    sql(database.store(), "DROP TABLE signing_keys").await;
    migrate(database.store()).await.unwrap();
    assert_eq!(state(database.store()).await, MigrationState::Current);
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let world = World::new().await;
    let count = async || world.number("SELECT count(*) AS n FROM schema_migrations").await;
    let known = count().await;
    let newer = "INSERT INTO schema_migrations (version, applied_at) VALUES ('9999_from_the_future', 0)";
    world.sql(newer).await;
    assert_eq!(state(world.store()).await, MigrationState::Newer);
    let answer = migrate(world.store()).await;
    assert!(matches!(answer, Err(StoreError::Unsupported(_))));
    assert_eq!(count().await, known + 1);
}

#[tokio::test]
async fn a_schema_without_any_migration_is_empty() {
    let world = World::new().await;
    world.sql("DELETE FROM schema_migrations").await;
    assert_eq!(state(world.store()).await, MigrationState::Empty);
}

/// The table of recovery codes is made anew by a migration: what was used stays used, and the rest can be used.
#[tokio::test]
async fn recovery_codes_outlive_the_migration_that_moves_them() {
    let (world, alice) = World::with_alice().await;
    let set = crate::recovery::set(&world, alice.id, 0).await.id;
    let used = async |tag: u8| {
        world.write(async |tx| recovery::consume(tx, set, &[tag; 32], world.now()).await).await
    };
    assert!(used(3).await);
    world.sql("DELETE FROM schema_migrations WHERE version = '0009_codes_in_one_tree'").await;
    assert_eq!(state(world.store()).await, MigrationState::Behind);
    migrate(world.store()).await.unwrap();
    assert!(recovery::holds(world.store(), set, &[3; 32]).await.unwrap());
    assert!(!used(3).await && used(4).await);
    let codes = "SELECT count(*) AS n FROM recovery_codes";
    assert_eq!(world.number(codes).await, 10);
    world.write(async |tx| recovery::remove_all(tx, alice.id).await).await;
    assert_eq!(world.number(codes).await, 0, "they go with their set");
}

/// A session may have gathered tokens: the newest of them goes on, and other sessions as they were.
#[tokio::test]
async fn of_a_sessions_tokens_the_newest_outlives_the_migration() {
    let (world, alice) = World::with_alice().await;
    world.sql("DELETE FROM schema_migrations WHERE version = '0015_one_live_token'").await;
    world.sql("DROP INDEX session_tokens_one_live").await;
    world.sql("ALTER TABLE session_tokens DROP COLUMN ends_at").await;
    let mut kept = vec![];
    for tokens in 1..4 {
        let id = crate::sessions::session(&world, alice.id).await.id;
        let mut newest = None;
        for _ in 0..tokens {
            world.clock.advance_secs(1);
            newest = Some(crate::sessions::token(&world, id, None).await);
        }
        kept.extend(newest);
    }
    migrate(world.store()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) AS n FROM session_tokens").await, 3);
    for token in kept {
        assert!(sessions::token_by_id(world.store(), token).await.unwrap().is_some());
    }
}

/// Codes of before anybody was asked whether they are saved count as saved: nobody is sent to renew what lies in a drawer.
#[tokio::test]
async fn sets_of_codes_from_before_the_question_count_as_saved() {
    let (world, alice) = World::with_alice().await;
    let made_at = crate::recovery::set(&world, alice.id, 0).await.created_at;
    world.sql("DELETE FROM schema_migrations WHERE version = '0010_tries_and_saved_codes'").await;
    for (table, column) in [
        ("users", "key_failures"),
        ("pending_logins", "tries"),
        ("totp_candidates", "told_steps"),
        ("recovery_sets", "saved_at"),
        ("security_keys", "discovered_at"),
    ] {
        world.sql(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await;
    }
    world.sql("DROP TABLE shown_codes").await;
    world.clock.advance_secs(86_400);
    assert_eq!(state(world.store()).await, MigrationState::Behind);
    migrate(world.store()).await.unwrap();
    // Connections from before know the columns of before.
    let node = world.database.connect().await;
    let kept = recovery::of_user(&node, alice.id).await.unwrap().unwrap();
    assert_eq!(kept.saved_at, Some(made_at));
    let factors = users::account(&node, alice.id).await.unwrap().unwrap().factors;
    assert!(factors.codes_saved && factors.codes == 10);
}

/// Who was in the middle of setting up a second lock goes on, and the days on record stay.
#[tokio::test]
async fn the_older_spelling_is_taken_over() {
    let (world, alice) = World::with_alice().await;
    crate::sessions::session(&world, alice.id).await;
    world.write(async |tx| enrollment_days::write(tx, Day(20_000)).await).await;
    world.sql("DELETE FROM schema_migrations WHERE version = '0019_one_spelling'").await;
    world.sql("ALTER TABLE enrollment_days RENAME TO enrolment_days").await;
    world.sql("DROP INDEX enrollment_days_by_day").await;
    world.sql("CREATE INDEX enrolment_days_by_day ON enrolment_days (day)").await;
    world.sql("UPDATE sessions SET purpose = 'enrolment'").await;
    assert_eq!(state(world.store()).await, MigrationState::Behind);
    migrate(world.store()).await.unwrap();
    assert!(enrollment_days::is_written(world.store(), Day(20_000)).await.unwrap());
    let sessions = "SELECT count(*) AS n FROM sessions WHERE purpose = 'enrollment'";
    assert_eq!(world.number(sessions).await, 1);
}
