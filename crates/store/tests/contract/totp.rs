//! Authenticator apps and candidates.

use twinlock_core::ids::{FactorId, UserId};
use twinlock_store::{
    seal::{Purpose, SealError, Sealed},
    totp::{self, TotpCandidate, TotpFactor},
};

use crate::{short_lived::purge, world::World};

/// A factor of this person whose sealed secret is `secret`, last used at step 100.
pub async fn factor(world: &World, user: UserId, secret: &[u8]) -> TotpFactor {
    let id: FactorId = world.id();
    let factor = TotpFactor {
        id,
        user_id: user,
        name: "Phone".into(),
        secret: world.keys.seal(Purpose::TotpSecret, id.0, secret, &world.entropy).unwrap(),
        last_step: 100,
        limited_until: Some(world.after(60)),
        created_at: world.now(),
        last_used_at: None,
    };
    world.write(async |tx| totp::insert(tx, &factor).await).await;
    factor
}

pub async fn candidate(world: &World, user: UserId) -> TotpCandidate {
    let id: FactorId = world.id();
    let candidate = TotpCandidate {
        id,
        user_id: user,
        session_id: world.id(),
        name: "Tablet".into(),
        secret: world.keys.seal(Purpose::TotpSecret, id.0, b"candidate", &world.entropy).unwrap(),
        told: vec![],
        expires_at: world.after(600),
    };
    world.write(async |tx| totp::put_candidate(tx, &candidate).await).await;
    candidate
}

#[tokio::test]
async fn a_factor_is_read_as_it_was_written() {
    let (world, alice) = World::with_alice().await;
    let written = factor(&world, alice.id, b"secret").await;
    let read = totp::of_user(world.store(), alice.id).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", [&written]));
    let plain = world.keys.open(Purpose::TotpSecret, read[0].id.0, &read[0].secret).unwrap();
    assert_eq!(&**plain, b"secret");
}

#[tokio::test]
async fn factors_are_listed_oldest_first() {
    let (world, alice) = World::with_alice().await;
    let mut expected = vec![];
    for secret in [b"one", b"two"] {
        expected.push(factor(&world, alice.id, secret).await.id);
        world.clock.advance_secs(1);
    }
    let read = totp::of_user(world.store(), alice.id).await.unwrap();
    assert_eq!(read.iter().map(|f| f.id).collect::<Vec<_>>(), expected);
}

/// attacks.md row 8: one step raced by many is accepted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_step_is_accepted_once() {
    let (world, alice) = World::with_alice().await;
    let id = factor(&world, alice.id, b"secret").await.id;
    let now = world.now();
    assert_eq!(world.race(async move |tx| totp::accept_step(tx, id, 101, now).await).await, 1);
    let read = totp::of_user(world.store(), alice.id).await.unwrap().remove(0);
    assert_eq!((read.last_step, read.last_used_at), (101, Some(now)));
}

/// attacks.md row 7: neither the last step nor an older one counts again.
#[tokio::test]
async fn a_step_at_or_before_the_last_is_never_accepted() {
    let (world, alice) = World::with_alice().await;
    let id = factor(&world, alice.id, b"secret").await.id;
    for (step, accepted) in [(100, false), (99, false), (105, true), (104, false), (105, false), (106, true)]
    {
        let answer = world.write(async |tx| totp::accept_step(tx, id, step, world.now()).await).await;
        assert_eq!(answer, accepted, "step {step}");
    }
}

