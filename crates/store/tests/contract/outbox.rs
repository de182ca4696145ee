//! Mails that wait to be delivered.

use twinlock_core::ids::MailId;
use twinlock_store::{
    outbox::{self, QueueState, QueuedMail, Turn},
    seal::{Purpose, Sealed},
};

use crate::world::World;

async fn push(world: &World) -> MailId {
    let id: MailId = world.id();
    let sealed = world.keys.seal(Purpose::Outbox, id.0, b"Dear Alice", &world.entropy).unwrap();
    let turn = Turn { due: world.now(), bulk: false };
    world.write(async |tx| outbox::push(tx, id, &sealed, turn, world.now()).await).await;
    id
}

async fn due(world: &World) -> Vec<QueuedMail> {
    outbox::due(world.store(), world.now(), 10).await.unwrap()
}

async fn claim(world: &World, mail: &QueuedMail) -> bool {
    let until = world.after(60);
    world.write(async |tx| outbox::claim(tx, mail, until).await).await
}

async fn state(world: &World) -> (i64, i64) {
    let QueueState { waiting, dead, .. } = outbox::state(world.store(), world.now()).await.unwrap();
    (waiting, dead)
}

#[tokio::test]
async fn a_queued_mail_is_due_at_once_and_opens_in_its_own_row() {
    let world = World::new().await;
    assert_eq!(state(&world).await, (0, 0));
    let id = push(&world).await;
    let mail = due(&world).await.remove(0);
    assert_eq!((mail.id, mail.attempts, mail.created_at), (id, 0, world.now()));
    assert_eq!(&**world.keys.open(Purpose::Outbox, id.0, &mail.sealed).unwrap(), b"Dear Alice");
    assert_eq!(state(&world).await, (1, 0));
}

#[tokio::test]
async fn mails_come_in_the_order_they_are_due_and_no_more_than_asked_for() {
    let world = World::new().await;
    let mut expected = vec![];
    for _ in 0..3 {
        expected.push(push(&world).await);
        world.clock.advance_secs(1);
    }
    let first = outbox::due(world.store(), world.now(), 2).await.unwrap();
    assert_eq!(first.iter().map(|mail| mail.id).collect::<Vec<_>>(), expected[..2]);
}

/// attacks.md row 100: of several workers one delivers a mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_mail_is_claimed_once() {
    let world = World::new().await;
    push(&world).await;
    let (mail, until) = (due(&world).await.remove(0), world.after(60));
    assert_eq!(world.race(async move |tx| outbox::claim(tx, &mail, until).await).await, 1);
    assert!(due(&world).await.is_empty());
}

#[tokio::test]
async fn a_delivered_mail_is_gone() {
    let world = World::new().await;
    let (delivered, kept) = (push(&world).await, push(&world).await);
    world.write(async |tx| outbox::delivered(tx, delivered).await).await;
    assert_eq!(due(&world).await.iter().map(|mail| mail.id).collect::<Vec<_>>(), [kept]);
}

/// attacks.md row 98: a worker that died while delivering leaves the mail for the next.
#[tokio::test]
async fn a_claim_that_was_not_fulfilled_ends() {
    let world = World::new().await;
    push(&world).await;
    let before = due(&world).await.remove(0);
    assert!(claim(&world, &before).await);
    world.clock.advance_secs(59);
    assert!(due(&world).await.is_empty());
    world.clock.advance_secs(1);
    let again = due(&world).await.remove(0);
    assert_eq!(again.attempts, 1);
    assert!(!claim(&world, &before).await);
    assert!(claim(&world, &again).await);
}

/// attacks.md row 100: a failed mail is tried again later, and at last kept as dead.
#[tokio::test]
async fn a_failed_mail_is_tried_again_until_it_is_given_up() {
    let world = World::new().await;
    let id = push(&world).await;
    let fail = async |due| {
        world.write(async |tx| outbox::failed(tx, id, "451 later", due, world.now()).await).await;
    };
    fail(Some(world.after(300))).await;
    assert!(due(&world).await.is_empty());
    world.clock.advance_secs(300);
    let mail = due(&world).await.remove(0);
    fail(None).await;
    assert!(due(&world).await.is_empty());
    assert!(!claim(&world, &mail).await);
    assert_eq!(state(&world).await, (0, 1));
}

#[tokio::test]
async fn a_mail_is_resealed_once() {
    let world = World::new().await;
    push(&world).await;
    let mail = outbox::sealed_by_others(world.store(), "k2", 10).await.unwrap().remove(0);
    let new = Sealed { key_id: "k2".into(), bytes: vec![2; 40] };
    let reseal = async || world.write(async |tx| outbox::reseal(tx, &mail, &new).await).await;
    assert!(reseal().await);
    assert!(!reseal().await);
    assert_eq!(due(&world).await[0].sealed, new);
    assert!(outbox::sealed_by_others(world.store(), "k2", 10).await.unwrap().is_empty());
}

/// Somebody who waits for a code does not wait for two thousand invitations.
#[tokio::test]
async fn one_of_many_leaves_after_the_others_and_a_held_one_when_its_time_comes() {
    let world = World::new().await;
    let push = async |turn| {
        let id: MailId = world.id();
        let sealed = world.keys.seal(Purpose::Outbox, id.0, b"Dear Alice", &world.entropy).unwrap();
        world.write(async |tx| outbox::push(tx, id, &sealed, turn, world.now()).await).await;
        id
    };
    let many = push(Turn { due: world.now(), bulk: true }).await;
    let held = push(Turn { due: world.after(60), bulk: true }).await;
    let code = push(Turn { due: world.now(), bulk: false }).await;
    let ids = async |limit| {
        let found = outbox::due(world.store(), world.now(), limit).await.unwrap();
        found.iter().map(|mail| mail.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(10).await, [code, many]);
    assert_eq!(ids(1).await, [code]);
    let state = async || outbox::state(world.store(), world.now()).await.unwrap();
    assert_eq!(state().await, QueueState { waiting: 3, held: 1, dead: 0 });
    world.clock.advance_secs(60);
    assert_eq!(ids(10).await, [code, many, held]);
    assert_eq!(state().await, QueueState { waiting: 3, held: 0, dead: 0 });
}
