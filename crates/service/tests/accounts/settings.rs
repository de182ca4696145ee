//! A tenant's settings.

use twinlock_core::user::Role;
use twinlock_service::{
    Caller, admin,
    administration::NotAllowed,
    settings::{self, SettingsError, SettingsPatch, SettingsView},
};

use crate::world::{NEW_PASSWORD, World, client, secret};

async fn update(
    world: &World,
    caller: &Caller,
    slug: &str,
    version: Option<i64>,
) -> Result<SettingsView, SettingsError> {
    let patch = SettingsPatch { password_min_length: Some(16), ..SettingsPatch::default() };
    settings::update(&world.app, &client(), caller, slug, (patch, version)).await
}

#[tokio::test]
async fn an_owner_changes_settings_and_the_change_is_recorded() {
    let world = World::new().await;
    let maria = world.sign_in("maria").await;
    let before = settings::get(&world.app, &maria, "demo").await.unwrap();
    let after = update(&world, &maria, "demo", Some(before.version)).await.unwrap();
    assert_eq!((after.settings.password_min_length, after.version), (16, before.version + 1));
    assert_eq!(settings::get(&world.app, &maria, "demo").await.unwrap().version, after.version);
    assert!(world.audit().await.contains(&"tenant.settings_changed"));
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_a_conflict() {
    let world = World::new().await;
    let maria = world.sign_in("maria").await;
    let stale = settings::get(&world.app, &maria, "demo").await.unwrap().version;
    update(&world, &maria, "demo", None).await.unwrap();
    let refused = update(&world, &maria, "demo", Some(stale)).await;
    assert!(matches!(refused, Err(SettingsError::Conflict)), "{refused:?}");
}

/// attacks.md row 65: another tenant looks like one that does not exist.
#[tokio::test]
async fn who_is_not_an_administrator_of_the_tenant_is_refused() {
    let world = World::new().await;
    admin::create_tenant(&world.app, "second", "Second").await.unwrap();
    let (maria, ben) = (world.sign_in("maria").await, world.sign_in("ben").await);
    for slug in ["second", "nowhere", "DEMO", ""] {
        assert!(matches!(
            settings::get(&world.app, &maria, slug).await,
            Err(SettingsError::NotAllowed(NotAllowed::NotFound))
        ));
        assert!(matches!(
            update(&world, &maria, slug, None).await,
            Err(SettingsError::NotAllowed(NotAllowed::NotFound))
        ));
    }
    assert!(matches!(
        settings::get(&world.app, &ben, "demo").await,
        Err(SettingsError::NotAllowed(NotAllowed::Forbidden))
    ));
    assert!(matches!(
        update(&world, &ben, "demo", None).await,
        Err(SettingsError::NotAllowed(NotAllowed::Forbidden))
    ));
    assert!(matches!(
        update(&world, &ben, "second", None).await,
        Err(SettingsError::NotAllowed(NotAllowed::NotFound))
    ));
}

#[tokio::test]
async fn an_administrator_with_a_factor_needs_a_fresh_proof() {
    let world = World::new().await;
    let maria = world.sign_in("maria").await;
    world.give_app(maria.live.account.user.id).await;
    let refused = update(&world, &maria, "demo", None).await;
    assert!(matches!(refused, Err(SettingsError::NotAllowed(NotAllowed::StepUp(_)))), "{refused:?}");
    assert!(settings::get(&world.app, &maria, "demo").await.is_ok());
}

#[tokio::test]
async fn values_out_of_range_are_refused_and_a_new_rule_holds_at_once() {
    let world = World::new().await;
    let maria = world.sign_in("maria").await;
    let patch = SettingsPatch { session_lifetime_minutes: Some(1), ..SettingsPatch::default() };
    let refused = settings::update(&world.app, &client(), &maria, "demo", (patch, None)).await;
    assert!(matches!(refused, Err(SettingsError::Invalid(_))), "{refused:?}");
    let patch = SettingsPatch { password_min_length: Some(100), ..SettingsPatch::default() };
    settings::update(&world.app, &client(), &maria, "demo", (patch, None)).await.unwrap();
    let wanted = admin::CreateUser {
        username: "anna".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(secret(NEW_PASSWORD)),
    };
    let refused = admin::create_user(&world.app, "demo", wanted).await.unwrap_err();
    assert_eq!(refused.to_string(), "password: Use at least 100 characters.");
}
