//! Pending logins.

use twinlock_core::{
    assurance::{Method, Proof, Proofs},
    ids::UserId,
    throttle::Failures,
};
use twinlock_store::{
    logins::{self, PendingLogin},
    seal::{Keyring, Purpose},
    sessions::short_lived::{self, End, Of},
    users,
};

use crate::{
    recovery,
    short_lived::{end_of, purge},
    totp,
    world::World,
};

/// A login of this person under this token.
pub async fn pending(world: &World, user: UserId, token: &str) -> PendingLogin {
    let login = PendingLogin {
        id: world.id(),
        user_id: user,
        browser_hash: Some(vec![1; 32]),
        proofs: Proofs::default().with(Proof::new(Method::Password, world.now())),
        created_at: world.now(),
        expires_at: world.after(600),
    };
    let tag = world.tag(token);
    world.write(async |tx| logins::insert(tx, &login, &tag).await).await;
    login
}

#[tokio::test]
async fn a_login_is_found_by_its_token_with_its_account() {
    let (world, alice) = World::with_alice().await;
    let written = pending(&world, alice.id, "token").await;
    let found = logins::find(world.store(), &[world.tag("token")]).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", found.login), format!("{written:?}"));
    assert_eq!(found.account.user.username, "alice");
    assert_eq!(found.account.tenant.slug, "acme");
    assert!(logins::find(world.store(), &[world.tag("other")]).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_hashed_before_a_rotation_is_still_found() {
    let (world, alice) = World::with_alice().await;
    let login = pending(&world, alice.id, "token").await;
    let rotated = Keyring::new("k2", [8; 32]);
    rotated.add("k1", [7; 32]);
    let tags = rotated.tags(Purpose::Token, b"token").unwrap();
    let held = world.write(async |tx| logins::hold(tx, &tags).await).await.unwrap();
    assert_eq!(held.0.login.id, login.id);
}

#[tokio::test]
async fn holding_a_login_brings_the_account_and_all_its_apps() {
    let (world, alice) = World::with_alice().await;
    pending(&world, alice.id, "token").await;
    let hold_it = async || {
        let tags = [world.tag("token")];
        world.write(async |tx| logins::hold(tx, &tags).await).await.unwrap()
    };
    assert!(hold_it().await.1.is_empty());
    let first = totp::factor(&world, alice.id, b"one").await;
    world.clock.advance_secs(1);
    let second = totp::factor(&world, alice.id, b"two").await;
    recovery::set(&world, alice.id, 0).await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    totp::factor(&world, bob.id, b"of bob").await;
    let (held, apps) = hold_it().await;
    assert_eq!(format!("{apps:?}"), format!("{:?}", [first, second]));
    assert_eq!((held.account.factors.apps, held.account.factors.codes), (2, 10));
    let none = world.write(async |tx| logins::hold(tx, &[world.tag("other")]).await).await;
    assert!(none.is_none());
}

/// attacks.md row 18: one pending login raced by many is finished once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_login_is_finished_once() {
    let (world, alice) = World::with_alice().await;
    let (id, now) = (pending(&world, alice.id, "token").await.id, world.now());
    assert_eq!(world.race(async move |tx| logins::consume(tx, id, now).await).await, 1);
    assert!(logins::find(world.store(), &[world.tag("token")]).await.unwrap().is_none());
}

/// Only its own browser learns that a login was finished, and only until it would have ended.
#[tokio::test]
async fn a_finished_login_is_remembered_for_its_browser() {
    let (world, alice) = World::with_alice().await;
    let (token, given_up) =
        (pending(&world, alice.id, "token").await.id, pending(&world, alice.id, "up").await.id);
    let was_used = async |token: &str, browser: u8| {
        logins::was_used(world.store(), &[world.tag(token)], &[browser; 32]).await.unwrap()
    };
    assert!(!was_used("token", 1).await);
    assert!(world.write(async |tx| logins::consume(tx, token, world.now()).await).await);
    world.write(async |tx| logins::remove(tx, given_up).await).await;
    // Nor does it matter that the person's other ones ended meanwhile.
    end_of(&world, alice.id, End::Change).await;
    assert!(was_used("token", 1).await);
    assert!(!was_used("token", 2).await && !was_used("up", 1).await && !was_used("other", 1).await);
    purge(&world, "pending_logins", world.after(601)).await;
    assert!(!was_used("token", 1).await);
}

/// attacks.md row 18: whoever waited while a login was used up finds none, not what it was before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waited_for_a_login_that_was_used_up_finds_none() {
    let (world, alice) = World::with_alice().await;
    totp::factor(&world, alice.id, b"secret").await;
    pending(&world, alice.id, "token").await;
    let tags = [world.tag("token")];
    let first = world.store().begin().await.unwrap();
    let (held, _) = logins::hold(&first, &tags).await.unwrap().unwrap();
    let second = async { world.write(async |tx| logins::hold(tx, &tags).await).await };
    let use_up = async {
        if !world.is_sqlite() {
            world.until_somebody_waits().await;
        }
        assert!(logins::consume(&first, held.login.id, world.now()).await.unwrap());
        first.commit().await.unwrap();
    };
    let (found, ()) = tokio::join!(second, use_up);
    assert!(found.is_none());
}

