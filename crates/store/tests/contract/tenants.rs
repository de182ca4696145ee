//! Tenants and their settings.

use twinlock_core::tenant::{SYSTEM_SLUG, Settings};
use twinlock_store::{
    StoreError,
    tenants::{self, Tenant},
};

use crate::world::World;

#[tokio::test]
async fn a_tenant_is_read_as_it_was_written() {
    let world = World::new().await;
    assert!(!tenants::any(world.store()).await.unwrap());
    let written = world.tenant("acme").await;
    assert!(tenants::any(world.store()).await.unwrap());
    let read = tenants::by_slug(world.store(), "acme").await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
    let held = world.write(async |tx| tenants::hold(tx, written.id).await).await.unwrap();
    assert_eq!(format!("{held:?}"), format!("{written:?}"));
    assert!(tenants::by_slug(world.store(), "ACME").await.unwrap().is_none());
    assert!(world.write(async |tx| tenants::hold(tx, world.id()).await).await.is_none());
}

#[tokio::test]
async fn a_slug_is_taken_once() {
    let world = World::new().await;
    let first = world.tenant("acme").await;
    let second = Tenant { id: world.id(), ..first };
    let answer = world.try_write(async |tx| tenants::insert(tx, &second).await).await;
    assert!(matches!(answer, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn tenants_are_listed_by_slug_without_the_reserved_one() {
    let world = World::new().await;
    for slug in ["beta", SYSTEM_SLUG, "alpha", "gamma"] {
        world.tenant(slug).await;
    }
    let slugs = async |limit| {
        let list = tenants::list(world.store(), limit).await.unwrap();
        list.into_iter().map(|tenant| tenant.slug).collect::<Vec<_>>()
    };
    assert_eq!(slugs(10).await, ["alpha", "beta", "gamma"]);
    assert_eq!(slugs(2).await, ["alpha", "beta"]);
}

#[tokio::test]
async fn settings_written_over_an_older_version_are_refused() {
    let world = World::new().await;
    let (acme, other) = (world.tenant("acme").await, world.tenant("other").await);
    let settings = |password_min_length| Settings { password_min_length, ..Settings::default() };
    let update = async |length, version| {
        world.write(async |tx| tenants::update_settings(tx, acme.id, &settings(length), version).await).await
    };
    assert!(update(14, 1).await);
    assert!(!update(16, 1).await);
    assert!(!update(16, 3).await);
    let read = tenants::by_slug(world.store(), "acme").await.unwrap().unwrap();
    assert_eq!((read.settings, read.version), (settings(14), 2));
    let untouched = tenants::by_slug(world.store(), "other").await.unwrap().unwrap();
    assert_eq!(format!("{untouched:?}"), format!("{other:?}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_change_the_same_version_one_wins() {
    let world = World::new().await;
    let id = world.tenant("acme").await.id;
    let update = async move |tx: &_| tenants::update_settings(tx, id, &Settings::default(), 1).await;
    assert_eq!(world.race(update).await, 1);
}
