//! Lists, counts and changes of people.

use twinlock_core::{
    clock::{Day, Timestamp},
    factor::kinds::{Kind, Kinds},
};
use twinlock_store::{
    enrollment_days, impact,
    lacking::{self, Terms, Turn, Unreminded},
    reach, user_counts,
};

use super::*;

/// However few fit among however many people, a page costs its own rows: one filter at a time has its index.
#[tokio::test]
async fn lists_of_people_page_by_index() {
    let world = crowd().await;
    let (store, tenant) = (world.store(), world.id());
    let mut filters = vec![people::Filter::default()];
    for role in [Role::Owner, Role::Helpdesk, Role::Member] {
        filters.push(people::Filter { role: Some(role), ..people::Filter::default() });
    }
    for status in [Status::Invited, Status::Active, Status::Suspended] {
        filters.push(people::Filter { status: Some(status), ..people::Filter::default() });
    }
    for mfa in [people::Mfa::Enrolled, people::Mfa::NotEnrolled, people::Mfa::AtRisk] {
        filters.push(people::Filter { mfa: Some(mfa), ..people::Filter::default() });
    }
    for filter in filters {
        for after in [None, Some(world.id())] {
            pages_by_index(&world, people::page(store, tenant, filter, after, 50)).await;
        }
        for after in [None, Some(people::Position { word: "maria".into(), user: world.id() })] {
            let search = people::Search { prefix: NameKey::of("mar").unwrap(), filter, after, words: 100 };
            pages_by_index(&world, people::search(store, tenant, &search, 50)).await;
        }
    }
    let names = [NameKey::of("maria").unwrap(), NameKey::of("mia").unwrap()];
    finds_by_index(&world, people::taken(store, tenant, &names)).await;
}

/// What an administrator sees of a policy costs ranges of an index, never everybody.
#[tokio::test]
async fn who_lacks_a_factor_is_found_by_index() {
    let world = crowd().await;
    let (store, tenant, now) = (world.store(), world.id(), world.now());
    pages_by_index(&world, user_counts::of_tenant(store, tenant)).await;
    finds_by_index(&world, lacking::without_address(store, tenant)).await;
    let part = impact::Part { tenant, after: None, limit: 50 };
    for allowed in [Kinds::ALL, Kinds::NONE.with(Kind::Webauthn)] {
        finds_by_index(&world, reach::of_tenant(store, tenant, allowed, now)).await;
        pages_by_index(&world, impact::without_factor(store, &part, allowed)).await;
    }
    pages_by_index(&world, impact::without_address(store, &part)).await;
    pages_by_index(&world, impact::with_sessions(store, &part, SessionId(uuid::Uuid::nil()), now)).await;
    for allowed in [Kinds::ALL, Kinds::NONE.with(Kind::Webauthn)] {
        for after in [None, Some(world.id())] {
            pages_by_index(&world, lacking::page(store, tenant, allowed, after, 50)).await;
        }
        for own_deadlines in [true, false] {
            let terms = Terms { allowed, enforced_at: now, grace_end: now, own_deadlines };
            finds_by_index(&world, lacking::tally(store, tenant, &terms, now)).await;
        }
        let (from, to) = (Timestamp::default(), now);
        for turn in [Turn::Tenants { enforced_at: now }, Turn::Own { from, to }] {
            let whom = Unreminded { tenant, allowed, turn, not_since: now };
            finds_by_index(&world, lacking::to_remind(store, &whom, Some(world.id()), 50)).await;
        }
    }
}

/// A year of days costs its own rows; a day is looked for once a minute.
#[tokio::test]
async fn enrollment_over_time_is_found_by_index() {
    let world = crowd().await;
    let (store, day) = (world.store(), Day(20_000));
    finds_by_index(&world, enrollment_days::is_written(store, day)).await;
    for allowed in [Kinds::ALL, Kinds::NONE] {
        let span = day.plus(-400)..day;
        pages_by_index(&world, enrollment_days::of_tenant(store, world.id(), allowed, span)).await;
    }
    let old = world.try_write(async |tx| enrollment_days::forget(tx, day, day).await);
    finds_by_index(&world, old).await;
}

#[tokio::test]
async fn changes_of_people_find_by_index() {
    let (world, alice) = World::with_alice().await;
    let write = world.try_write(async |tx| {
        lacking::remind(tx, alice.id, world.now(), world.now()).await?;
        user_counts::refresh(tx, alice.id).await?;
        people::set_role(tx, alice.id, Role::Admin).await?;
        people::set_names(tx, &alice).await?;
        users::has_other_owner(tx, &alice).await?;
        users::set_status(tx, &alice, Status::Suspended).await?;
        users::set_mfa_deadline(tx, alice.id, None).await?;
        users::clear_mfa_deadlines(tx, alice.tenant_id).await?;
        users::remove(tx, &alice).await
    });
    finds_by_index(&world, write).await;
}
