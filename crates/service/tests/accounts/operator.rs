//! The operator at the command line.

use twinlock_core::{
    clock::Clock,
    throttle::Failures,
    user::{Role, Status},
};
use twinlock_service::admin::{self, AdminError, CreateUser};
use twinlock_store::users;

use crate::world::{NEW_PASSWORD, PASSWORD, World, secret};

fn wanted(username: &str, email: Option<&str>) -> CreateUser {
    CreateUser {
        username: username.into(),
        email: email.map(str::to_owned),
        display_name: None,
        role: Role::Admin,
        password: Some(secret(NEW_PASSWORD)),
    }
}

#[tokio::test]
async fn a_tenant_and_its_people_are_made() {
    let world = World::new().await;
    admin::create_tenant(&world.app, "second", "Second").await.unwrap();
    assert!(matches!(admin::create_tenant(&world.app, "second", "Again").await, Err(AdminError::Taken)));
    assert!(matches!(admin::create_tenant(&world.app, "system", "S").await, Err(AdminError::Invalid(_))));
    let created = admin::create_user(&world.app, "demo", wanted("anna", None)).await.unwrap();
    assert_eq!((created.user.role, created.invitation), (Role::Admin, None));
    assert!(world.try_sign_in("anna", NEW_PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_person_that_cannot_be_made_is_refused_with_the_reason() {
    let world = World::new().await;
    let make = async |slug: &str, wanted: CreateUser| {
        admin::create_user(&world.app, slug, wanted).await.unwrap_err().to_string()
    };
    assert_eq!(make("nowhere", wanted("anna", None)).await, "there is no tenant nowhere");
    assert_eq!(make("demo", wanted("BEN", None)).await, "this name or address is taken");
    assert_eq!(make("demo", wanted("anna", Some("ben@demo.example"))).await, "this name or address is taken");
    assert_eq!(make("demo", wanted("a/b", None)).await, "username: A user name has no slash.");
    let weak = CreateUser { password: Some(secret("short")), ..wanted("anna", None) };
    assert_eq!(make("demo", weak).await, "password: Use at least 12 characters.");
}

/// attacks.md row 31: a reset takes factors and sessions away, leaves the password, and is told.
#[tokio::test]
async fn a_reset_of_factors_is_complete_and_told() {
    let world = World::new().await;
    let session = world.try_sign_in("ben", PASSWORD).await.unwrap();
    world.give_app(session.session.user_id).await;
    let user = admin::reset_mfa(&world.app, "demo", "ben@demo.example").await.unwrap();
    assert!(!user.user.mfa_enabled);
    let account = world.account("ben").await;
    assert_eq!((account.factors.apps, account.factors.codes), (0, 0));
    assert!(world.caller(&session).await.is_none());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_ok());
    let mail = world.mail().await;
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("ben@demo.example", "Your second factors were reset")
    );
    assert!(world.audit().await.contains(&"user.mfa_reset"));
    let missing = admin::reset_mfa(&world.app, "demo", "nobody").await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no user nobody in tenant demo");
}

/// attacks.md row 3: the operator can lift every wait.
#[tokio::test]
async fn unlocking_lifts_every_wait() {
    let world = World::new().await;
    for n in 0..12 {
        assert!(world.try_sign_in("ben", &format!("wrong {n}")).await.is_err());
    }
    let ben = world.account("ben").await.user.id;
    let tx = world.app.store().begin().await.unwrap();
    let failures =
        Failures { count: 60, blocked_until: world.clock.now().plus_secs(900), ..Failures::default() };
    users::set_typed_failures(&tx, ben, failures).await.unwrap();
    tx.commit().await.unwrap();
    admin::unlock(&world.app, "demo", "ben").await.unwrap();
    assert_eq!(world.account("ben").await.user.typed, Failures::default());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_ok());
}

/// attacks.md row 46: a suspended person is out at once, and in again only when activated.
#[tokio::test]
async fn a_suspended_person_is_out_at_once() {
    let world = World::new().await;
    let session = world.try_sign_in("ben", PASSWORD).await.unwrap();
    assert!(world.caller(&session).await.is_some());
    admin::suspend(&world.app, "demo", "ben").await.unwrap();
    assert!(world.caller(&session).await.is_none());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_err());
    let user = admin::activate(&world.app, "demo", "ben").await.unwrap();
    assert_eq!(user.status, Status::Active);
    assert!(world.caller(&session).await.is_none());
    assert!(world.try_sign_in("ben", PASSWORD).await.is_ok());
}