#[tokio::test]
async fn nobody_renames_or_removes_the_factor_of_another() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    let mallory = world.user(&other, "mallory").await;
    let id = factor(&world, alice.id, b"secret").await.id;
    assert!(!world.write(async |tx| totp::rename(tx, mallory.id, id, "Mine").await).await);
    assert!(!world.write(async |tx| totp::remove(tx, mallory.id, id).await).await);
    assert_eq!(totp::of_user(world.store(), alice.id).await.unwrap()[0].name, "Phone");
    assert!(totp::of_user(world.store(), mallory.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_person_renames_and_removes_their_own() {
    let (world, alice) = World::with_alice().await;
    let id = factor(&world, alice.id, b"secret").await.id;
    assert!(world.write(async |tx| totp::rename(tx, alice.id, id, "Work phone").await).await);
    assert_eq!(totp::of_user(world.store(), alice.id).await.unwrap()[0].name, "Work phone");
    assert!(world.write(async |tx| totp::remove(tx, alice.id, id).await).await);
    assert!(!world.write(async |tx| totp::remove(tx, alice.id, id).await).await);
}

#[tokio::test]
async fn removing_all_takes_the_candidate_too_and_nothing_of_others() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    for user in [alice.id, bob.id] {
        factor(&world, user, b"one").await;
        factor(&world, user, b"two").await;
        candidate(&world, user).await;
    }
    assert_eq!(world.write(async |tx| totp::remove_all(tx, alice.id).await).await, 2);
    assert!(totp::of_user(world.store(), alice.id).await.unwrap().is_empty());
    assert!(totp::candidate(world.store(), alice.id).await.unwrap().is_none());
    assert_eq!(totp::of_user(world.store(), bob.id).await.unwrap().len(), 2);
    assert!(totp::candidate(world.store(), bob.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_candidate_is_no_factor_and_the_newer_takes_the_place_of_the_older() {
    let (world, alice) = World::with_alice().await;
    let older = candidate(&world, alice.id).await;
    let newer = candidate(&world, alice.id).await;
    assert!(totp::of_user(world.store(), alice.id).await.unwrap().is_empty());
    let read = totp::candidate(world.store(), alice.id).await.unwrap().unwrap();
    assert_eq!(format!("{read:?}"), format!("{newer:?}"));
    assert!(!world.write(async |tx| totp::consume_candidate(tx, alice.id, older.id).await).await);
}

#[tokio::test]
async fn a_candidate_is_forgotten_once_it_has_ended_and_not_before() {
    let (world, alice) = World::with_alice().await;
    candidate(&world, alice.id).await;
    assert_eq!(purge(&world, "totp_candidates", world.after(600)).await, 0);
    assert_eq!(purge(&world, "totp_candidates", world.after(601)).await, 1);
    assert!(totp::candidate(world.store(), alice.id).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_confirms_the_candidate_of_another() {
    let (world, alice) = World::with_alice().await;
    let mallory = world.user(&world.tenant("other").await, "mallory").await;
    let id = candidate(&world, alice.id).await.id;
    assert!(!world.write(async |tx| totp::consume_candidate(tx, mallory.id, id).await).await);
    world.write(async |tx| totp::remove_candidate(tx, mallory.id).await).await;
    assert!(world.write(async |tx| totp::consume_candidate(tx, alice.id, id).await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_candidate_is_confirmed_once() {
    let (world, alice) = World::with_alice().await;
    let id = candidate(&world, alice.id).await.id;
    let won = world.race(async move |tx| totp::consume_candidate(tx, alice.id, id).await).await;
    assert_eq!(won, 1);
}

/// attacks.md row 95: a sealed secret that was copied into another person's row does not open.
#[tokio::test]
async fn swapped_secrets_do_not_open() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let one = factor(&world, alice.id, b"of alice").await;
    let other = factor(&world, bob.id, b"of bob").await;
    let swap = async |tx: &_| {
        totp::reseal(tx, one.id.0, &one.secret, &other.secret).await?;
        totp::reseal(tx, other.id.0, &other.secret, &one.secret).await
    };
    assert!(world.write(swap).await);
    for user in [alice.id, bob.id] {
        let moved = totp::of_user(world.store(), user).await.unwrap().remove(0);
        let opened = world.keys.open(Purpose::TotpSecret, moved.id.0, &moved.secret);
        assert_eq!(opened.unwrap_err(), SealError::Broken);
    }
}

#[tokio::test]
async fn a_secret_is_resealed_unless_it_changed_meanwhile() {
    let (world, alice) = World::with_alice().await;
    let factor = factor(&world, alice.id, b"secret").await;
    let others = |key: &'static str| totp::sealed_by_others(world.store(), key, 10);
    assert_eq!(others("k2").await.unwrap().len(), 1);
    assert!(others("k1").await.unwrap().is_empty());
    let new = Sealed { key_id: "k2".into(), bytes: vec![2; 40] };
    let reseal =
        async |old: &Sealed| world.write(async |tx| totp::reseal(tx, factor.id.0, old, &new).await).await;
    assert!(reseal(&factor.secret).await);
    assert!(!reseal(&factor.secret).await);
    assert_eq!(totp::of_user(world.store(), alice.id).await.unwrap()[0].secret, new);
    assert!(others("k2").await.unwrap().is_empty());
}

#[tokio::test]
async fn burning_steps_never_takes_a_later_one_back() {
    let (world, alice) = World::with_alice().await;
    let (behind, ahead) =
        (factor(&world, alice.id, b"one").await.id, factor(&world, alice.id, b"two").await.id);
    assert!(world.write(async |tx| totp::accept_step(tx, ahead, 900, world.now()).await).await);
    assert_eq!(world.write(async |tx| totp::burn_steps(tx, 500).await).await, 1);
    let steps: Vec<_> = totp::of_user(world.store(), alice.id)
        .await
        .unwrap()
        .into_iter()
        .map(|factor| (factor.id, factor.last_step))
        .collect();
    assert!(steps.contains(&(behind, 500)) && steps.contains(&(ahead, 900)));
}
