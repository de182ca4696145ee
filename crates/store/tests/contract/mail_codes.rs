//! Codes sent by mail.

use twinlock_core::ids::UserId;
use twinlock_store::mail_codes::{self, MailCode};

use crate::world::World;

/// A code of ten minutes and three tries, in place of the last.
pub async fn code(world: &World, user: UserId, tag: &[u8]) -> MailCode {
    let code = MailCode {
        user_id: user,
        tag: tag.to_vec(),
        key_id: "k1".into(),
        tries_left: 3,
        sends: 1,
        window_start: world.now(),
        expires_at: world.after(600),
    };
    world.write(async |tx| mail_codes::put(tx, &code).await).await;
    code
}

async fn consume(world: &World, user: UserId, tag: &[u8]) -> bool {
    world.write(async |tx| mail_codes::consume(tx, user, tag, world.now()).await).await
}

#[tokio::test]
async fn a_newer_code_takes_the_place_of_the_older() {
    let (world, alice) = World::with_alice().await;
    assert!(mail_codes::of_user(world.store(), alice.id).await.unwrap().is_none());
    code(&world, alice.id, b"old").await;
    let written = code(&world, alice.id, b"new").await;
    let read = mail_codes::of_user(world.store(), alice.id).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
    assert!(!consume(&world, alice.id, b"old").await);
    assert!(consume(&world, alice.id, b"new").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_code_is_used_once() {
    let (world, alice) = World::with_alice().await;
    code(&world, alice.id, b"tag").await;
    let now = world.now();
    assert_eq!(world.race(async move |tx| mail_codes::consume(tx, alice.id, b"tag", now).await).await, 1);
}

#[tokio::test]
async fn a_code_serves_its_person_until_its_end() {
    let (world, alice) = World::with_alice().await;
    let mallory = world.user(&world.tenant("other").await, "mallory").await;
    code(&world, alice.id, b"tag").await;
    assert!(!consume(&world, mallory.id, b"tag").await);
    world.clock.advance_secs(600);
    assert!(!consume(&world, alice.id, b"tag").await);
    world.clock.advance_secs(-1);
    assert!(consume(&world, alice.id, b"tag").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_tries_use_a_code_up_however_many_come_at_once() {
    let (world, alice) = World::with_alice().await;
    code(&world, alice.id, b"tag").await;
    world.race(async move |tx| mail_codes::wrong(tx, alice.id).await.map(|()| true)).await;
    assert_eq!(world.number("SELECT tries_left AS n FROM mail_codes").await, 0);
    assert!(!consume(&world, alice.id, b"tag").await);
}

#[tokio::test]
async fn an_ended_code_is_dead_and_its_sending_still_counts() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    code(&world, alice.id, b"tag").await;
    code(&world, bob.id, b"tag").await;
    world.write(async |tx| mail_codes::end(tx, alice.id).await).await;
    assert!(!consume(&world, alice.id, b"tag").await);
    assert_eq!(mail_codes::of_user(world.store(), alice.id).await.unwrap().unwrap().sends, 1);
    assert!(consume(&world, bob.id, b"tag").await);
}
