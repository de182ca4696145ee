//! Accepting an invitation.

use twinlock_core::user::{Role, Status};
use twinlock_service::{
    admin::{self, CreateUser, CreatedUser},
    invitation::{self, InvitationError},
    login::{Outcome, Target},
};

use crate::world::{NEW_PASSWORD, World, client, secret};

async fn invite(world: &World) -> CreatedUser {
    let wanted = CreateUser {
        username: "newcomer".into(),
        email: Some("newcomer@demo.example".into()),
        display_name: Some("New Comer".into()),
        role: Role::Member,
        password: None,
    };
    admin::create_user(&world.app, "demo", wanted).await.unwrap()
}

async fn accept(world: &World, token: &str) -> Result<Outcome, InvitationError> {
    invitation::accept(&world.app, &client(), token, &secret(NEW_PASSWORD), Target::API).await
}

#[tokio::test]
async fn an_invited_person_chooses_a_password_and_is_signed_in() {
    let world = World::new().await;
    let created = invite(&world).await;
    assert_eq!(created.user.status, Status::Invited);
    let mail = world.mail().await;
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("newcomer@demo.example", "Your new account at Demo & Söhne")
    );
    let token = mail.token();
    assert_eq!(created.invitation, Some(format!("https://id.example/invite/{token}")));
    let shown = invitation::peek(&world.app, &token).await.unwrap().unwrap();
    assert_eq!((shown.username.as_str(), shown.tenant_name.as_str()), ("newcomer", "Demo & Söhne"));

    let Outcome::Done(done) = accept(&world, &token).await.unwrap() else { panic!("not signed in") };
    assert_eq!((done.user.status, done.user.display_name.as_str()), (Status::Active, "New Comer"));
    assert!(world.caller(&done.issued).await.is_some());
    assert!(world.try_sign_in("newcomer", NEW_PASSWORD).await.is_ok());
}

/// attacks.md row 32: an invitation is used once and ends after a day.
#[tokio::test]
async fn an_invitation_works_once_and_in_time() {
    let world = World::new().await;
    invite(&world).await;
    let token = world.mail().await.token();
    let weak = invitation::accept(&world.app, &client(), &token, &secret("short"), Target::API).await;
    assert!(matches!(weak, Err(InvitationError::Weak(_))));
    world.clock.advance_secs(24 * 3600 - 1);
    accept(&world, &token).await.unwrap();
    assert!(matches!(accept(&world, &token).await, Err(InvitationError::LinkInvalid)));
}

#[tokio::test]
async fn an_expired_invitation_is_dead() {
    let world = World::new().await;
    invite(&world).await;
    let token = world.mail().await.token();
    world.clock.advance_secs(7 * 24 * 3600);
    assert!(matches!(accept(&world, &token).await, Err(InvitationError::LinkInvalid)));
}

/// attacks.md row 46: an account that was suspended is not opened by its invitation.
#[tokio::test]
async fn a_suspended_account_is_not_opened_by_its_invitation() {
    let world = World::new().await;
    invite(&world).await;
    let token = world.mail().await.token();
    admin::suspend(&world.app, "demo", "newcomer").await.unwrap();
    assert!(matches!(accept(&world, &token).await, Err(InvitationError::LinkInvalid)));
    let refused = admin::activate(&world.app, "demo", "newcomer").await;
    assert!(matches!(refused, Err(admin::AdminError::Invited)), "{refused:?}");
}

#[tokio::test]
async fn an_invited_account_cannot_sign_in_or_reset() {
    let world = World::new().await;
    invite(&world).await;
    world.mails().await;
    assert!(world.try_sign_in("newcomer", "").await.is_err());
    twinlock_service::recover::request(&world.app, &client(), "demo", "newcomer@demo.example");
    assert!(world.mails().await.is_empty());
}
