//! Counters of failures.

use std::sync::atomic::{AtomicUsize, Ordering};

use twinlock_core::throttle::Failures;
use twinlock_store::throttles::{self, Counter};

use crate::world::{RUNNERS, World};

fn counter(key: &str, failures: Failures) -> Counter {
    Counter { key: key.into(), failures }
}

async fn count(world: &World, key: &str) -> Option<u32> {
    let read = throttles::read(world.store(), &[key]).await.unwrap();
    read.first().map(|counter| counter.failures.count)
}

/// One more failure under this key.
async fn fail(world: &World, key: &str) {
    let add = async |tx: &_| {
        let held = throttles::hold(tx, &[key], world.now()).await?;
        let failures = Failures { count: held[0].failures.count + 1, ..held[0].failures };
        throttles::write(tx, &[counter(key, failures)], world.now()).await
    };
    world.write(add).await;
}

#[tokio::test]
async fn counters_begin_at_zero_and_keep_what_is_written() {
    let world = World::new().await;
    assert!(throttles::read(world.store(), &["a", "b"]).await.unwrap().is_empty());
    let failures = Failures { count: 7, window_start: world.now(), blocked_until: world.after(30) };
    let write = async |tx: &_| {
        let held = throttles::hold(tx, &["b", "a", "b"], world.now()).await?;
        assert_eq!(held.iter().map(|c| c.failures).collect::<Vec<_>>(), [Failures::default(); 2]);
        throttles::write(tx, &[counter("a", failures)], world.now()).await
    };
    world.write(write).await;
    let mut read = throttles::read(world.store(), &["a", "b", "c"]).await.unwrap();
    read.sort_by(|one, other| one.key.cmp(&other.key));
    let read: Vec<_> = read.iter().map(|c| (c.key.as_str(), c.failures)).collect();
    assert_eq!(read, [("a", failures), ("b", Failures::default())]);
    let held = world.write(async |tx| throttles::hold(tx, &["a"], world.now()).await).await;
    assert_eq!(held[0].failures, failures);
}

/// attacks.md row 6: failures at the same time are all counted, whatever order the keys come in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_failure_is_lost_when_many_come_at_once() {
    let world = World::new().await;
    let now = world.now();
    let turn = AtomicUsize::new(0);
    let counted = world
        .race(async move |tx| {
            let even = turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            let keys = if even { ["account", "address"] } else { ["address", "account"] };
            let held = throttles::hold(tx, &keys, now).await?;
            let more = |f: Failures| Failures { count: f.count + 1, ..f };
            let counted: Vec<_> = held.iter().map(|held| counter(&held.key, more(held.failures))).collect();
            throttles::write(tx, &counted, now).await?;
            Ok(true)
        })
        .await;
    assert_eq!(counted, RUNNERS);
    for key in ["account", "address"] {
        assert_eq!(count(&world, key).await, Some(20));
    }
}

/// A database whose language does not sort by bytes must not change what a prefix is.
#[tokio::test]
async fn clearing_a_prefix_clears_all_of_it_and_nothing_else() {
    let world = World::new().await;
    let inside =
        ["login:acme:", "login:acme:alice", "login:acme:ärger", "login:acme:~", "login:acme:\u{1f511}"];
    let outside =
        ["login:acme", "login:acme2:alice", "LOGIN:ACME:alice", "login:acm", "login:acme;", "login"];
    for key in inside.iter().chain(&outside) {
        fail(&world, key).await;
    }
    world.write(async |tx| throttles::clear_prefix(tx, "login:acme:").await).await;
    for key in inside {
        assert_eq!(count(&world, key).await, None, "{key}");
    }
    for key in outside {
        assert_eq!(count(&world, key).await, Some(1), "{key}");
    }
}

#[tokio::test]
async fn only_counters_that_rested_are_forgotten() {
    let world = World::new().await;
    fail(&world, "old").await;
    fail(&world, "busy").await;
    world.clock.advance_secs(60);
    fail(&world, "busy").await;
    let before = world.now();
    assert_eq!(world.write(async |tx| throttles::purge(tx, before).await).await, 1);
    assert_eq!((count(&world, "old").await, count(&world, "busy").await), (None, Some(2)));
}

/// What is kept for minutes only is forgotten by its own rule, and nothing else with it.
#[tokio::test]
async fn counters_of_one_prefix_are_forgotten_by_a_rule_of_their_own() {
    let world = World::new().await;
    for key in ["again:1", "again:2", "agaim", "again;"] {
        fail(&world, key).await;
    }
    world.clock.advance_secs(60);
    fail(&world, "again:2").await;
    let before = world.now();
    assert_eq!(world.write(async |tx| throttles::purge_prefix(tx, "again:", before).await).await, 1);
    for (key, left) in [("again:1", None), ("again:2", Some(2)), ("agaim", Some(1)), ("again;", Some(1))] {
        assert_eq!(count(&world, key).await, left, "{key}");
    }
}
