//! Mailed and printed links.

use twinlock_core::ids::UserId;
use twinlock_store::{
    links::{self, Link, LinkPurpose},
    sessions::short_lived::End,
};

use crate::{
    short_lived::{end_of, purge},
    world::World,
};

/// A link of an hour under this token.
pub async fn issue(world: &World, purpose: LinkPurpose, user: Option<UserId>, token: &str) -> Link {
    let link = Link {
        user_id: user,
        address: Some("alice@example.org".into()),
        expires_at: world.after(3600),
        used_at: None,
        used_by: None,
        browser_hash: None,
    };
    let tag = world.tag(token);
    world.write(async |tx| links::issue(tx, purpose, &tag, &link, world.now()).await).await;
    link
}

async fn consume(world: &World, purpose: LinkPurpose, token: &str) -> Option<Link> {
    let tags = [world.tag(token)];
    world.write(async |tx| links::consume(tx, purpose, &tags, world.now()).await).await
}

#[tokio::test]
async fn looking_at_a_link_does_not_use_it() {
    let (world, alice) = World::with_alice().await;
    let written = issue(&world, LinkPurpose::Invitation, Some(alice.id), "token").await;
    for _ in 0..2 {
        let tags = [world.tag("of another key"), world.tag("token")];
        let seen = links::peek(world.store(), LinkPurpose::Invitation, &tags).await.unwrap().unwrap();
        assert_eq!(format!("{seen:?}"), format!("{written:?}"));
    }
    assert!(consume(&world, LinkPurpose::Invitation, "token").await.is_some());
}

/// attacks.md row 32: one link raced by many is used once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_link_is_used_once() {
    let (world, alice) = World::with_alice().await;
    issue(&world, LinkPurpose::PasswordReset, Some(alice.id), "token").await;
    let (tags, now) = ([world.tag("token")], world.now());
    let won = world
        .race(async move |tx| Ok(links::consume(tx, LinkPurpose::PasswordReset, &tags, now).await?.is_some()))
        .await;
    assert_eq!(won, 1);
    let tags = [world.tag("token")];
    let used = links::peek(world.store(), LinkPurpose::PasswordReset, &tags).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(world.now()));
}

/// attacks.md row 32: a link is of no use for another purpose, nor from its last moment on.
#[tokio::test]
async fn a_link_serves_its_purpose_until_its_end() {
    let (world, alice) = World::with_alice().await;
    issue(&world, LinkPurpose::ConfirmEmail, Some(alice.id), "token").await;
    assert!(consume(&world, LinkPurpose::PasswordReset, "token").await.is_none());
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "other").await.is_none());
    world.clock.advance_secs(3600);
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "token").await.is_none());
    world.clock.advance_secs(-1);
    let used = consume(&world, LinkPurpose::ConfirmEmail, "token").await.unwrap();
    assert_eq!((used.user_id, used.address.as_deref()), (Some(alice.id), Some("alice@example.org")));
}

#[tokio::test]
async fn an_open_link_of_a_person_is_found_until_it_is_used_or_ends() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let open = async |purpose, user| {
        links::open_of_user(world.store(), purpose, user, world.now()).await.unwrap().is_some()
    };
    issue(&world, LinkPurpose::ConfirmEmail, Some(alice.id), "token").await;
    assert!(open(LinkPurpose::ConfirmEmail, alice.id).await);
    assert!(!open(LinkPurpose::ConfirmEmail, bob.id).await);
    assert!(!open(LinkPurpose::PasswordReset, alice.id).await);
    world.clock.advance_secs(3600);
    assert!(!open(LinkPurpose::ConfirmEmail, alice.id).await);
    world.clock.advance_secs(-1);
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "token").await.is_some());
    assert!(!open(LinkPurpose::ConfirmEmail, alice.id).await);
}

