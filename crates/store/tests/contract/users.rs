//! Accounts and the names they sign in with.

use twinlock_core::{
    name::NameKey,
    throttle::Failures,
    user::{EARLIER_ADDRESS_SECS, Status},
};
use twinlock_store::{
    StoreError,
    users::{self, Account, FactorCounts, User},
};

use crate::{recovery, totp, world::World};

/// Who signs in to this tenant under this name.
async fn who(world: &World, slug: &str, name: &str) -> Option<String> {
    let key = NameKey::of(name).unwrap();
    users::by_login(world.store(), slug, &key).await.unwrap().map(|account| account.user.username)
}

async fn read(world: &World, user: &User) -> Account {
    users::account(world.store(), user.id).await.unwrap().unwrap()
}

async fn insert(world: &World, user: &User) -> Result<(), StoreError> {
    world.try_write(async |tx| users::insert(tx, user).await).await
}

#[tokio::test]
async fn an_account_is_read_as_it_was_written() {
    let (world, alice) = World::with_alice().await;
    let account = read(&world, &alice).await;
    assert_eq!(format!("{:?}", account.user), format!("{alice:?}"));
    assert_eq!((account.tenant.id, &account.factors), (alice.tenant_id, &FactorCounts::default()));
    let held = world.write(async |tx| users::hold(tx, alice.id).await).await.unwrap();
    assert_eq!(format!("{held:?}"), format!("{account:?}"));
    assert!(users::account(world.store(), world.id()).await.unwrap().is_none());
    assert!(world.write(async |tx| users::hold(tx, world.id()).await).await.is_none());
}

#[tokio::test]
async fn apps_and_unused_codes_are_counted_for_their_owner() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    assert!(!users::anybody_enrolled(world.store()).await.unwrap());
    totp::factor(&world, alice.id, b"one").await;
    totp::factor(&world, alice.id, b"two").await;
    let set = recovery::set(&world, alice.id, 0).await.id;
    let consume = async |tx: &_| twinlock_store::recovery::consume(tx, set, &[0; 32], world.now()).await;
    assert!(world.write(consume).await);
    assert_eq!(
        read(&world, &alice).await.factors,
        FactorCounts { apps: 2, codes: 9, codes_saved: true, ..FactorCounts::default() }
    );
    assert_eq!(read(&world, &bob).await.factors, FactorCounts::default());
    assert!(users::anybody_enrolled(world.store()).await.unwrap());
}

/// attacks.md row 5: every spelling of a name or address finds the one account, in its tenant only.
#[tokio::test]
async fn every_spelling_finds_the_account_in_its_tenant_only() {
    let (world, alice) = World::with_alice().await;
    let other = world.tenant("other").await;
    for name in ["alice", "ALICE", " Alice ", "ａｌｉｃｅ", "alice@example.org", "Alice@EXAMPLE.org"] {
        assert_eq!(who(&world, "acme", name).await.as_ref(), Some(&alice.username), "{name}");
        assert_eq!(who(&world, "other", name).await, None, "{name}");
    }
    assert_eq!(who(&world, "acme", "alic").await, None);
    assert_eq!(who(&world, "acme", "alice%").await, None);
    world.user(&other, "alice").await;
    assert_eq!(who(&world, "other", "alice").await.as_deref(), Some("alice"));
}

/// attacks.md row 5: no name of one account is another spelling of a name of another.
#[tokio::test]
async fn a_name_belongs_to_one_account_in_every_spelling() {
    let (world, alice) = World::with_alice().await;
    let acme = read(&world, &alice).await.tenant;
    let taken = [
        ("ALICE", None),
        ("ａｌｉｃｅ", None),
        ("alice@example.org", None),
        ("bob", Some("alice@example.org")),
        ("bob", Some("ALICE@Example.Org")),
        ("bob", Some("alice")),
    ];
    for (username, email) in taken {
        let user = User { email: email.map(Into::into), ..world.draft(&acme, username) };
        assert!(matches!(insert(&world, &user).await, Err(StoreError::Conflict)), "{username} {email:?}");
    }
    assert_eq!(world.number("SELECT count(*) AS n FROM users").await, 1);
    assert_eq!(world.number("SELECT count(*) AS n FROM login_names").await, 2);
}

