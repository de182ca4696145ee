//! Addresses: guessing from many, spraying from one, and pretending to be another.

use twinlock_core::audit::EventKind;
use twinlock_testkit::{TestApp, TestSettings, app::PASSWORD};

use super::{wait_of, wrong_codes};

const HEADERS: [&str; 5] =
    ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"];

/// attacks.md row 4: the account's budget holds whatever address a guess comes from.
#[tokio::test]
async fn guesses_from_many_addresses_share_the_accounts_budget() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mut evaluated = 0;
    for n in 2..250 {
        let somewhere = test.anonymous().at(&format!("127.0.0.{n}"));
        let answer = somewhere.login("demo", "mia", PASSWORD, Some(&phone.wrong_code(n))).await;
        evaluated += usize::from(answer.status == 401);
    }
    assert_eq!(evaluated, 5);
    let events = test.events(EventKind::SignInCodeRefused).await;
    let mut addresses: Vec<_> = events.iter().map(|event| event.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"]);
}

/// attacks.md row 4: forwarding headers of a stranger, readable or not, change neither the budget nor the
/// address in the log, and no step is skipped for them.
#[tokio::test]
async fn a_strangers_forwarding_headers_are_ignored() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let values = [
        "198.51.100.7",
        "for=198.51.100.7",
        "a",
        "",
        "127.0.0.1, 10.0.0.1",
        "fe80::1%eth0",
        &"1".repeat(4096),
    ];
    let mut evaluated = 0;
    for value in values {
        for header in HEADERS {
            let caller = test.anonymous().at("203.0.113.5").with_header(header, value);
            let answer = caller.login("demo", "mia", PASSWORD, Some(&phone.wrong_code(0))).await;
            evaluated += usize::from(answer.status == 401);
            assert!(answer.status == 401 || answer.status == 429, "{header}: {}", answer.text());
        }
    }
    assert_eq!(evaluated, 5);
    let events = test.events(EventKind::SignInCodeRefused).await;
    assert!(events.iter().all(|event| event.address == "203.0.113.5"), "{events:?}");
}

/// attacks.md row 4: a configured proxy is believed, and only what it wrote itself.
#[tokio::test]
async fn a_configured_proxy_is_believed() {
    let settings = TestSettings { trusted_proxies: vec!["10.0.0.0/8".into()], ..TestSettings::default() };
    let test = TestApp::with(settings).await;
    let (_, phone) = test.enrolled("mia").await;
    let through = |value: &str| test.anonymous().at("10.0.0.1").with_header("x-forwarded-for", value);
    for (value, _) in SEEN_THROUGH_A_PROXY {
        let answer = through(value).login("demo", "mia", PASSWORD, Some(&phone.wrong_code(0))).await;
        answer.refused(401, "invalid_mfa_code");
        test.clock.advance_secs(1);
    }
    let events = test.events(EventKind::SignInCodeRefused).await;
    let seen = events.iter().flat_map(|event| vec![event.address.as_str(); event.times() as usize]);
    assert_eq!(seen.collect::<Vec<_>>(), SEEN_THROUGH_A_PROXY.map(|(_, address)| address));
}

const SEEN_THROUGH_A_PROXY: [(&str, &str); 4] = [
    ("198.51.100.7", "198.51.100.7"),
    ("1.2.3.4, 198.51.100.7", "198.51.100.7"),
    ("198.51.100.7, 10.0.0.2", "198.51.100.7"),
    ("198.51.100.7, nonsense", "10.0.0.1"),
];

/// attacks.md row 4: one password tried on hundreds of names makes the address wait, and no other one.
#[tokio::test]
async fn spraying_makes_the_address_wait() {
    let test = TestApp::start().await;
    let sprayer = test.anonymous().at("203.0.113.5");
    for n in 0..100 {
        sprayer
            .login("demo", &format!("user{n}"), "Spring2026", None)
            .await
            .refused(401, "invalid_credentials");
    }
    let blocked =
        sprayer.login("demo", "user100", "Spring2026", None).await.refused(429, "too_many_attempts");
    assert!((1..=600).contains(&wait_of(&blocked)));
    sprayer.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    test.anonymous().at("203.0.113.6").login("demo", "bob", PASSWORD, None).await.expect(200);
    test.clock.advance_secs(600);
    sprayer.login("demo", "bob", PASSWORD, None).await.expect(200);
}

/// attacks.md row 4: a sprayer's own account buys no more guesses.
#[tokio::test]
async fn an_own_success_does_not_forgive_the_address() {
    let test = TestApp::start().await;
    let sprayer = test.anonymous().at("203.0.113.5");
    for n in 0..100 {
        if n % 10 == 9 {
            sprayer.login("demo", "bob", PASSWORD, None).await.expect(200);
        }
        sprayer
            .login("demo", &format!("user{n}"), "Spring2026", None)
            .await
            .refused(401, "invalid_credentials");
    }
    sprayer.login("demo", "user100", "Spring2026", None).await.refused(429, "too_many_attempts");
}

/// attacks.md row 4: the addresses of one IPv6 network are one address.
#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let test = TestApp::start().await;
    for n in 0..100 {
        let sprayer = test.anonymous().at(&format!("2001:db8:1:2:{n:x}::{n:x}"));
        sprayer
            .login("demo", &format!("user{n}"), "Spring2026", None)
            .await
            .refused(401, "invalid_credentials");
    }
    let same = test.anonymous().at("2001:db8:1:2:ffff::1");
    same.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
    let next = test.anonymous().at("2001:db8:1:3::1");
    next.login("demo", "bob", PASSWORD, None).await.expect(200);
}

/// attacks.md row 4: wrong codes behind the right password are the account's matter, not the address's.
#[tokio::test]
async fn wrong_codes_do_not_block_an_office() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    test.anonymous().login("demo", "bob", PASSWORD, None).await.expect(200);
}
