//! Who has no second factor that counts, as the database finds them and as the rule decides.

use twinlock_core::{
    clock::Timestamp,
    factor::kinds::{Kind, Kinds},
    ids::UserId,
    policy::{self, Obligation, Person},
    tenant::Settings,
    user::Status,
};
use twinlock_store::{
    Run as _,
    lacking::{self, Tally, Terms},
    tenants::Tenant,
    users::{self, User},
};

use crate::world::World;

const DAY: i64 = 86_400;
const GRACE_DAYS: u32 = 7;

/// Somebody of every sort: made before, at and after the start; with each set of kinds; with and without a
/// deadline of their own; of each status.
async fn everybody(world: &World, tenant: &Tenant, start: Timestamp) -> Vec<(User, Kinds)> {
    let mut people = vec![];
    for made in [-1, 0, 1] {
        for deadline in [None, Some(-1), Some(0), Some(3), Some(8)] {
            for kinds in Kinds::every_set() {
                for status in [Status::Active, Status::Invited, Status::Suspended] {
                    let mfa_deadline = deadline.map(|days| start.plus_secs(days * DAY));
                    let user = world.draft(tenant, &format!("nr{}", people.len()));
                    let created_at = start.plus_secs(made);
                    people.push((User { created_at, status, mfa_deadline, ..user }, kinds));
                }
            }
        }
    }
    world
        .write(async |tx| {
            for (user, kinds) in &people {
                users::insert(tx, user).await?;
                users::set_mfa_deadline(tx, user.id, user.mfa_deadline).await?;
                let sql = format!(
                    "UPDATE users SET factor_kinds = {} WHERE username = '{}'",
                    kinds.bits(),
                    user.username
                );
                tx.exec(&sql, vec![]).await?;
            }
            Ok(())
        })
        .await;
    people
}

/// What the rule says of each of them who is counted.
fn obligations(
    people: &[(User, Kinds)],
    settings: &Settings,
    terms: &Terms,
    now: Timestamp,
) -> Vec<(UserId, Obligation)> {
    let counted = people.iter().filter(|(user, _)| user.status == Status::Active);
    let of = |(user, kinds): &(User, Kinds)| {
        let deadline = user.mfa_deadline.filter(|_| terms.own_deadlines);
        let person = Person { role: user.role, created_at: user.created_at, kinds: *kinds, deadline };
        (user.id, policy::obligation(settings, &person, now))
    };
    counted.map(of).filter(|(_, owed)| *owed != Obligation::None).collect()
}

/// Numbers shown before a policy is saved are those that the rule then makes come true, person by person.
#[tokio::test]
async fn the_tally_is_what_the_rule_decides_for_each_person() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let elsewhere = world.tenant("other").await;
    world.user(&elsewhere, "bob").await;
    let start = world.now();
    let people = everybody(&world, &tenant, start).await;
    let kinds = [Kinds::ALL, Kinds::NONE.with(Kind::Totp), Kinds::NONE.with(Kind::Webauthn)];
    for mfa_allowed_methods in kinds {
        let settings = Settings {
            mfa_required: true,
            mfa_enforced_at: Some(start),
            mfa_grace_period_days: GRACE_DAYS,
            mfa_allowed_methods,
            ..Settings::default()
        };
        let grace_end = policy::grace_end(&settings, start);
        for own_deadlines in [true, false] {
            let terms = Terms { allowed: mfa_allowed_methods, enforced_at: start, grace_end, own_deadlines };
            for now in [
                start,
                start.plus_secs(3 * DAY - 1),
                start.plus_secs(3 * DAY),
                grace_end,
                grace_end.plus_secs(2 * DAY),
            ] {
                let owed = obligations(&people, &settings, &terms, now);
                let due = owed.iter().filter(|(_, owed)| owed.is_due_now()).count();
                let expected = Tally { blocked: due as u64, in_grace: (owed.len() - due) as u64 };
                let found = lacking::tally(world.store(), tenant.id, &terms, now).await.unwrap();
                assert_eq!(found, expected, "{terms:?} at {now}");
                assert!(found.blocked > 0);
            }
        }
    }
}

/// Whoever owes a factor is listed, once, in the order in which they were made, however long the pages are.
#[tokio::test]
async fn the_list_has_everybody_whom_the_tally_counts() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let people = everybody(&world, &tenant, world.now()).await;
    for allowed in [Kinds::ALL, Kinds::NONE.with(Kind::Totp), Kinds::NONE.with(Kind::Webauthn)] {
        let lacks =
            |(user, kinds): &&(User, Kinds)| user.status == Status::Active && kinds.and(allowed).is_empty();
        let mut expected: Vec<_> = people.iter().filter(lacks).map(|(user, _)| user.id).collect();
        expected.sort();
        for limit in [1, 7, 1000] {
            let mut found: Vec<UserId> = vec![];
            loop {
                let after = found.last().copied();
                let page = lacking::page(world.store(), tenant.id, allowed, after, limit).await.unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= limit as usize);
                found.extend(page.iter().map(|account| account.user.id));
            }
            assert_eq!(found, expected, "{allowed:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn people_without_an_address_are_counted_while_they_count() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let nora = world.draft(&tenant, "nora");
    let without = async || lacking::without_address(world.store(), tenant.id).await.unwrap();
    assert_eq!(without().await, 0);
    world.write(async |tx| users::insert(tx, &nora).await).await;
    assert_eq!(without().await, 1);
    world.write(async |tx| users::set_status(tx, &nora, Status::Suspended).await).await;
    assert_eq!(without().await, 0);
}

/// However many nodes remind at once, somebody gets one mail.
#[tokio::test]
async fn one_of_many_reminds() {
    let (world, alice) = World::with_alice().await;
    let (id, now, since) = (alice.id, world.now(), world.after(-DAY));
    assert_eq!(world.race(async move |tx| lacking::remind(tx, id, now, since).await).await, 1);
    let at = world.after(DAY);
    let again = async |since| world.write(async |tx| lacking::remind(tx, id, at, since).await).await;
    assert!(!again(now.plus_secs(-1)).await);
    assert!(again(now).await);
}
