//! Sets of recovery codes.

use twinlock_core::{factor::recovery::CodeFormat, ids::UserId};
use twinlock_store::{
    recovery::{self, CodeSet},
    users,
};

use crate::world::World;

/// Ten tags, a different ten for each `seed`.
fn tags(seed: u8) -> Vec<[u8; 32]> {
    (0..10).map(|number| [seed + number; 32]).collect()
}

/// A set of ten codes for this person, in place of the last.
pub async fn set(world: &World, user: UserId, seed: u8) -> CodeSet {
    let set = CodeSet {
        id: world.id(),
        user_id: user,
        salt: vec![seed; 16],
        params: "m=19456,t=2,p=1".into(),
        key_id: "k1".into(),
        format: CodeFormat::Long16,
        created_at: world.now(),
        saved_at: Some(world.now()),
    };
    world.write(async |tx| recovery::replace(tx, &set, &tags(seed)).await).await;
    set
}

async fn codes_left(world: &World, user: UserId) -> u32 {
    users::account(world.store(), user).await.unwrap().unwrap().factors.codes
}

#[tokio::test]
async fn a_set_is_read_as_it_was_written() {
    let (world, alice) = World::with_alice().await;
    assert!(recovery::of_user(world.store(), alice.id).await.unwrap().is_none());
    let written = set(&world, alice.id, 0).await;
    let read = recovery::of_user(world.store(), alice.id).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
    assert_eq!(codes_left(&world, alice.id).await, 10);
}

/// attacks.md row 36: one code raced by many is used once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_code_is_used_once() {
    let (world, alice) = World::with_alice().await;
    let (set, now) = (set(&world, alice.id, 0).await.id, world.now());
    let won = world.race(async move |tx| recovery::consume(tx, set, &[3; 32], now).await).await;
    assert_eq!(won, 1);
    assert_eq!(codes_left(&world, alice.id).await, 9);
}

/// attacks.md row 35: a code works once, in its own set only, and is known afterwards as used.
#[tokio::test]
async fn a_code_works_once_and_only_in_its_own_set() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let (of_alice, of_bob) = (set(&world, alice.id, 0).await.id, set(&world, bob.id, 50).await.id);
    let used =
        async |set| world.write(async |tx| recovery::consume(tx, set, &[0; 32], world.now()).await).await;
    assert!(!used(of_bob).await);
    assert!(used(of_alice).await);
    assert!(!used(of_alice).await);
    assert!(recovery::holds(world.store(), of_alice, &[0; 32]).await.unwrap());
    assert!(!recovery::holds(world.store(), of_bob, &[0; 32]).await.unwrap());
    assert_eq!((codes_left(&world, alice.id).await, codes_left(&world, bob.id).await), (9, 10));
}

/// attacks.md row 40: a new set voids the last one whole.
#[tokio::test]
async fn a_new_set_voids_the_last() {
    let (world, alice) = World::with_alice().await;
    let old = set(&world, alice.id, 0).await.id;
    let new = set(&world, alice.id, 50).await.id;
    assert_eq!(recovery::of_user(world.store(), alice.id).await.unwrap().unwrap().id, new);
    assert!(!world.write(async |tx| recovery::consume(tx, old, &[0; 32], world.now()).await).await);
    assert!(!world.write(async |tx| recovery::consume(tx, new, &[0; 32], world.now()).await).await);
    assert_eq!(world.number("SELECT count(*) AS n FROM recovery_codes").await, 10);
}

#[tokio::test]
async fn removing_a_set_removes_its_codes_and_nothing_of_others() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    set(&world, alice.id, 0).await;
    set(&world, bob.id, 0).await;
    world.write(async |tx| recovery::remove_all(tx, alice.id).await).await;
    assert!(recovery::of_user(world.store(), alice.id).await.unwrap().is_none());
    assert_eq!((codes_left(&world, alice.id).await, codes_left(&world, bob.id).await), (0, 10));
    assert_eq!(world.number("SELECT count(*) AS n FROM recovery_codes").await, 10);
}
