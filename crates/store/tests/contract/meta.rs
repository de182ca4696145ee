//! Facts about the database, and the master keys it names.

use twinlock_store::{
    meta::{self, VaultKey},
    outbox,
    seal::Sealed,
};

use crate::{recovery, totp, world::World};

#[tokio::test]
async fn a_fact_can_be_set_and_changed() {
    let world = World::new().await;
    assert_eq!(meta::get(world.store(), "issuer").await.unwrap(), None);
    for value in ["one", "two"] {
        world.write(async |tx| meta::set(tx, "issuer", value).await).await;
        assert_eq!(meta::get(world.store(), "issuer").await.unwrap().as_deref(), Some(value));
    }
}

/// attacks.md row 34: of many who set the server up at once, one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_fact_is_set_once() {
    let world = World::new().await;
    assert_eq!(world.race(async |tx| meta::set_once(tx, "setup", "done").await).await, 1);
    assert!(!world.write(async |tx| meta::set_once(tx, "setup", "again").await).await);
    assert_eq!(meta::get(world.store(), "setup").await.unwrap().as_deref(), Some("done"));
}

fn key(world: &World, id: &str) -> VaultKey {
    VaultKey { id: id.into(), check_tag: vec![1, 2, 3], created_at: world.now() }
}

#[tokio::test]
async fn master_keys_are_listed_newest_last_and_recorded_once() {
    let world = World::new().await;
    let (first, second) = (key(&world, "z"), VaultKey { created_at: world.after(1), ..key(&world, "a") });
    for new in [&second, &first] {
        assert!(world.write(async |tx| meta::add_vault_key(tx, new).await).await);
    }
    assert!(!world.write(async |tx| meta::add_vault_key(tx, &first).await).await);
    let read = meta::vault_keys(world.store()).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", [first, second]));
}

#[tokio::test]
async fn a_master_key_stays_as_long_as_a_row_names_it() {
    let (world, alice) = World::with_alice().await;
    world.write(async |tx| meta::add_vault_key(tx, &key(&world, "k1")).await).await;
    let retire = async || world.write(async |tx| meta::retire_vault_key(tx, "k1").await).await;
    totp::factor(&world, alice.id, b"secret").await;
    assert!(!retire().await);
    world.write(async |tx| twinlock_store::totp::remove_all(tx, alice.id).await).await;
    recovery::set(&world, alice.id, 0).await;
    assert!(!retire().await);
    world.write(async |tx| twinlock_store::recovery::remove_all(tx, alice.id).await).await;
    let (mail, sealed) = (world.id(), Sealed { key_id: "k1".into(), bytes: vec![1] });
    world
        .write(async |tx| {
            outbox::push(tx, mail, &sealed, outbox::Turn { due: world.now(), bulk: false }, world.now()).await
        })
        .await;
    assert!(!retire().await);
    world.write(async |tx| outbox::delivered(tx, mail).await).await;
    assert!(retire().await);
    assert!(!retire().await);
    assert!(meta::vault_keys(world.store()).await.unwrap().is_empty());
}