#[tokio::test]
async fn a_name_is_free_unless_it_is_that_of_another_in_the_same_tenant() {
    let (world, alice) = World::with_alice().await;
    let alice = read(&world, &alice).await;
    let bob = world.user(&alice.tenant, "bob").await;
    world.user(&world.tenant("other").await, "carol").await;
    let bob = read(&world, &bob).await;
    for (account, name, free) in [
        (&alice, "alice", true),
        (&alice, "Alice@example.org", true),
        (&bob, "ALICE", false),
        (&bob, "alice@EXAMPLE.org", false),
        (&bob, "carol@example.org", true),
        (&bob, "\u{202e}", false),
    ] {
        assert_eq!(users::is_free(world.store(), account, name).await.unwrap(), free, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_raced_name_goes_to_one_account() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let (runner, names) = (std::sync::Arc::clone(&world), ["alice", "Alice", "ALICE"]);
    let number = std::sync::atomic::AtomicUsize::new(0);
    let won = world
        .race(async move |tx| {
            let turn = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            match users::insert(tx, &runner.draft(&tenant, names[turn % names.len()])).await {
                Ok(()) => Ok(true),
                Err(StoreError::Conflict) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await;
    assert_eq!(won, 1);
    assert_eq!(world.number("SELECT count(*) AS n FROM login_names").await, 1);
}

#[tokio::test]
async fn the_accounts_of_a_tenant_are_listed_page_by_page() {
    let (world, alice) = World::with_alice().await;
    let acme = read(&world, &alice).await.tenant;
    world.user(&world.tenant("other").await, "mallory").await;
    for name in ["bob", "carol", "dave", "erin"] {
        world.clock.advance_secs(1);
        world.user(&acme, name).await;
    }
    let mut seen: Vec<Account> = vec![];
    loop {
        let after = seen.last().map(|account| account.user.id);
        let page = users::of_tenant(world.store(), acme.id, after, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        seen.extend(page);
    }
    let names: Vec<_> = seen.iter().map(|account| account.user.username.as_str()).collect();
    assert_eq!(names, ["alice", "bob", "carol", "dave", "erin"]);
}

#[tokio::test]
async fn a_changed_address_signs_in_and_the_one_before_is_remembered() {
    let (world, alice) = World::with_alice().await;
    world.clock.advance_secs(5);
    let change = async |tx: &_| users::change_email(tx, &alice, "new@example.org", world.now()).await;
    world.write(change).await;
    assert_eq!(who(&world, "acme", "new@example.org").await.as_deref(), Some("alice"));
    assert_eq!(who(&world, "acme", "alice@example.org").await, None);
    assert_eq!(who(&world, "acme", "alice").await.as_deref(), Some("alice"));
    let user = read(&world, &alice).await.user;
    assert_eq!(user.email.as_deref(), Some("new@example.org"));
    assert_eq!(user.earlier_email.as_deref(), Some("alice@example.org"));
    assert_eq!(user.email_changed_at, Some(world.now()));
}

/// attacks.md row 33: the address before the last change finds the way to a reset for a while, signs nobody
/// in, and is nobody else's until it is released.
#[tokio::test]
async fn the_address_before_a_change_is_kept_for_resets() {
    let (world, alice) = World::with_alice().await;
    let acme = read(&world, &alice).await.tenant;
    let changed = world.now();
    let change = async |tx: &_| users::change_email(tx, &alice, "new@example.org", changed).await;
    world.write(change).await;
    let over = EARLIER_ADDRESS_SECS;
    let reset = async |after: i64| {
        let (key, at) = (NameKey::of("ALICE@example.org").unwrap(), changed.plus_secs(after));
        let found = users::by_reset_name(world.store(), "acme", &key, at).await.unwrap();
        found.map(|account| account.user.username)
    };
    assert_eq!(who(&world, "acme", "alice@example.org").await, None);
    assert_eq!((reset(over - 1).await.as_deref(), reset(over).await), (Some("alice"), None));
    let thief = User { email: Some("alice@example.org".into()), ..world.draft(&acme, "thief") };
    assert!(matches!(insert(&world, &thief).await, Err(StoreError::Conflict)));
    let bob = world.user(&acme, "bob").await;
    let bob = read(&world, &bob).await;
    assert!(!users::is_free(world.store(), &bob, "alice@example.org").await.unwrap());

    let release = async |after: i64| {
        let at = changed.plus_secs(after);
        world.write(async |tx| users::release_earlier_names(tx, at).await).await
    };
    assert_eq!((release(over - 1).await, release(over).await), (0, 1));
    assert!(users::is_free(world.store(), &bob, "alice@example.org").await.unwrap());
    assert_eq!(reset(0).await, None);
    insert(&world, &thief).await.unwrap();
}

/// Whoever goes back to the address before has it again, and the one between is given up.
#[tokio::test]
async fn going_back_to_the_address_before_is_possible() {
    let (world, alice) = World::with_alice().await;
    for address in ["new@example.org", "alice@example.org"] {
        let change = async |tx: &_| users::change_email(tx, &alice, address, world.now()).await;
        world.write(change).await;
        assert_eq!(who(&world, "acme", address).await.as_deref(), Some("alice"));
    }
    assert_eq!(who(&world, "acme", "new@example.org").await, None);
    // A user name that looks like the address stays one to sign in with.
    let acme = read(&world, &alice).await.tenant;
    let bob = User { email: Some("bob@example.org".into()), ..world.draft(&acme, "bob@example.org") };
    insert(&world, &bob).await.unwrap();
    world.write(async |tx| users::change_email(tx, &bob, "b@example.org", world.now()).await).await;
    assert_eq!(who(&world, "acme", "bob@example.org").await.as_deref(), Some("bob@example.org"));
}

#[tokio::test]
async fn the_name_of_another_cannot_become_an_address() {
    let (world, alice) = World::with_alice().await;
    let acme = read(&world, &alice).await.tenant;
    insert(&world, &world.draft(&acme, "bob@example.org")).await.unwrap();
    let change = async |tx: &_| users::change_email(tx, &alice, "BOB@example.org", world.now()).await;
    assert!(matches!(world.try_write(change).await, Err(StoreError::Conflict)));
    assert_eq!(who(&world, "acme", "alice@example.org").await.as_deref(), Some("alice"));
    assert_eq!(who(&world, "acme", "bob@example.org").await.as_deref(), Some("bob@example.org"));
    assert_eq!(read(&world, &alice).await.user.earlier_email, None);
}

#[tokio::test]
async fn a_user_name_that_is_the_address_survives_a_change_of_the_address() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let email = Some("ann@example.org".to_owned());
    let ann = User { email, ..world.draft(&tenant, "ann@example.org") };
    insert(&world, &ann).await.unwrap();
    let change = async |address: &str| {
        let address = address.to_owned();
        world.write(async |tx| users::change_email(tx, &ann, &address, world.now()).await).await;
    };
    assert_eq!(who(&world, "acme", "ann@example.org").await.as_deref(), Some("ann@example.org"));
    change("new@example.org").await;
    for name in ["ann@example.org", "new@example.org"] {
        assert_eq!(who(&world, "acme", name).await.as_deref(), Some("ann@example.org"));
    }
    change("Ann@example.org").await;
    assert_eq!(who(&world, "acme", "ann@example.org").await.as_deref(), Some("ann@example.org"));
    assert_eq!(who(&world, "acme", "new@example.org").await, None);
}

#[tokio::test]
async fn what_is_set_is_set_for_this_person_only() {
    let (world, alice) = World::with_alice().await;
    let bob = world.user(&world.tenant("other").await, "bob").await;
    let failures = Failures { count: 6, blocked_until: world.after(60), ..Failures::default() };
    let set = async |tx: &_| {
        users::set_display_name(tx, alice.id, "Alice A.").await?;
        users::set_password(tx, alice.id, "new hash").await?;
        users::set_status(tx, &alice, Status::Suspended).await?;
        users::set_typed_failures(tx, alice.id, failures).await?;
        users::set_limited_until(tx, alice.id, world.after(90)).await
    };
    world.write(set).await;
    let expected = User {
        display_name: "Alice A.".into(),
        password_hash: Some("new hash".into()),
        status: Status::Suspended,
        typed: failures,
        limited_until: Some(world.after(90)),
        ..alice.clone()
    };
    assert_eq!(format!("{:?}", read(&world, &alice).await.user), format!("{expected:?}"));
    assert_eq!(format!("{:?}", read(&world, &bob).await.user), format!("{bob:?}"));
}

#[tokio::test]
async fn a_hash_is_replaced_only_where_the_password_is_still_the_same() {
    let (world, alice) = World::with_alice().await;
    world.write(async |tx| users::rehash(tx, alice.id, "hash", "stronger").await).await;
    assert_eq!(read(&world, &alice).await.user.password_hash.as_deref(), Some("stronger"));
    world.write(async |tx| users::rehash(tx, alice.id, "hash", "of the old password").await).await;
    assert_eq!(read(&world, &alice).await.user.password_hash.as_deref(), Some("stronger"));
}

/// attacks.md row 2: a sign-in without the second lock forgives no wrong codes.
#[tokio::test]
async fn only_a_sign_in_by_a_factor_forgives_wrong_codes() {
    let (world, alice) = World::with_alice().await;
    let failures = Failures { count: 6, blocked_until: world.after(60), ..Failures::default() };
    world.write(async |tx| users::set_typed_failures(tx, alice.id, failures).await).await;
    for (by_factor, expected) in [(false, failures), (true, Failures::default())] {
        world.clock.advance_secs(1);
        world.write(async |tx| users::signed_in(tx, alice.id, world.now(), by_factor).await).await;
        let user = read(&world, &alice).await.user;
        assert_eq!((user.typed, user.last_sign_in_at), (expected, Some(world.now())));
    }
}

/// Whoever waited for a person's row sees what the one before did to the factors.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_holds_an_account_next_sees_the_factors_as_they_are_then() {
    let (world, alice) = World::with_alice().await;
    let factor = totp::factor(&world, alice.id, b"secret").await.id;
    let first = world.store().begin().await.unwrap();
    users::hold(&first, alice.id).await.unwrap();
    let second = async { world.write(async |tx| users::hold(tx, alice.id).await).await.unwrap() };
    let remove = async {
        if !world.is_sqlite() {
            world.until_somebody_waits().await;
        }
        assert!(twinlock_store::totp::remove(&first, alice.id, factor).await.unwrap());
        first.commit().await.unwrap();
    };
    let (account, ()) = tokio::join!(second, remove);
    assert_eq!(account.factors.apps, 0);
}
