//! Who is one loss away from being locked out: what is kept agrees with the rule, also for those who were there before
//! it was kept.

use twinlock_core::readiness::{Home, Verdict};
use twinlock_store::{
    Run as _, recovery as codes, security_keys, user_counts,
    users::{self, User},
};

use crate::{recovery, security_keys::key, totp::factor, world::World};

const MIGRATION: &str = include_str!("../../src/migration/0008_readiness.sql");

/// As authenticators and browsers describe them.
fn described(home: Home) -> (bool, Vec<String>) {
    let transports: &[&str] = match home {
        Home::Synced | Home::Phone => &["internal", "hybrid"],
        Home::Device => &["internal"],
        Home::SecurityKey => &["usb", "nfc"],
    };
    (home == Home::Synced, transports.iter().map(|name| (*name).to_owned()).collect())
}

/// Somebody with an app or without, with such keys and so many codes.
async fn person(world: &World, user: &User, app: bool, keys: &[Home], left: u32) {
    if app {
        factor(world, user.id, b"secret").await;
    }
    for (number, home) in keys.iter().enumerate() {
        let (backed_up, transports) = described(*home);
        let credential = format!("{} {number}", user.username);
        let key = security_keys::SecurityKey {
            backed_up,
            transports,
            ..key(world, user.id, credential.as_bytes())
        };
        world.write(async |tx| security_keys::insert(tx, &key).await).await;
    }
    let set = recovery::set(world, user.id, 0).await.id;
    for number in 0..10 - u8::try_from(left).unwrap() {
        world.write(async |tx| codes::consume(tx, set, &[number; 32], world.now()).await).await;
    }
}

/// A migration that fills a column knows the same rule as the program that keeps it.
#[tokio::test]
async fn those_who_were_there_before_are_judged_by_the_same_rule() {
    use Home::{Device, Phone, SecurityKey, Synced};
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let keys: [&[Home]; 9] = [
        &[],
        &[Synced],
        &[Phone],
        &[Device],
        &[SecurityKey],
        &[Phone, Phone],
        &[Phone, Device],
        &[SecurityKey, Phone],
        &[Synced, SecurityKey, Device],
    ];
    let mut people = vec![];
    for app in [true, false] {
        for keys in keys {
            for left in [2, 3] {
                let user = world.user(&tenant, &format!("nr{}", people.len())).await;
                person(&world, &user, app, keys, left).await;
                world.write(async |tx| user_counts::refresh(tx, user.id).await).await;
                people.push(user.id);
            }
        }
    }
    let kept = user_counts::of_tenant(world.store(), tenant.id).await.unwrap();
    assert!(kept.iter().map(|counted| counted.at_risk).sum::<u64>() >= 6, "{kept:?}");

    world.sql("UPDATE users SET at_risk = 0").await;
    world.sql("UPDATE user_counts SET at_risk = 0").await;
    let code: Vec<_> = MIGRATION.lines().filter(|line| !line.starts_with("--")).collect();
    let code = code.join("\n");
    let fills: Vec<_> = code.split(';').map(str::trim).filter(|sql| sql.starts_with("UPDATE")).collect();
    assert_eq!(fills.len(), 2);
    for sql in fills {
        world.store().exec(sql, vec![]).await.unwrap();
    }
    for id in people {
        let account = users::account(world.store(), id).await.unwrap().unwrap();
        let verdict = account.factors.holdings(|_| true).verdict();
        assert_eq!(account.standing.at_risk, verdict == Verdict::AtRisk, "{:?}", account.factors);
    }
    assert_eq!(user_counts::of_tenant(world.store(), tenant.id).await.unwrap(), kept);
}

/// What is read with every account is what the keys say.
#[tokio::test]
async fn where_keys_live_is_read_with_the_account() {
    let (world, alice) = World::with_alice().await;
    let homes = [Home::Synced, Home::Phone, Home::Device, Home::SecurityKey];
    person(&world, &alice, false, &homes, 10).await;
    let account = users::account(world.store(), alice.id).await.unwrap().unwrap();
    let mut found: Vec<_> = account.factors.keys.iter().map(|key| key.home).collect();
    found.sort_by_key(|home| homes.iter().position(|other| other == home));
    assert_eq!(found, homes);
    assert!(account.factors.keys.iter().all(|key| key.rp_id == "id.example"));
}
