//! Security keys, and the challenges they answer.

use twinlock_core::{
    assurance::Method,
    factor::webauthn::KeyKind,
    ids::{ChallengeId, UserId},
};
use twinlock_store::{
    StoreError,
    challenges::{self, Ceremony, Challenge},
    security_keys::{self, SecurityKey},
    sessions::short_lived::End,
    users,
};
use uuid::Uuid;

use crate::{
    short_lived::{end_of, purge},
    world::World,
};

pub fn key(world: &World, user: UserId, credential: &[u8]) -> SecurityKey {
    SecurityKey {
        id: world.id(),
        user_id: user,
        credential_id: credential.to_vec(),
        rp_id: "id.example".into(),
        kind: KeyKind::Passkey,
        name: "Blue".into(),
        public_key: vec![1, 2, 3],
        algorithm: -7,
        sign_count: 5,
        user_verified: true,
        backup_eligible: false,
        backed_up: false,
        aaguid: Uuid::from_u128(7),
        transports: vec!["usb".into(), "nfc".into()],
        attestation: "none".into(),
        counter_alert_at: None,
        discovered_at: None,
        limited_until: Some(world.after(60)),
        created_at: world.now(),
        last_used_at: None,
    }
}

pub async fn registered(world: &World, user: UserId, credential: &[u8]) -> SecurityKey {
    let key = key(world, user, credential);
    world.write(async |tx| security_keys::insert(tx, &key).await).await;
    key
}

pub fn challenge(world: &World, owner: Uuid, user: Option<UserId>, bytes: u8) -> Challenge {
    Challenge {
        id: world.id(),
        owner_id: owner,
        user_id: user,
        challenge: vec![bytes; 32],
        state: "{}".into(),
        created_at: world.now(),
        expires_at: world.after(300),
    }
}

pub async fn given(world: &World, ceremony: Ceremony, challenge: &Challenge) {
    world.write(async |tx| challenges::put(tx, ceremony, challenge, Some("192.0.2.1")).await).await;
}

#[tokio::test]
async fn a_key_is_read_as_it_was_written() {
    let (world, alice) = World::with_alice().await;
    let written = registered(&world, alice.id, b"credential").await;
    let read = security_keys::of_user(world.store(), alice.id).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", [&written]));
    let found = security_keys::by_credential(world.store(), b"credential").await.unwrap();
    assert_eq!(found.map(|key| key.id), Some(written.id));
    assert!(security_keys::by_credential(world.store(), b"other").await.unwrap().is_none());
}

/// attacks.md row 59: a credential belongs to one account, whoever presents it again.
#[tokio::test]
async fn a_credential_is_stored_once_over_all_accounts() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    let mallory = world.user(&other, "mallory").await;
    registered(&world, alice.id, b"credential").await;
    for user in [alice.id, mallory.id] {
        let again = SecurityKey { public_key: vec![9], ..key(&world, user, b"credential") };
        let refused = world.try_write(async |tx| security_keys::insert(tx, &again).await).await;
        assert!(matches!(refused, Err(StoreError::Conflict)));
    }
    let kept = security_keys::by_credential(world.store(), b"credential").await.unwrap().unwrap();
    assert_eq!((kept.user_id, kept.public_key), (alice.id, vec![1, 2, 3]));
}

