//! A forgotten password.

use twinlock_service::{
    admin, mail_code,
    recover::{self, ResetError},
};

use crate::world::{NEW_PASSWORD, PASSWORD, World, client, secret};

async fn link(world: &World, address: &str) -> String {
    recover::request(&world.app, &client(), "demo", address);
    world.mail().await.token()
}

async fn confirm(world: &World, token: &str) -> Result<(), ResetError> {
    recover::confirm(&world.app, &client(), token, &secret(NEW_PASSWORD)).await
}

/// attacks.md row 33: a reset ends all sessions and opens none.
#[tokio::test]
async fn a_reset_sets_the_password_and_ends_every_session() {
    let world = World::new().await;
    let session = world.try_sign_in("ben", PASSWORD).await.unwrap();
    let token = link(&world, "Ben@Demo.example").await;
    assert_eq!(recover::peek(&world.app, &token).await.unwrap().unwrap().username, "ben");
    confirm(&world, &token).await.unwrap();
    assert!(world.caller(&session).await.is_none());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_err());
    assert!(world.try_sign_in("ben", NEW_PASSWORD).await.is_ok());
    assert_eq!(world.mail().await.subject, "Your password was changed");
    let events = world.audit().await;
    assert!(
        events.contains(&"account.password_reset_requested") && events.contains(&"account.password_reset")
    );
}

/// attacks.md row 33: the second factor stays and is asked for.
#[tokio::test]
async fn a_reset_touches_no_factor() {
    let world = World::new().await;
    world.give_app(world.account("ben").await.user.id).await;
    let token = link(&world, "ben@demo.example").await;
    confirm(&world, &token).await.unwrap();
    assert_eq!(world.account("ben").await.factors.apps, 1);
}

/// attacks.md row 32: used once, also when two requests race, on two servers.
#[tokio::test]
async fn of_two_that_race_one_uses_the_link() {
    let world = World::new().await;
    let other = world.second_node().await;
    let token = link(&world, "ben@demo.example").await;
    let (client, passwords) = (client(), [secret(NEW_PASSWORD), secret("violet engine hums softly")]);
    let (a, b) = tokio::join!(
        recover::confirm(&world.app, &client, &token, &passwords[0]),
        recover::confirm(&other, &client, &token, &passwords[1]),
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let winner = if a.is_ok() { NEW_PASSWORD } else { "violet engine hums softly" };
    assert!(world.try_sign_in("ben", winner).await.is_ok());
}

/// attacks.md row 32: unknown and expired links are dead; opening one uses nothing up.
#[tokio::test]
async fn a_dead_link_sets_nothing() {
    let world = World::new().await;
    let token = link(&world, "ben@demo.example").await;
    for dead in ["", "nonsense", &token[1..], &format!("{token}A")] {
        assert!(matches!(confirm(&world, dead).await, Err(ResetError::LinkInvalid)), "{dead}");
    }
    assert!(recover::peek(&world.app, &token).await.unwrap().is_some());
    world.clock.advance_secs(24 * 3600);
    assert!(recover::peek(&world.app, &token).await.unwrap().is_none());
    assert!(matches!(confirm(&world, &token).await, Err(ResetError::LinkInvalid)));
}

#[tokio::test]
async fn a_weak_password_does_not_use_up_the_link() {
    let world = World::new().await;
    let token = link(&world, "ben@demo.example").await;
    let weak = recover::confirm(&world.app, &client(), &token, &secret("short")).await;
    assert!(matches!(weak, Err(ResetError::Weak(_))));
    assert!(confirm(&world, &token).await.is_ok());
}

/// attacks.md row 42: nobody hears whether there is such an account; attacks.md row 33: and only the
/// stored address gets mail.
#[tokio::test]
async fn unknown_or_odd_addresses_get_no_mail() {
    let world = World::new().await;
    let app = &world.app;
    for typed in [
        "nobody@demo.example",
        "",
        "ben@demo.example, eve@evil.example",
        "ben@demo.example\r\nBcc: e@evil.example",
    ] {
        recover::request(app, &client(), "demo", typed);
    }
    recover::request(app, &client(), "other", "ben@demo.example");
    recover::request(app, &client(), "DEMO\n", "ben@demo.example");
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn an_account_gets_at_most_one_reset_mail_a_minute() {
    let world = World::new().await;
    for _ in 0..5 {
        recover::request(&world.app, &client(), "demo", "ben@demo.example");
    }
    assert_eq!(world.mails().await.len(), 1);
    world.clock.advance_secs(60);
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    assert_eq!(world.mails().await.len(), 1);
}

/// attacks.md row 46: a suspended account gets no link, and one it has is dead.
#[tokio::test]
async fn a_suspended_account_stays_suspended() {
    let world = World::new().await;
    let token = link(&world, "ben@demo.example").await;
    admin::suspend(&world.app, "demo", "ben").await.unwrap();
    assert!(matches!(confirm(&world, &token).await, Err(ResetError::LinkInvalid)));
    world.clock.advance_secs(60);
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    assert!(world.mails().await.is_empty());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_err());
}

/// A token of one kind is no token of another.
#[tokio::test]
async fn a_reset_token_opens_nothing_else() {
    let world = World::new().await;
    let token = link(&world, "ben@demo.example").await;
    let app = &world.app;
    assert!(twinlock_service::invitation::peek(app, &token).await.unwrap().is_none());
    assert!(twinlock_service::email::peek(app, &token).await.unwrap().is_none());
    assert!(!twinlock_service::setup::peek(app, &token).await.unwrap());
    assert!(twinlock_service::sessions::by_cookie(app, &token).await.unwrap().is_none());
}

/// Whoever reads the mailbox is not kept waiting by a stranger's wrong passwords.
#[tokio::test]
async fn after_a_reset_nobody_has_to_wait() {
    let world = World::new().await;
    for n in 0..10 {
        assert!(world.try_sign_in("ben", &format!("wrong {n}")).await.is_err());
    }
    let token = link(&world, "ben@demo.example").await;
    confirm(&world, &token).await.unwrap();
    assert!(world.try_sign_in("ben", NEW_PASSWORD).await.is_ok());
}

/// security.md decision 7: proofs go where resets go.
#[tokio::test]
async fn who_has_no_address_gets_neither_link_nor_code() {
    let world = World::new().await;
    let wanted = admin::CreateUser {
        username: "silent".into(),
        email: None,
        display_name: None,
        role: twinlock_core::user::Role::Member,
        password: Some(secret(PASSWORD)),
    };
    admin::create_user(&world.app, "demo", wanted).await.unwrap();
    recover::request(&world.app, &client(), "demo", "silent");
    let caller = world.sign_in("silent").await;
    let refused = mail_code::send(&world.app, &client(), &caller).await;
    assert!(matches!(refused, Err(mail_code::SendError::NoAddress)), "{refused:?}");
    assert!(world.mails().await.is_empty());
}