/// Whoever holds the account may end its logins while another waits to use one: no deadlock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_account_is_held_before_its_login() {
    let (world, alice) = World::with_alice().await;
    pending(&world, alice.id, "token").await;
    let tags = [world.tag("token")];
    let first = world.store().begin().await.unwrap();
    users::hold(&first, alice.id).await.unwrap();
    let second = async { world.write(async |tx| logins::hold(tx, &tags).await).await };
    let end_all = async {
        if !world.is_sqlite() {
            world.until_somebody_waits().await;
        }
        let of = Of::Person { user: alice.id, keep: None };
        short_lived::end(&first, of, End::Change, world.now()).await.unwrap();
        first.commit().await.unwrap();
    };
    let (found, ()) = tokio::join!(second, end_all);
    assert!(found.is_none());
}

/// attacks.md row 6: wrong codes at the same time through several logins are all counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wrong_code_is_lost_when_many_come_at_once() {
    let (world, alice) = World::with_alice().await;
    for number in 0..3 {
        pending(&world, alice.id, &number.to_string()).await;
    }
    let tags: Vec<_> = (0..3).map(|number| world.tag(&number.to_string())).collect();
    let counted = world
        .race(async move |tx| {
            let (held, _) = logins::hold(tx, &tags[..1]).await?.unwrap();
            let count = held.account.user.typed.count + 1;
            users::set_typed_failures(tx, alice.id, Failures { count, ..Failures::default() }).await?;
            Ok(true)
        })
        .await;
    let account = users::account(world.store(), alice.id).await.unwrap().unwrap();
    assert_eq!(usize::try_from(account.user.typed.count).unwrap(), counted);
}

#[tokio::test]
async fn ending_the_logins_of_a_person_leaves_those_of_others() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    for (user, token) in [(alice.id, "a1"), (alice.id, "a2"), (bob.id, "b")] {
        pending(&world, user, token).await;
    }
    end_of(&world, alice.id, End::SignOutEverywhere).await;
    for ended in ["a1", "a2"] {
        assert!(logins::find(world.store(), &[world.tag(ended)]).await.unwrap().is_none());
    }
    assert!(logins::find(world.store(), &[world.tag("b")]).await.unwrap().is_some());
}

#[tokio::test]
async fn only_logins_that_ended_are_forgotten() {
    let (world, alice) = World::with_alice().await;
    pending(&world, alice.id, "early").await;
    world.clock.advance_secs(300);
    pending(&world, alice.id, "late").await;
    let at_the_end = world.after(300);
    assert_eq!(purge(&world, "pending_logins", at_the_end).await, 0);
    assert_eq!(purge(&world, "pending_logins", at_the_end.plus_secs(1)).await, 1);
    assert!(logins::find(world.store(), &[world.tag("late")]).await.unwrap().is_some());
}
