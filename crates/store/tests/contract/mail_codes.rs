//! Codes sent by mail.

use twinlock_core::ids::UserId;
use twinlock_store::{
    mail_codes::{self, CodePurpose, MailCode},
    sessions::short_lived::End,
};

use crate::{short_lived::end_of, world::World};

/// A code of ten minutes and three tries, in place of the last.
pub async fn code(world: &World, user: UserId, tag: &[u8]) -> MailCode {
    code_for(world, user, CodePurpose::Change, tag).await
}

async fn code_for(world: &World, user: UserId, purpose: CodePurpose, tag: &[u8]) -> MailCode {
    let code = MailCode {
        user_id: user,
        purpose,
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
    world.write(async |tx| mail_codes::consume(tx, user, CodePurpose::Change, tag, world.now()).await).await
}

async fn read(world: &World, user: UserId) -> Option<MailCode> {
    mail_codes::of_user(world.store(), user, CodePurpose::Change).await.unwrap()
}

#[tokio::test]
async fn a_newer_code_takes_the_place_of_the_older() {
    let (world, alice) = World::with_alice().await;
    assert!(read(&world, alice.id).await.is_none());
    code(&world, alice.id, b"old").await;
    let written = code(&world, alice.id, b"new").await;
    let found = read(&world, alice.id).await.unwrap();
    assert_eq!(format!("{found:?}"), format!("{written:?}"));
    assert!(!consume(&world, alice.id, b"old").await);
    assert!(consume(&world, alice.id, b"new").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_code_is_used_once() {
    let (world, alice) = World::with_alice().await;
    code(&world, alice.id, b"tag").await;
    let now = world.now();
    let purpose = CodePurpose::Change;
    let used = world.race(async move |tx| mail_codes::consume(tx, alice.id, purpose, b"tag", now).await);
    assert_eq!(used.await, 1);
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
    let wrong = async move |tx: &_| mail_codes::wrong(tx, alice.id, CodePurpose::Change).await.map(|()| true);
    world.race(wrong).await;
    assert_eq!(world.number("SELECT tries_left AS n FROM mail_codes").await, 0);
    assert!(!consume(&world, alice.id, b"tag").await);
}

#[tokio::test]
async fn an_ended_code_is_dead_and_its_sending_still_counts() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    code(&world, alice.id, b"tag").await;
    code(&world, bob.id, b"tag").await;
    end_of(&world, alice.id, End::NewAddress).await;
    assert!(!consume(&world, alice.id, b"tag").await);
    assert_eq!(read(&world, alice.id).await.unwrap().sends, 1);
    assert!(consume(&world, bob.id, b"tag").await);
}

/// attacks.md row 10: a code of one purpose is neither used, tried, replaced nor counted by the other.
#[tokio::test]
async fn a_code_serves_its_purpose_alone() {
    let (world, alice) = World::with_alice().await;
    code_for(&world, alice.id, CodePurpose::Enrollment, b"same").await;
    assert!(!consume(&world, alice.id, b"same").await);
    code(&world, alice.id, b"same").await;
    for _ in 0..3 {
        world.write(async |tx| mail_codes::wrong(tx, alice.id, CodePurpose::Change).await).await;
    }
    assert!(!consume(&world, alice.id, b"same").await);
    let (other, now) = (CodePurpose::Enrollment, world.now());
    assert!(world.write(async |tx| mail_codes::consume(tx, alice.id, other, b"same", now).await).await);
}
