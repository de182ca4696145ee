//! The link that the first start prints.

use twinlock_core::user::Role;
use twinlock_service::{
    Client, admin,
    login::{Outcome, Target},
    setup::{self, NewOwner},
};
use twinlock_testkit::{TestApp, TestSettings};

use super::{NEW, head, token_of};
use crate::support::together;

fn owner(slug: &str) -> NewOwner {
    NewOwner {
        tenant_name: "Acme".into(),
        slug: slug.into(),
        username: format!("{slug}-root"),
        email: Some("root@acme.example".into()),
        display_name: None,
        password: NEW.to_owned().into(),
    }
}

fn somebody() -> Client {
    Client::at(std::net::Ipv4Addr::LOCALHOST.into())
}

/// attacks.md row 34: the first account needs the printed link, which has one winner and never comes back.
#[tokio::test]
async fn the_first_start_has_one_winner() {
    let test = TestApp::empty(TestSettings::default()).await;
    let link = setup::offer(&test.app).await.unwrap().unwrap();
    assert!(link.starts_with("http://localhost:8080/setup/"));
    let token = token_of(&link);
    let page = format!("/setup/{token}");
    for _ in 0..2 {
        test.anonymous().get(&page).await.expect(200);
        head(&test, &page).await.expect(200);
    }
    for guess in ["", "A", &"A".repeat(43), &token[..42], &token.to_lowercase()] {
        assert!(!test.anonymous().get(&format!("/setup/{guess}")).await.status.is_success(), "{guess}");
        assert!(setup::complete(&test.app, &somebody(), guess, owner("thief"), Target::API).await.is_err());
    }
    let slugs: Vec<_> = (0..10).map(|n| format!("acme{n}")).collect();
    let client = somebody();
    let outcomes = together(
        slugs.iter().map(|slug| setup::complete(&test.app, &client, &token, owner(slug), Target::API)),
    )
    .await;
    let winners: Vec<_> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    let Outcome::MustEnrol(winner) = &winners[0] else { panic!("an owner enrols first") };
    let (tenant, username) = (&winner.user.tenant_id, &winner.user.username);
    assert_eq!(winner.user.role, Role::Owner);
    let begun = test.anonymous().login(tenant, username, NEW, None).await.expect(200).json();
    assert_eq!(begun["mfa_enrollment_required"], true);

    test.anonymous().get(&page).await.expect(410);
    assert_eq!(setup::offer(&test.app).await.unwrap(), None);
    admin::suspend(&test.app, tenant, username).await.unwrap();
    assert_eq!(setup::offer(&test.app).await.unwrap(), None);
    assert!(setup::complete(&test.app, &somebody(), &token, owner("later"), Target::API).await.is_err());
}

/// attacks.md row 34: the printed link lives an hour or until the next start.
#[tokio::test]
async fn the_printed_link_lives_an_hour_or_until_the_next_one() {
    for (age, good) in [(3599, true), (3600, false)] {
        let test = TestApp::empty(TestSettings::default()).await;
        let old = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
        let token = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
        assert!(setup::complete(&test.app, &somebody(), &old, owner("old"), Target::API).await.is_err());
        test.clock.advance_secs(age);
        assert_eq!(
            setup::complete(&test.app, &somebody(), &token, owner("acme"), Target::API).await.is_ok(),
            good
        );
    }
}

/// attacks.md row 34: an account made at the command line closes the first start.
#[tokio::test]
async fn a_tenant_made_meanwhile_kills_the_printed_link() {
    let test = TestApp::empty(TestSettings::default()).await;
    let token = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
    admin::create_tenant(&test.app, "first", "First").await.unwrap();
    test.anonymous().get(&format!("/setup/{token}")).await.expect(410);
    assert!(setup::complete(&test.app, &somebody(), &token, owner("acme"), Target::API).await.is_err());
    test.anonymous().login("acme", "acme-root", NEW, None).await.refused(401, "invalid_credentials");
}
