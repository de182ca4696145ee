//! People as administrators list, find and change them.

use twinlock_core::{
    name::NameKey,
    user::{Role, Status},
};
use twinlock_store::{
    StoreError,
    people::{self, Filter, Hits, Mfa, Position, Search},
    tenants::Tenant,
    user_counts,
    users::{self, User},
};

use crate::{recovery::set, totp::factor, world::World};

/// All pages of a list.
async fn listed(world: &World, tenant: &Tenant, filter: Filter, limit: u32) -> Vec<String> {
    let (mut found, mut after) = (vec![], None);
    loop {
        let page = people::page(world.store(), tenant.id, filter, after, limit).await.unwrap();
        let Some(last) = page.last() else { return found };
        after = Some(last.user.id);
        found.extend(page.into_iter().map(|account| account.user.username));
    }
}

/// All pages of a search, however few words each looks through.
async fn found(world: &World, tenant: &Tenant, prefix: &str, limit: u32) -> Vec<String> {
    let all = search(world, tenant, (prefix, Filter::default()), (limit, 1000)).await;
    for words in [1, 2, 3] {
        assert_eq!(search(world, tenant, (prefix, Filter::default()), (limit, words)).await, all, "{words}");
    }
    all
}

async fn search(
    world: &World,
    tenant: &Tenant,
    (prefix, filter): (&str, Filter),
    (limit, words): (u32, u32),
) -> Vec<String> {
    let (mut names, mut after): (Vec<String>, Option<Position>) = (vec![], None);
    loop {
        let search = Search { prefix: NameKey::of(prefix).unwrap(), filter, after, words };
        let Hits { found, looked_to } =
            people::search(world.store(), tenant.id, &search, limit).await.unwrap();
        let full = found.len() == limit as usize;
        let last = found.last().map(|last| Position { word: last.word.clone(), user: last.account.user.id });
        names.extend(found.into_iter().map(|found| found.account.user.username));
        after = if full { last } else { looked_to };
        if after.is_none() {
            return names;
        }
    }
}

async fn insert(world: &World, user: User) -> User {
    world.write(async |tx| users::insert(tx, &user).await).await;
    user
}

async fn rename(world: &World, user: &User) -> Result<(), StoreError> {
    world.try_write(async |tx| people::set_names(tx, user).await).await
}

/// Every filter, alone and with others, finds whom reading everybody would find, in the order they were made.
#[tokio::test]
async fn filters_find_exactly_those_who_fit() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    world.user(&other, "foreign").await;
    let roles = [Role::Member, Role::Helpdesk, Role::Admin, Role::Owner];
    let statuses = [Status::Invited, Status::Active, Status::Suspended];
    let mut people = vec![];
    for role in roles {
        for status in statuses {
            for mfa in [Mfa::Enrolled, Mfa::NotEnrolled, Mfa::AtRisk] {
                world.clock.advance_secs(1);
                let name = format!("nr{}", people.len());
                let user = insert(&world, User { role, status, ..world.draft(&tenant, &name) }).await;
                if mfa != Mfa::NotEnrolled {
                    factor(&world, user.id, name.as_bytes()).await;
                }
                if mfa == Mfa::Enrolled {
                    set(&world, user.id, 0).await;
                }
                world.write(async |tx| user_counts::refresh(tx, user.id).await).await;
                people.push((user, mfa));
            }
        }
    }
    let maybe = |all: &[Role]| all.iter().copied().map(Some).chain([None]).collect::<Vec<_>>();
    for role in maybe(&roles) {
        for status in statuses.map(Some).into_iter().chain([None]) {
            for mfa in [None, Some(Mfa::Enrolled), Some(Mfa::NotEnrolled), Some(Mfa::AtRisk)] {
                let fits = |(user, has): &&(User, Mfa)| {
                    role.is_none_or(|role| user.role == role)
                        && status.is_none_or(|status| user.status == status)
                        && match mfa {
                            None => true,
                            Some(Mfa::Enrolled) => *has != Mfa::NotEnrolled,
                            Some(Mfa::NotEnrolled) => {
                                *has == Mfa::NotEnrolled && user.status != Status::Invited
                            }
                            Some(Mfa::AtRisk) => *has == Mfa::AtRisk && user.status != Status::Suspended,
                        }
                };
                let expected: Vec<_> =
                    people.iter().filter(fits).map(|(user, _)| user.username.clone()).collect();
                let filter = Filter { role, status, mfa };
                for limit in [1, 5, 100] {
                    assert_eq!(listed(&world, &tenant, filter, limit).await, expected, "{filter:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn people_are_found_by_how_their_words_begin_each_once() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    for (username, shown) in [("maria", "Maria Marlow"), ("bob", "Bob Märchen"), ("zoe", "ZOË")] {
        let email = Some(format!("{username}@example.org"));
        insert(&world, User { email, display_name: shown.into(), ..world.draft(&tenant, username) }).await;
    }
    insert(&world, world.draft(&other, "maria")).await;
    for (prefix, expected) in [
        ("mar", vec!["maria"]),
        ("MARL", vec!["maria"]),
        ("maria m", vec!["maria"]),
        ("mä", vec!["bob"]),
        ("m", vec!["maria", "bob"]),
        ("zoë", vec!["zoe"]),
        ("zoe@", vec!["zoe"]),
        ("%", vec![]),
        ("m_r", vec![]),
        ("aria", vec![]),
        ("example", vec![]),
    ] {
        for limit in [1, 2, 10] {
            assert_eq!(found(&world, &tenant, prefix, limit).await, expected, "{prefix}");
        }
    }
    assert_eq!(found(&world, &other, "m", 10).await, ["maria"]);
}

/// Among very many people of whom hardly anybody fits, a page looks through so many words and no more.
#[tokio::test]
async fn a_search_that_few_fit_is_broken_off_and_goes_on() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    for number in 0..20 {
        let role = if number == 13 { Role::Admin } else { Role::Member };
        insert(&world, User { role, ..world.draft(&tenant, &format!("zoe{number:02}")) }).await;
    }
    let filter = Filter { role: Some(Role::Admin), ..Filter::default() };
    let prefix = NameKey::of("zoe").unwrap();
    let part = Search { prefix, filter, after: None, words: 8 };
    let hits = people::search(world.store(), tenant.id, &part, 10).await.unwrap();
    assert!(hits.found.is_empty() && hits.looked_to.is_some(), "{hits:?}");
    for words in [1, 7, 1000] {
        for limit in [1, 10] {
            let found = search(&world, &tenant, ("zoe", filter), (limit, words)).await;
            assert_eq!(found, ["zoe13"], "{words} words, {limit} people");
        }
    }
}

/// However long a display name is, user name and address are among the words.
#[tokio::test]
async fn a_long_name_hides_no_other() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let display_name = (0..40).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    let email = Some("nora@example.org".to_owned());
    insert(&world, User { email, display_name, ..world.draft(&tenant, "nora") }).await;
    for prefix in ["nora", "nora@example.org", "w0", "w0 w1"] {
        assert_eq!(found(&world, &tenant, prefix, 10).await, ["nora"], "{prefix}");
    }
}

#[tokio::test]
async fn changed_names_take_the_place_of_the_old() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let signs_in = async |name: &str| {
        let key = NameKey::of(name).unwrap();
        users::by_login(world.store(), "acme", &key).await.unwrap().map(|account| account.user.id)
    };
    let email = Some("ada@example.org".to_owned());
    let ada = User { username: "Ada".into(), email, display_name: "Ada L".into(), ..alice.clone() };
    rename(&world, &ada).await.unwrap();
    for (name, who) in [
        ("ada", Some(ada.id)),
        ("ada@example.org", Some(ada.id)),
        ("alice", None),
        ("alice@example.org", None),
    ] {
        assert_eq!(signs_in(name).await, who, "{name}");
    }
    assert_eq!(found(&world, &tenant, "ali", 10).await, Vec::<String>::new());
    assert_eq!(found(&world, &tenant, "l", 10).await, ["Ada"]);
    let read = users::account(world.store(), ada.id).await.unwrap().unwrap().user;
    assert_eq!((read.username.as_str(), read.display_name.as_str()), ("Ada", "Ada L"));
    assert_eq!(read.earlier_email, None, "nothing was proven by an invitation's address");
    // The old names are anybody's again.
    world.user(&tenant, "alice").await;
}

