//! Filling an empty database.

use twinlock_core::{clock::Timestamp, user::Role};
use twinlock_service::bootstrap::{self, BootstrapError, TenantSeed, UserSeed};

use crate::world::{World, demo, secret};

fn user(name: &str) -> UserSeed {
    UserSeed {
        username: name.into(),
        email: None,
        password: secret("pw"),
        role: Role::Member,
        display_name: None,
        created_at: None,
    }
}

fn tenant(users: Vec<UserSeed>) -> TenantSeed {
    TenantSeed { id: "demo".into(), name: "Demo".into(), mfa_required_for_admins: false, users }
}

async fn fill(world: &World, tenants: Vec<TenantSeed>) -> Result<(), BootstrapError> {
    bootstrap::fill(&world.app, tenants).await
}

#[tokio::test]
async fn an_empty_database_is_filled_with_people_who_can_sign_in() {
    let world = World::empty().await;
    let since = Timestamp::parse("2026-01-05T09:00:00Z").unwrap();
    let people = (0..100).map(|number| user(&format!("user-{number}")));
    let old = UserSeed { created_at: Some(since), role: Role::Owner, ..user("old") };
    fill(&world, vec![tenant(people.chain([old]).collect())]).await.unwrap();
    for name in ["user-0", "user-99", "old"] {
        assert!(world.try_sign_in(name, "pw").await.is_ok(), "{name}");
    }
    let old = world.account("old").await.user;
    assert_eq!((old.created_at, old.role), (since, Role::Owner));
}

/// attacks.md row 34: a database that has a tenant is never filled.
#[tokio::test]
async fn a_database_that_is_not_empty_is_left_alone() {
    let world = World::new().await;
    let other = TenantSeed { id: "other".into(), ..demo() };
    assert!(matches!(fill(&world, vec![other]).await, Err(BootstrapError::NotEmpty)));
    assert_eq!(twinlock_store::tenants::list(world.app.store(), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_entry_is_named_and_nothing_is_made() {
    let world = World::empty().await;
    let long = UserSeed { password: secret(&"x".repeat(129)), ..user("long") };
    let twice = UserSeed { email: Some("Ben@demo.example".into()), ..user("ben") };
    let also = UserSeed { email: Some("ben@DEMO.example".into()), ..user("benjamin") };
    let cases = [
        (vec![tenant(vec![user("a b")])], "user a b of tenant demo: username: A user name has no spaces."),
        (vec![tenant(vec![long])], "user long of tenant demo: the password must have 1 to 128 characters"),
        (
            vec![tenant(vec![twice, also])],
            "user benjamin of tenant demo: another user of the tenant has this user name or address",
        ),
        (vec![tenant(vec![]), tenant(vec![])], "tenant demo: is there twice"),
        (
            vec![TenantSeed { id: "system".into(), ..tenant(vec![]) }],
            "tenant system: tenant_id: This id is reserved.",
        ),
    ];
    for (seeds, expected) in cases {
        assert_eq!(fill(&world, seeds).await.unwrap_err().to_string(), expected);
    }
    assert!(!twinlock_store::tenants::any(world.app.store()).await.unwrap());
}