/// attacks.md row 58: the stored counter only rises, zero stays zero, and of a race one wins.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_counter_is_accepted_only_when_it_rises_and_once() {
    let (world, alice) = World::with_alice().await;
    let id = registered(&world, alice.id, b"credential").await.id;
    for (sent, accepted) in [(5, false), (4, false), (0, false), (6, true), (6, false), (9, true), (7, false)]
    {
        let now = world.now();
        let answer =
            world.write(async |tx| security_keys::accept_counter(tx, id, sent, true, now).await).await;
        assert_eq!(answer, accepted, "counter {sent}");
    }
    let now = world.now();
    let raced = async move |tx: &twinlock_store::Tx| {
        security_keys::accept_counter(tx, id, u32::MAX, false, now).await
    };
    assert_eq!(world.race(raced).await, 1);
    let read = security_keys::of_user(world.store(), alice.id).await.unwrap().remove(0);
    assert_eq!((read.sign_count, read.backed_up, read.last_used_at), (u32::MAX, false, Some(now)));

    let none = SecurityKey { sign_count: 0, ..key(&world, alice.id, b"counts nothing") };
    world.write(async |tx| security_keys::insert(tx, &none).await).await;
    for _ in 0..2 {
        assert!(
            world.write(async |tx| security_keys::accept_counter(tx, none.id, 0, false, now).await).await
        );
    }
}

#[tokio::test]
async fn a_key_whose_counter_went_back_is_marked_and_goes_on() {
    let (world, alice) = World::with_alice().await;
    let id = registered(&world, alice.id, b"credential").await.id;
    world.write(async |tx| security_keys::mark_counter(tx, id, world.now()).await).await;
    assert!(world.write(async |tx| security_keys::accept_counter(tx, id, 6, false, world.now()).await).await);
    let read = security_keys::of_user(world.store(), alice.id).await.unwrap().remove(0);
    assert_eq!(read.counter_alert_at, Some(world.now()));
}

#[tokio::test]
async fn nobody_renames_or_removes_the_key_of_another() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    let mallory = world.user(&other, "mallory").await;
    let id = registered(&world, alice.id, b"credential").await.id;
    assert!(!world.write(async |tx| security_keys::rename(tx, mallory.id, id, "Mine").await).await);
    assert!(!world.write(async |tx| security_keys::remove(tx, mallory.id, id).await).await);
    assert!(world.write(async |tx| security_keys::rename(tx, alice.id, id, "Green").await).await);
    assert_eq!(security_keys::of_user(world.store(), alice.id).await.unwrap()[0].name, "Green");
    assert!(world.write(async |tx| security_keys::remove(tx, alice.id, id).await).await);
    assert!(security_keys::of_user(world.store(), alice.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_knows_the_relying_parties_of_its_keys_and_what_it_prefers() {
    let (world, alice) = World::with_alice().await;
    let none = users::account(world.store(), alice.id).await.unwrap().unwrap();
    assert!(!none.factors.any() && none.user.preferred.is_none());
    registered(&world, alice.id, b"one").await;
    let elsewhere = SecurityKey { rp_id: "old.example".into(), ..key(&world, alice.id, b"two") };
    world.write(async |tx| security_keys::insert(tx, &elsewhere).await).await;
    world.write(async |tx| users::set_preferred(tx, alice.id, Some(Method::SecurityKey)).await).await;
    let account = users::account(world.store(), alice.id).await.unwrap().unwrap();
    assert_eq!((account.factors.total(), account.factors.keys_of("id.example")), (2, 1));
    assert_eq!(account.user.preferred, Some(Method::SecurityKey));
    assert!(users::anybody_enrolled(world.store()).await.unwrap());
}

#[tokio::test]
async fn a_user_handle_is_made_once_and_never_shared() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    let mallory = world.user(&other, "mallory").await;
    let key = registered(&world, alice.id, b"one").await;
    let found = async || security_keys::by_credential_with_handle(world.store(), b"one").await.unwrap();
    assert!(found().await.is_none());
    for fresh in [[1; 16], [2; 16]] {
        let handle = world.write(async |tx| users::handle_or(tx, alice.id, &fresh).await).await;
        assert_eq!(handle, [1; 16]);
    }
    let (with_handle, handle) = found().await.unwrap();
    assert_eq!((with_handle.id, with_handle.user_id, handle), (key.id, alice.id, vec![1; 16]));
    let taken = world.try_write(async |tx| users::handle_or(tx, mallory.id, &[1; 16]).await).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
}

/// attacks.md row 54: one open challenge per owner and ceremony, so that asking often keeps little.
#[tokio::test]
async fn a_new_challenge_replaces_the_owners_last_of_the_ceremony() {
    let (world, alice) = World::with_alice().await;
    let owner: Uuid = world.id();
    let first = challenge(&world, owner, Some(alice.id), 1);
    given(&world, Ceremony::Register, &first).await;
    let second = challenge(&world, owner, Some(alice.id), 2);
    given(&world, Ceremony::Register, &second).await;
    given(&world, Ceremony::StepUp, &challenge(&world, owner, Some(alice.id), 3)).await;
    let open = challenges::of_owner(world.store(), Ceremony::Register, owner).await.unwrap().unwrap();
    assert_eq!(format!("{open:?}"), format!("{second:?}"));
    assert!(!world.write(async |tx| challenges::consume(tx, first.id).await).await);
    let other = challenges::of_owner(world.store(), Ceremony::StepUp, owner).await.unwrap();
    assert_eq!(other.map(|challenge| challenge.challenge), Some(vec![3; 32]));
}

/// attacks.md row 55: a challenge is found only for the ceremony it was given for.
#[tokio::test]
async fn a_challenge_is_found_by_its_bytes_only_for_its_own_ceremony() {
    let world = World::new().await;
    let free = challenge(&world, world.id(), None, 1);
    given(&world, Ceremony::Passkey, &free).await;
    let found = challenges::by_value(world.store(), Ceremony::Passkey, &[1; 32]).await.unwrap();
    assert_eq!(found.map(|challenge| challenge.id), Some(free.id));
    let wrong = challenges::by_value(world.store(), Ceremony::SignIn, &[1; 32]).await.unwrap();
    assert!(wrong.is_none());
}

/// attacks.md row 54: of twenty answers to one challenge, one counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_challenge_is_used_once() {
    let (world, alice) = World::with_alice().await;
    let open = challenge(&world, world.id(), Some(alice.id), 1);
    given(&world, Ceremony::SignIn, &open).await;
    let id: ChallengeId = open.id;
    assert_eq!(world.race(async move |tx| challenges::consume(tx, id).await).await, 1);
}

