//! The first start.

use twinlock_core::user::Role;
use twinlock_service::{
    admin, bootstrap,
    login::{Outcome, Target},
    setup::{self, NewOwner, SetupError},
};

use crate::world::{NEW_PASSWORD, World, client, demo, secret};

fn owner(slug: &str) -> NewOwner {
    NewOwner {
        tenant_name: "First organisation".into(),
        slug: slug.into(),
        username: "olga".into(),
        email: Some("olga@first.example".into()),
        display_name: None,
        password: secret(NEW_PASSWORD),
    }
}

async fn offer(world: &World) -> String {
    let link = setup::offer(&world.app).await.unwrap().unwrap();
    link.strip_prefix("https://id.example/setup/").unwrap().to_owned()
}

async fn complete(world: &World, token: &str, owner: NewOwner) -> Result<Outcome, SetupError> {
    setup::complete(&world.app, &client(), token, owner, Target::API).await
}

#[tokio::test]
async fn the_printed_link_makes_the_first_owner() {
    let world = World::empty().await;
    let token = offer(&world).await;
    assert!(setup::peek(&world.app, &token).await.unwrap());
    let outcome = complete(&world, &token, owner("demo")).await.unwrap();
    let Outcome::MustEnrol(signed_in) = outcome else {
        panic!("an owner enrols before anything else: {outcome:?}")
    };
    let user = signed_in.user;
    assert_eq!(
        (user.role, user.tenant_id.as_str(), user.display_name.as_str()),
        (Role::Owner, "demo", "olga")
    );
}

/// attacks.md row 34: never again, whatever happens to the owner.
#[tokio::test]
async fn once_done_the_set_up_never_reopens() {
    let world = World::empty().await;
    let token = offer(&world).await;
    complete(&world, &token, owner("demo")).await.unwrap();
    assert!(matches!(complete(&world, &token, owner("again")).await, Err(SetupError::LinkInvalid)));
    admin::suspend(&world.app, "demo", "olga").await.unwrap();
    assert_eq!(setup::offer(&world.app).await.unwrap(), None);
    assert!(!setup::peek(&world.app, &token).await.unwrap());
}

/// attacks.md row 34: of many that race, on two servers, one wins.
#[tokio::test]
async fn of_many_that_race_one_wins() {
    let world = World::empty().await;
    let other = world.second_node().await;
    let token = offer(&world).await;
    let client = client();
    let attempts = (0..10).map(|number| {
        let app = if number % 2 == 0 { world.app.clone() } else { other.clone() };
        let (client, token) = (client.clone(), token.clone());
        tokio::spawn(async move {
            let owner = owner(&format!("tenant-{number}"));
            setup::complete(&app, &client, &token, owner, Target::API).await.is_ok()
        })
    });
    let mut won = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        won += u32::from(attempt.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(twinlock_store::tenants::list(world.app.store(), 50).await.unwrap().len(), 1);
}

/// attacks.md row 34: without the printed token there is no set-up; it lives an hour, or until the
/// next start prints another.
#[tokio::test]
async fn only_the_newest_link_opens_it_and_only_for_an_hour() {
    let world = World::empty().await;
    let (first, second) = (offer(&world).await, offer(&world).await);
    for dead in [first.as_str(), "", "admin", &second[..42]] {
        assert!(matches!(complete(&world, dead, owner("demo")).await, Err(SetupError::LinkInvalid)));
    }
    world.clock.advance_secs(3600);
    assert!(matches!(complete(&world, &second, owner("demo")).await, Err(SetupError::LinkInvalid)));
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_and_uses_nothing_up() {
    let world = World::empty().await;
    let token = offer(&world).await;
    let wrong = NewOwner {
        tenant_name: " ".into(),
        username: "a b".into(),
        email: Some("nonsense".into()),
        display_name: Some("\u{202e}".into()),
        ..owner("system")
    };
    let Err(SetupError::Invalid(problems)) = complete(&world, &token, wrong).await else {
        panic!("accepted")
    };
    let mut fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["display_name", "email", "tenant_id", "tenant_name", "username"]);
    let weak = NewOwner { password: secret("olga olga olga"), ..owner("demo") };
    assert!(matches!(complete(&world, &token, weak).await, Err(SetupError::Weak(_))));
    assert!(complete(&world, &token, owner("demo")).await.is_ok());
}

/// attacks.md row 34: a tenant that the operator made otherwise closes the set-up as well.
#[tokio::test]
async fn a_tenant_made_otherwise_closes_the_set_up() {
    let world = World::empty().await;
    let token = offer(&world).await;
    admin::create_tenant(&world.app, "demo", "Demo").await.unwrap();
    assert!(matches!(complete(&world, &token, owner("first")).await, Err(SetupError::LinkInvalid)));
    let refused = bootstrap::fill(&world.app, vec![demo()]).await;
    assert!(matches!(refused, Err(bootstrap::BootstrapError::NotEmpty)));
}