/// attacks.md row 5: no change gives somebody another spelling of a name of somebody else.
#[tokio::test]
async fn a_taken_name_changes_nothing() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let bob = world.user(&tenant, "bob").await;
    let taken = [
        ("ALICE", None),
        ("alice@example.org", None),
        ("bobby", Some("Alice@Example.org")),
        ("ａｌｉｃｅ", None),
    ];
    for (username, email) in taken {
        let email = email.map(str::to_owned).or(bob.email.clone());
        let wanted = User { username: username.into(), email, ..bob.clone() };
        assert!(matches!(rename(&world, &wanted).await, Err(StoreError::Conflict)), "{username}");
    }
    assert_eq!(found(&world, &tenant, "b", 10).await, ["bob"]);
    let key = NameKey::of("bob").unwrap();
    assert!(users::by_login(world.store(), "acme", &key).await.unwrap().is_some());
    // Their own in another spelling is theirs.
    rename(&world, &User { username: "BOB".into(), ..bob }).await.unwrap();
}

#[tokio::test]
async fn a_role_is_of_one_person() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    let bob = world.user(&tenant, "bob").await;
    world.write(async |tx| people::set_role(tx, bob.id, Role::Owner).await).await;
    let role = async |user: &User| users::account(world.store(), user.id).await.unwrap().unwrap().user.role;
    assert_eq!((role(&alice).await, role(&bob).await), (Role::Member, Role::Owner));
    let other_owner =
        async |user: &User| world.write(async |tx| users::has_other_owner(tx, user).await).await;
    assert!(other_owner(&alice).await);
    assert!(!other_owner(&bob).await);
}

/// attacks.md row 69: whoever comes after has nothing of a person who was deleted.
#[tokio::test]
async fn a_deleted_person_is_found_no_more() {
    let (world, alice) = World::with_alice().await;
    let tenant = users::account(world.store(), alice.id).await.unwrap().unwrap().tenant;
    factor(&world, alice.id, b"one").await;
    world.write(async |tx| users::remove(tx, &alice).await).await;
    assert!(found(&world, &tenant, "alice", 10).await.is_empty());
    assert!(listed(&world, &tenant, Filter::default(), 10).await.is_empty());
    let again = world.user(&tenant, "alice").await;
    assert!(!users::account(world.store(), again.id).await.unwrap().unwrap().factors.any());
}
