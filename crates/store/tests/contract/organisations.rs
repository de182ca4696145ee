//! Tenants as operators see them.

use std::sync::Arc;

use twinlock_core::{clock::Timestamp, ids::TenantId, tenant::SYSTEM_SLUG};
use twinlock_store::{
    organisations::{self, Organisation},
    tenants,
};

use crate::world::World;

async fn of(world: &World, slug: &str) -> Organisation {
    organisations::by_slug(world.store(), slug).await.unwrap().expect("it is there")
}

/// A tenant that is to go in a minute.
async fn dying() -> (Arc<World>, TenantId, Timestamp) {
    let (world, alice) = World::with_alice().await;
    let (tenant, at) = (alice.tenant_id, world.after(60));
    assert!(world.write(async |tx| organisations::plan_deletion(tx, tenant, at).await).await);
    (world, tenant, at)
}

#[tokio::test]
async fn the_operators_own_tenant_is_never_among_them() {
    let world = World::new().await;
    let mut system = None;
    for slug in ["beta", SYSTEM_SLUG, "alpha"] {
        let made = world.tenant(slug).await.id;
        system = system.or((slug == SYSTEM_SLUG).then_some(made));
    }
    let listed = organisations::list(world.store(), "", 10).await.unwrap();
    assert_eq!(listed.iter().map(|found| found.slug.as_str()).collect::<Vec<_>>(), ["alpha", "beta"]);
    assert_eq!(organisations::list(world.store(), "alpha", 10).await.unwrap().len(), 1);
    assert!(organisations::by_slug(world.store(), SYSTEM_SLUG).await.unwrap().is_none());
    let (id, now) = (system.unwrap(), world.now());
    assert!(!world.write(async |tx| organisations::suspend(tx, id, now).await).await);
    assert!(!world.write(async |tx| organisations::plan_deletion(tx, id, now).await).await);
    assert!(!world.write(async |tx| organisations::remove(tx, id, now).await).await);
}

#[tokio::test]
async fn people_are_counted_without_reading_them() {
    let (world, alice) = World::with_alice().await;
    assert_eq!(of(&world, "acme").await.people, 1);
    let tenant = tenants::by_slug(world.store(), "acme").await.unwrap().unwrap();
    assert_eq!(tenant.id, alice.tenant_id);
    world.user(&tenant, "bob").await;
    assert_eq!(of(&world, "acme").await.people, 2);
}

#[tokio::test]
async fn suspended_is_suspended_once_and_resumed_once() {
    let (world, alice) = World::with_alice().await;
    let (tenant, now) = (alice.tenant_id, world.now());
    for first in [true, false] {
        assert_eq!(world.write(async |tx| organisations::suspend(tx, tenant, now).await).await, first);
    }
    assert_eq!(of(&world, "acme").await.suspended_at, Some(now));
    for first in [true, false] {
        assert_eq!(world.write(async |tx| organisations::resume(tx, tenant).await).await, first);
    }
}

#[tokio::test]
async fn what_is_to_go_is_kept_only_in_time() {
    let (world, tenant, at) = dying().await;
    let later = at.plus_secs(60);
    assert!(!world.write(async |tx| organisations::plan_deletion(tx, tenant, later).await).await);
    assert_eq!(of(&world, "acme").await.delete_at, Some(at));
    assert!(!world.write(async |tx| organisations::keep(tx, tenant, at).await).await);
    assert!(world.write(async |tx| organisations::keep(tx, tenant, at.plus_secs(-1)).await).await);
    assert_eq!(of(&world, "acme").await.delete_at, None);
}

#[tokio::test]
async fn nothing_goes_before_its_time() {
    let (world, tenant, at) = dying().await;
    let early = at.plus_secs(-1);
    assert!(organisations::due(world.store(), early).await.unwrap().is_none());
    assert!(!world.write(async |tx| organisations::remove(tx, tenant, early).await).await);
    assert_eq!(organisations::due(world.store(), at).await.unwrap().map(|due| due.id), Some(tenant));
    assert_eq!(world.write(async |tx| organisations::remove_people(tx, tenant, 10).await).await, 1);
    assert_eq!(world.write(async |tx| organisations::remove_people(tx, tenant, 10).await).await, 0);
    assert!(world.write(async |tx| organisations::remove(tx, tenant, at).await).await);
    assert!(organisations::by_slug(world.store(), "acme").await.unwrap().is_none());
}
