//! Changing one's display name and address.

use twinlock_service::{
    Caller,
    account::{Profile, ProfileChange, ProfileError, update_profile},
    email, recover,
};

use crate::world::{PASSWORD, World, client, secret};

const DAYS_3: i64 = 72 * 3600;

async fn wish(world: &World, caller: &Caller, change: ProfileChange) -> Result<Profile, ProfileError> {
    update_profile(&world.app, &client(), caller, change).await
}

fn new_address(address: &str) -> ProfileChange {
    let current_password = Some(secret(PASSWORD));
    ProfileChange { email: Some(address.into()), current_password, ..ProfileChange::default() }
}

/// Asks for an address and opens the link that was mailed to it.
async fn move_to(world: &World, name: &str, address: &str) {
    let caller = world.sign_in(name).await;
    wish(world, &caller, new_address(address)).await.unwrap();
    let mails = world.mails().await;
    let link = mails.iter().find(|mail| mail.subject == "Confirm your address").unwrap();
    assert_eq!(link.to, address);
    email::confirm(&world.app, &client(), &link.token()).await.unwrap();
}

async fn reset_goes_to(world: &World, typed: &str) -> String {
    world.mails().await;
    recover::request(&world.app, &client(), "demo", typed);
    world.mail().await.to
}

#[tokio::test]
async fn a_display_name_changes_at_once() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    let change = ProfileChange { display_name: Some(" Ben Ä. ".into()), ..ProfileChange::default() };
    let profile = wish(&world, &caller, change).await.unwrap();
    assert_eq!((profile.user.display_name.as_str(), profile.email_pending), ("Ben Ä.", None));
    assert_eq!(world.account("ben").await.user.display_name, "Ben Ä.");
    let bad = ProfileChange { display_name: Some("a\u{202e}b".into()), ..ProfileChange::default() };
    assert!(matches!(wish(&world, &caller, bad).await, Err(ProfileError::DisplayName(_))));
}

#[tokio::test]
async fn a_new_address_counts_once_confirmed_and_both_are_told() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    let profile = wish(&world, &caller, new_address("ben@new.example")).await.unwrap();
    assert_eq!(profile.user.email.as_deref(), Some("ben@demo.example"));
    assert_eq!(profile.email_pending.as_deref(), Some("ben@new.example"));
    let mails = world.mails().await;
    let told = mails.iter().find(|mail| mail.to == "ben@demo.example").unwrap();
    assert!(told.text.contains("b…@new.example") && !told.text.contains("ben@new.example"), "{}", told.text);
    let token = mails.iter().find(|mail| mail.to == "ben@new.example").unwrap().token();

    let shown = email::peek(&world.app, &token).await.unwrap().unwrap();
    assert_eq!(shown.address.as_deref(), Some("ben@new.example"));
    let user = email::confirm(&world.app, &client(), &token).await.unwrap();
    assert_eq!(user.email.as_deref(), Some("ben@new.example"));
    let mut told: Vec<_> = world.mails().await.into_iter().map(|mail| mail.to).collect();
    told.sort();
    assert_eq!(told, ["ben@demo.example", "ben@new.example"]);
    assert!(world.try_sign_in("ben@new.example", PASSWORD).await.is_ok());
    assert!(world.try_sign_in("ben@demo.example", PASSWORD).await.is_err());
}

/// attacks.md row 32: once, in time, and only the newest.
#[tokio::test]
async fn an_address_link_works_once_in_time_and_only_the_newest() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    let link_to = async |address: &str| {
        wish(&world, &caller, new_address(address)).await.unwrap();
        world.mails().await.into_iter().find(|mail| mail.to == address).unwrap().token()
    };
    let (first, second) = (link_to("ben@one.example").await, link_to("ben@two.example").await);
    let confirm = async |token: &str| email::confirm(&world.app, &client(), token).await;
    assert!(confirm(&first).await.is_err());
    assert!(confirm("nonsense").await.is_err());
    assert!(confirm(&second).await.is_ok());
    assert!(confirm(&second).await.is_err());
    let late = link_to("ben@three.example").await;
    world.clock.advance_secs(24 * 3600);
    assert!(confirm(&late).await.is_err());
    assert_eq!(world.account("ben").await.user.email.as_deref(), Some("ben@two.example"));
}

