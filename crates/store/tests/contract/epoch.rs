//! What a restore from a backup ends.

use twinlock_core::{
    clock::Timestamp,
    enrollment::{Enrollment, Given},
};
use twinlock_store::{
    challenges::{self, Ceremony},
    epoch,
    links::{self, LinkPurpose},
    logins,
    mail_codes::{self, CodePurpose},
    recovery, sessions, totp, users,
};

use crate::{
    links as link, logins as login, mail_codes as mail_code, recovery as code, security_keys as key,
    sessions as session, totp as factor, world::World,
};

/// attacks.md row 98: nothing that was alive or half-finished in the copy is alive after its restore, and
/// what a person owns is still theirs.
#[tokio::test]
async fn a_new_epoch_ends_what_was_alive_and_keeps_what_people_own() {
    let (world, alice) = World::with_alice().await;
    let user = alice.id;
    let app = factor::factor(&world, user, b"secret").await.id;
    factor::candidate(&world, user).await;
    let set = code::set(&world, user, 0).await.id;
    let bearer = session::token(&world, session::session(&world, user).await.id, None).await;
    login::pending(&world, user, "login").await;
    link::issue(&world, LinkPurpose::PasswordReset, Some(user), "link").await;
    mail_code::code(&world, user, b"tag").await;
    let question = key::challenge(&world, world.id(), Some(user), 1);
    key::given(&world, Ceremony::SignIn, &question).await;
    let given = Some(Given { by: world.id(), at: world.now() });
    let opened = Enrollment { given, ..Enrollment::EMAIL };
    world.write(async |tx| users::set_enrollment(tx, user, opened).await).await;

    assert_eq!(world.write(async |tx| epoch::begin(tx, world.now(), 500).await).await, 1);

    let store = world.store();
    assert!(sessions::token_by_id(store, bearer).await.unwrap().is_none());
    assert!(totp::candidate(store, user).await.unwrap().is_none());
    assert!(logins::find(store, &[world.tag("login")]).await.unwrap().is_none());
    assert!(links::peek(store, LinkPurpose::PasswordReset, &[world.tag("link")]).await.unwrap().is_none());
    let asked = challenges::of_owner(store, Ceremony::SignIn, question.owner_id).await.unwrap();
    assert!(asked.is_none());
    let ended = mail_codes::of_user(store, user, CodePurpose::Change).await.unwrap().unwrap();
    assert_eq!((ended.expires_at, ended.sends), (Timestamp::default(), 1), "what was sent still counts");
    assert_eq!(users::account(store, user).await.unwrap().unwrap().user.enrollment, Enrollment::EMAIL);
    assert!(!world.write(async |tx| totp::accept_step(tx, app, 500, world.now()).await).await);
    assert!(world.write(async |tx| totp::accept_step(tx, app, 501, world.now()).await).await);
    assert_eq!(recovery::of_user(store, user).await.unwrap().unwrap().id, set);
    assert_eq!(users::account(store, user).await.unwrap().unwrap().factors.codes, 10);
}

#[tokio::test]
async fn who_has_unused_codes_is_listed() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    let (bob, carol) = (world.user(&other, "bob").await, world.user(&other, "carol").await);
    let people = async |limit| epoch::people_with_codes(world.store(), limit).await.unwrap();
    assert!(people(10).await.is_empty());
    let set = code::set(&world, bob.id, 0).await.id;
    code::set(&world, alice.id, 50).await;
    let expected = [("acme".into(), "alice".into()), ("other".into(), "bob".into())];
    assert_eq!(people(10).await, expected);
    assert_eq!(people(1).await, expected[..1]);
    for number in 0..10 {
        assert!(world.write(async |tx| recovery::consume(tx, set, &[number; 32], world.now()).await).await);
    }
    assert_eq!(people(10).await, expected[..1]);
    code::set(&world, carol.id, 0).await;
    assert_eq!(people(10).await.len(), 2);
}