/// attacks.md row 54: storage is bounded, and the oldest makes room for the newest.
#[tokio::test]
async fn of_an_askers_challenges_the_youngest_are_kept() {
    let (world, alice) = World::with_alice().await;
    for bytes in 1..=5 {
        given(&world, Ceremony::Passkey, &challenge(&world, world.id(), None, bytes)).await;
        world.clock.advance_secs(1);
    }
    given(&world, Ceremony::SignIn, &challenge(&world, world.id(), Some(alice.id), 6)).await;
    let kept = async |asker, kept| world.write(async |tx| challenges::make_room(tx, asker, kept).await).await;
    let open = async |bytes| {
        challenges::by_value(world.store(), Ceremony::Passkey, &[bytes; 32]).await.unwrap().is_some()
    };
    assert_eq!(kept("192.0.2.2", 0).await, 0);
    assert_eq!(kept("192.0.2.1", 5).await, 1);
    assert_eq!((open(1).await, open(2).await), (false, true));
    assert_eq!(kept("192.0.2.1", 2).await, 3);
    assert_eq!((open(4).await, open(5).await), (false, true));
}

#[tokio::test]
async fn challenges_are_forgotten_at_their_end() {
    let (world, alice) = World::with_alice().await;
    for bytes in 1..=3 {
        given(&world, Ceremony::Passkey, &challenge(&world, world.id(), None, bytes)).await;
    }
    given(&world, Ceremony::SignIn, &challenge(&world, world.id(), Some(alice.id), 4)).await;
    end_of(&world, alice.id, End::Change).await;
    world.clock.advance_secs(301);
    assert_eq!(purge(&world, "webauthn_challenges", world.now()).await, 3);
}