/// attacks.md row 42: whether somebody else has the address cannot be told from the answer.
#[tokio::test]
async fn a_taken_address_looks_the_same_and_gets_no_link() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    let profile = wish(&world, &caller, new_address("EVE@demo.example")).await.unwrap();
    assert_eq!(profile.email_pending.as_deref(), Some("EVE@demo.example"));
    assert_eq!(world.mail().await.to, "ben@demo.example");
}

/// Two people may wait for the same address; the first to open the link has it.
#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_refused() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for name in ["ben", "eve"] {
        let caller = world.sign_in(name).await;
        wish(&world, &caller, new_address("shared@new.example")).await.unwrap();
        let mails = world.mails().await;
        tokens.push(mails.iter().find(|mail| mail.to == "shared@new.example").unwrap().token());
    }
    assert!(email::confirm(&world.app, &client(), &tokens[0]).await.is_ok());
    assert!(email::confirm(&world.app, &client(), &tokens[1]).await.is_err());
    assert_eq!(world.account("eve").await.user.email.as_deref(), Some("eve@demo.example"));
}

#[tokio::test]
async fn a_new_address_needs_the_password_where_no_factor_is_enrolled() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    let without = ProfileChange { email: Some("ben@new.example".into()), ..ProfileChange::default() };
    assert!(matches!(wish(&world, &caller, without).await, Err(ProfileError::PasswordRequired)));
    let wrong = ProfileChange { current_password: Some(secret("wrong")), ..new_address("ben@new.example") };
    assert!(matches!(wish(&world, &caller, wrong).await, Err(ProfileError::InvalidCredentials)));
    assert!(world.mails().await.is_empty());
}

/// attacks.md row 24: with a second factor, a new address needs a fresh proof of it.
#[tokio::test]
async fn a_new_address_needs_a_fresh_factor_where_one_is_enrolled() {
    let world = World::new().await;
    let caller = world.sign_in("ben").await;
    world.give_app(caller.live.account.user.id).await;
    let refused = wish(&world, &caller, new_address("ben@new.example")).await;
    assert!(matches!(refused, Err(ProfileError::StepUp(_))), "{refused:?}");
}

/// security.md decision 7: for three days resets still go to the earlier address.
#[tokio::test]
async fn for_three_days_resets_go_to_the_earlier_address() {
    let world = World::new().await;
    move_to(&world, "ben", "ben@new.example").await;
    assert_eq!(reset_goes_to(&world, "ben@new.example").await, "ben@demo.example");
    world.clock.advance_secs(DAYS_3);
    assert_eq!(reset_goes_to(&world, "ben@new.example").await, "ben@new.example");
}

/// Two changes in a row do not push the original address out.
#[tokio::test]
async fn a_second_change_does_not_push_the_original_address_out() {
    let world = World::new().await;
    move_to(&world, "ben", "ben@thief.example").await;
    move_to(&world, "ben", "ben@other.example").await;
    assert_eq!(reset_goes_to(&world, "ben").await, "ben@demo.example");
    assert_eq!(world.account("ben").await.user.email.as_deref(), Some("ben@other.example"));
}

/// Going back to the original address leaves nothing to the one between.
#[tokio::test]
async fn after_going_back_the_address_between_counts_for_nothing() {
    let world = World::new().await;
    move_to(&world, "ben", "ben@thief.example").await;
    move_to(&world, "ben", "ben@demo.example").await;
    let told: Vec<_> = world.mails().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(told, ["ben@demo.example"]);
    assert_eq!(reset_goes_to(&world, "ben").await, "ben@demo.example");
}
