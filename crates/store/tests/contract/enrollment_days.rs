//! Enrollment over time.

use std::ops::Range;

use twinlock_core::{
    clock::Day,
    factor::kinds::{Kind, Kinds},
    ids::TenantId,
};
use twinlock_store::{enrollment_days, user_counts};

use crate::{security_keys::registered, totp::factor, world::World};

const DAY: Day = Day(20_000);

async fn write(world: &World, day: Day) -> bool {
    world.write(async |tx| enrollment_days::write(tx, day).await).await
}

/// Day, people, enrolled.
async fn history(world: &World, tenant: TenantId, allowed: Kinds, span: Range<Day>) -> Vec<(i64, u64, u64)> {
    let found = enrollment_days::of_tenant(world.store(), tenant, allowed, span).await.unwrap();
    found.into_iter().map(|day| (day.day.0, day.people, day.enrolled)).collect()
}

#[tokio::test]
async fn a_day_is_what_everybody_was_and_stays_so() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    for name in ["olga", "otto"] {
        world.user(&other, name).await;
    }
    let all = Day(0)..DAY.plus(9);
    let alices = async |allowed| history(&world, alice.tenant_id, allowed, all.clone()).await;
    assert_eq!(alices(Kinds::ALL).await, []);
    assert!(!enrollment_days::is_written(world.store(), DAY).await.unwrap());
    assert!(write(&world, DAY).await && !write(&world, DAY).await);
    assert!(enrollment_days::is_written(world.store(), DAY).await.unwrap());

    factor(&world, alice.id, b"one").await;
    world.write(async |tx| user_counts::refresh(tx, alice.id).await).await;
    assert!(!write(&world, DAY).await && write(&world, DAY.plus(1)).await);
    registered(&world, alice.id, b"blue").await;
    world.write(async |tx| user_counts::refresh(tx, alice.id).await).await;
    assert!(write(&world, DAY.plus(2)).await);

    assert_eq!(alices(Kinds::ALL).await, [(20_000, 1, 0), (20_001, 1, 1), (20_002, 1, 1)]);
    // By what counts now, not by what counted then.
    let keys = Kinds::NONE.with(Kind::Webauthn);
    assert_eq!(alices(keys).await, [(20_000, 1, 0), (20_001, 1, 0), (20_002, 1, 1)]);
    assert_eq!(alices(Kinds::NONE).await, [(20_000, 1, 0), (20_001, 1, 0), (20_002, 1, 0)]);
    assert_eq!(history(&world, other.id, Kinds::ALL, DAY..DAY.plus(1)).await, [(20_000, 2, 0)]);
}

/// Several nodes look at the same minute.
#[tokio::test]
async fn raced_by_many_nodes_a_day_is_written_once() {
    let (world, alice) = World::with_alice().await;
    assert_eq!(world.race(async |tx| enrollment_days::write(tx, DAY).await).await, 1);
    assert_eq!(history(&world, alice.tenant_id, Kinds::ALL, DAY..DAY.plus(1)).await, [(20_000, 1, 0)]);
}

#[tokio::test]
async fn days_that_are_too_old_are_forgotten() {
    let (world, alice) = World::with_alice().await;
    for day in -9..=1 {
        write(&world, DAY.plus(day)).await;
    }
    world.write(async |tx| enrollment_days::forget(tx, DAY.plus(-1), DAY).await).await;
    let left = history(&world, alice.tenant_id, Kinds::ALL, Day(0)..DAY.plus(9)).await;
    // What is to come was written by a clock that was ahead; it comes.
    assert_eq!(left, [(19_999, 1, 0), (20_000, 1, 0), (20_001, 1, 0)]);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_erases_nothing() {
    let (world, alice) = World::with_alice().await;
    write(&world, DAY).await;
    let all = Day(0)..DAY.plus(2000);
    for ahead in 1000..1007 {
        write(&world, DAY.plus(ahead)).await;
        let forget = async |tx: &_| enrollment_days::forget(tx, DAY.plus(ahead - 399), DAY.plus(ahead)).await;
        world.write(forget).await;
    }
    assert_eq!(history(&world, alice.tenant_id, Kinds::ALL, all.clone()).await.len(), 8);
    let forget = async |tx: &_| enrollment_days::forget(tx, DAY.plus(608), DAY.plus(1007)).await;
    world.write(forget).await;
    assert_eq!(history(&world, alice.tenant_id, Kinds::ALL, all.clone()).await.len(), 7, "it was no jump");
}
