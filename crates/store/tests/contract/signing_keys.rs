//! Keys that sign tokens.

use twinlock_store::{
    meta::{self, VaultKey},
    seal::{Purpose, Sealed},
    signing_keys::{self, SigningAlgorithm, SigningKey},
};
use uuid::Uuid;

use crate::world::World;

/// A key made now that takes over.
async fn rotate(world: &World) -> SigningKey {
    rotate_of(world, SigningAlgorithm::EdDsa).await
}

async fn rotate_of(world: &World, algorithm: SigningAlgorithm) -> SigningKey {
    let id: Uuid = world.id();
    let sealed = world.keys.seal(Purpose::SigningKey, id, b"private", &world.entropy).unwrap();
    let key = SigningKey { id, algorithm, sealed, created_at: world.now(), retired_at: None };
    world.write(async |tx| signing_keys::rotate(tx, &key).await).await;
    key
}

async fn all(world: &World) -> Vec<SigningKey> {
    signing_keys::all(world.store()).await.unwrap()
}

#[tokio::test]
async fn a_new_key_retires_the_last_one_and_leaves_older_ones_alone() {
    let world = World::new().await;
    let first = rotate(&world).await;
    assert_eq!(format!("{:?}", all(&world).await), format!("{:?}", [&first]));
    world.clock.advance_secs(60);
    let second = rotate(&world).await;
    world.clock.advance_secs(60);
    let third = rotate(&world).await;
    let expected = [
        SigningKey { retired_at: Some(second.created_at), ..first },
        SigningKey { retired_at: Some(third.created_at), ..second },
        third,
    ];
    assert_eq!(format!("{:?}", all(&world).await), format!("{expected:?}"));
}

#[tokio::test]
async fn a_new_key_retires_none_of_another_algorithm() {
    let world = World::new().await;
    let first = rotate(&world).await;
    world.clock.advance_secs(60);
    let other = rotate_of(&world, SigningAlgorithm::Es256).await;
    world.clock.advance_secs(60);
    let second = rotate(&world).await;
    let expected = [SigningKey { retired_at: Some(second.created_at), ..first }, other, second];
    assert_eq!(format!("{:?}", all(&world).await), format!("{expected:?}"));
}

/// attacks.md row 47: a key stays until nothing it signed can be alive, then it verifies nothing.
#[tokio::test]
async fn only_keys_retired_long_ago_are_forgotten() {
    let world = World::new().await;
    rotate(&world).await;
    world.clock.advance_secs(60);
    let second = rotate(&world).await;
    let purge = async |before| world.write(async |tx| signing_keys::purge(tx, before).await).await;
    assert_eq!(purge(world.now()).await, 0);
    assert_eq!(purge(world.after(1)).await, 1);
    assert_eq!(all(&world).await.iter().map(|key| key.id).collect::<Vec<_>>(), [second.id]);
}

#[tokio::test]
async fn a_key_is_resealed_once_and_frees_the_master_key() {
    let world = World::new().await;
    let master = VaultKey { id: "k1".into(), check_tag: vec![1], created_at: world.now() };
    world.write(async |tx| meta::add_vault_key(tx, &master).await).await;
    let key = rotate(&world).await;
    let retire = async || world.write(async |tx| meta::retire_vault_key(tx, "k1").await).await;
    assert!(!retire().await);
    let new = Sealed { key_id: "k2".into(), bytes: vec![2; 40] };
    let reseal = async || world.write(async |tx| signing_keys::reseal(tx, &key, &new).await).await;
    assert!(reseal().await);
    assert!(!reseal().await);
    assert_eq!(all(&world).await[0].sealed, new);
    assert!(retire().await);
}