#[tokio::test]
async fn a_newer_link_kills_the_older_of_its_purpose_and_person_only() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    issue(&world, LinkPurpose::PasswordReset, Some(alice.id), "old").await;
    issue(&world, LinkPurpose::ConfirmEmail, Some(alice.id), "address").await;
    issue(&world, LinkPurpose::PasswordReset, Some(bob.id), "of bob").await;
    issue(&world, LinkPurpose::PasswordReset, Some(alice.id), "new").await;
    assert!(consume(&world, LinkPurpose::PasswordReset, "old").await.is_none());
    assert!(consume(&world, LinkPurpose::PasswordReset, "new").await.is_some());
    assert!(consume(&world, LinkPurpose::PasswordReset, "of bob").await.is_some());
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "address").await.is_some());
}

/// Where several may live, the oldest go first, and only those of this purpose and person.
#[tokio::test]
async fn of_links_that_stand_side_by_side_the_newest_stay() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let reset = LinkPurpose::PasswordReset;
    issue(&world, LinkPurpose::ConfirmEmail, Some(alice.id), "address").await;
    issue(&world, reset, Some(bob.id), "of bob").await;
    let start = world.now();
    for token in ["one", "two", "three"] {
        world.clock.advance_secs(60);
        let (user_id, expires_at) = (Some(alice.id), world.after(3600));
        let link =
            Link { user_id, address: None, expires_at, used_at: None, used_by: None, browser_hash: None };
        let tag = world.tag(token);
        world.write(async |tx| links::add(tx, reset, &tag, &link, world.now()).await).await;
    }
    let made = async |after: i64| {
        let after = start.plus_secs(after);
        let made = links::made_after(world.store(), reset, alice.id, after).await.unwrap();
        made.into_iter().map(|at| at.secs_since(start)).collect::<Vec<_>>()
    };
    assert_eq!((made(0).await, made(60).await), (vec![180, 120, 60], vec![180, 120]));
    world.write(async |tx| links::revoke_oldest(tx, reset, alice.id, 2).await).await;
    assert_eq!(made(0).await, [180, 120]);
    assert!(consume(&world, reset, "one").await.is_none());
    for token in ["two", "three", "of bob"] {
        assert!(consume(&world, reset, token).await.is_some(), "{token}");
    }
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "address").await.is_some());
}

/// attacks.md row 34: a newer set-up link kills the older, though neither is anybody's.
#[tokio::test]
async fn there_is_one_set_up_link() {
    let (world, alice) = World::with_alice().await;
    issue(&world, LinkPurpose::Setup, None, "old").await;
    issue(&world, LinkPurpose::PasswordReset, Some(alice.id), "of alice").await;
    issue(&world, LinkPurpose::Setup, None, "new").await;
    assert!(consume(&world, LinkPurpose::Setup, "old").await.is_none());
    let used = consume(&world, LinkPurpose::Setup, "new").await.unwrap();
    assert_eq!(used.user_id, None);
    assert!(consume(&world, LinkPurpose::PasswordReset, "of alice").await.is_some());
}

#[tokio::test]
async fn revoked_links_are_dead() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    for (user, reset, address) in [(alice.id, "ar", "aa"), (bob.id, "br", "ba")] {
        issue(&world, LinkPurpose::PasswordReset, Some(user), reset).await;
        issue(&world, LinkPurpose::ConfirmEmail, Some(user), address).await;
    }
    world.write(async |tx| links::revoke(tx, LinkPurpose::PasswordReset, Some(alice.id)).await).await;
    assert!(consume(&world, LinkPurpose::PasswordReset, "ar").await.is_none());
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "aa").await.is_some());
    end_of(&world, bob.id, End::Opened).await;
    assert!(consume(&world, LinkPurpose::PasswordReset, "br").await.is_none());
    assert!(consume(&world, LinkPurpose::ConfirmEmail, "ba").await.is_none());
}

#[tokio::test]
async fn only_links_that_ended_are_forgotten() {
    let (world, alice) = World::with_alice().await;
    issue(&world, LinkPurpose::PasswordReset, Some(alice.id), "token").await;
    let end = world.after(3600);
    assert_eq!(purge(&world, "links", end).await, 0);
    assert_eq!(purge(&world, "links", end.plus_secs(1)).await, 1);
}
