//! How many people have which kinds of factors: kept by every change, and always what counting would find.

use std::{collections::BTreeMap, rc::Rc};

use twinlock_core::{
    factor::kinds::{Kind, Kinds},
    ids::{FactorId, TenantId},
    readiness::Verdict,
    user::Status,
};
use twinlock_store::{
    recovery as codes, security_keys, totp, user_counts,
    users::{self, User},
};

use crate::{recovery, security_keys::registered, totp::factor, world::World};

/// People and those at risk by kinds.
type Counts = BTreeMap<i64, (u64, u64)>;

/// The counts of a tenant that are not zero.
async fn counts(world: &World, tenant: TenantId) -> Counts {
    let found = user_counts::of_tenant(world.store(), tenant).await.unwrap();
    let found = found.into_iter().filter(|row| row.people > 0 || row.at_risk > 0);
    found.map(|row| (row.kinds.bits(), (row.people, row.at_risk))).collect()
}

/// The same, counted anew from people and factors.
async fn counted(world: &World, people: &[&User]) -> Counts {
    let mut found = Counts::new();
    for user in people {
        let Some(account) = users::account(world.store(), user.id).await.unwrap() else { continue };
        if account.user.status == Status::Active {
            let (people, at_risk) = found.entry(account.factors.kinds().bits()).or_default();
            *people += 1;
            *at_risk += u64::from(account.factors.holdings(|_| true).verdict() == Verdict::AtRisk);
        }
    }
    found
}

#[tokio::test]
async fn every_change_of_factors_people_and_statuses_is_counted() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let (bob, other) = (world.user(&tenant, "bob").await, world.tenant("other").await);
    let carol = world.user(&other, "carol").await;
    let people = [&alice, &bob];
    let check = async |expected: &[(Kinds, u64, u64)]| {
        let expected: Counts =
            expected.iter().map(|(kinds, people, risk)| (kinds.bits(), (*people, *risk))).collect();
        assert_eq!(counts(&world, tenant.id).await, expected);
        assert_eq!(counted(&world, &people).await, expected);
        assert_eq!(counts(&world, other.id).await, [(0, (1, 0))].into());
    };
    let (none, app, key) = (Kinds::NONE, Kinds::NONE.with(Kind::Totp), Kinds::NONE.with(Kind::Webauthn));
    check(&[(none, 2, 0)]).await;
    let first = factor(&world, alice.id, b"one").await;
    refresh(&world, &alice).await;
    check(&[(none, 1, 0), (app, 1, 1)]).await;
    let second = factor(&world, alice.id, b"two").await;
    let blue = registered(&world, alice.id, b"blue").await;
    refresh(&world, &alice).await;
    check(&[(none, 1, 0), (Kinds::ALL, 1, 0)]).await;
    remove(&world, &alice, first.id).await;
    check(&[(none, 1, 0), (Kinds::ALL, 1, 0)]).await;
    remove(&world, &alice, second.id).await;
    check(&[(none, 1, 0), (key, 1, 1)]).await;
    set_status(&world, &alice, Status::Suspended).await;
    check(&[(none, 1, 0)]).await;
    // Whoever is not counted may change, too, and counts as what they are when they come back.
    factor(&world, alice.id, b"three").await;
    world.write(async |tx| security_keys::remove(tx, alice.id, blue.id).await).await;
    refresh(&world, &alice).await;
    check(&[(none, 1, 0)]).await;
    // Who was only invited is counted apart.
    set_status(&world, &alice, Status::Invited).await;
    check(&[(none, 1, 0)]).await;
    set_status(&world, &alice, Status::Active).await;
    check(&[(none, 1, 0), (app, 1, 1)]).await;
    world.write(async |tx| users::remove(tx, &alice).await).await;
    check(&[(none, 1, 0)]).await;
    set_status(&world, &bob, Status::Suspended).await;
    world.write(async |tx| users::remove(tx, &bob).await).await;
    check(&[]).await;
    assert_eq!(counted(&world, &[&carol]).await, [(0, (1, 0))].into());
}

async fn remove(world: &World, user: &User, id: FactorId) {
    assert!(world.write(async |tx| totp::remove(tx, user.id, id).await).await);
    refresh(world, user).await;
}

/// Every use case that changes factors ends with this.
async fn refresh(world: &World, user: &User) {
    world.write(async |tx| user_counts::refresh(tx, user.id).await).await;
}

/// As every use case does: the row is held, and its status is the one it has.
async fn set_status(world: &World, user: &User, status: Status) {
    world
        .write(async |tx| {
            let held = users::hold(tx, user.id).await?.unwrap().user;
            users::set_status(tx, &held, status).await
        })
        .await;
}

/// The number of codes left decides as much as the factors do.
#[tokio::test]
async fn who_is_at_risk_follows_the_recovery_codes() {
    let (world, alice) = World::with_alice().await;
    factor(&world, alice.id, b"one").await;
    refresh(&world, &alice).await;
    let app = Kinds::NONE.with(Kind::Totp).bits();
    let check = async |at_risk| {
        refresh(&world, &alice).await;
        assert_eq!(counts(&world, alice.tenant_id).await, [(app, (1, at_risk))].into());
        assert_eq!(counted(&world, &[&alice]).await, [(app, (1, at_risk))].into());
    };
    check(1).await;
    let set = recovery::set(&world, alice.id, 0).await.id;
    check(0).await;
    for number in 0..8 {
        let used = async |tx: &_| codes::consume(tx, set, &[number; 32], world.now()).await;
        assert!(world.write(used).await);
        check(u64::from(number == 7)).await;
    }
    recovery::set(&world, alice.id, 20).await;
    check(0).await;
    world.write(async |tx| codes::remove_all(tx, alice.id).await).await;
    check(1).await;
}

/// Changes of one person and of many at once lose no count.
#[tokio::test]
async fn changes_that_meet_are_all_counted() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let bob = world.user(&tenant, "bob").await;
    for user in [&alice, &bob] {
        factor(&world, user.id, b"one").await;
        refresh(&world, user).await;
    }
    let people = Rc::new([alice.clone(), bob.clone()]);
    let of = Rc::clone(&people);
    let turn = std::cell::Cell::new(0_usize);
    world
        .race(async move |tx| {
            let number = turn.replace(turn.get() + 1);
            let held = users::hold(tx, of[number % 2].id).await?.unwrap();
            match number % 5 {
                0 => {
                    totp::remove_all(tx, held.user.id).await?;
                    user_counts::refresh(tx, held.user.id).await.map(|()| true)
                }
                1 => users::set_status(tx, &held.user, Status::Suspended).await.map(|()| true),
                2 => users::set_status(tx, &held.user, Status::Active).await.map(|()| true),
                _ => user_counts::refresh(tx, held.user.id).await.map(|()| true),
            }
        })
        .await;
    let people: Vec<_> = people.iter().collect();
    assert_eq!(counts(&world, tenant.id).await, counted(&world, &people).await);
}
