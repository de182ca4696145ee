//! A browser that completed a sign-in before is neither slowed down by strangers nor by its neighbours.

use serde_json::json;
use twinlock_core::ids::UserId;
use twinlock_service::browser;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

const DAY: i64 = 86_400;

async fn id(test: &TestApp, name: &str) -> UserId {
    let answer = test.sign_in(name).await.get("/api/v1/account").await.expect(200).json();
    UserId(answer["id"].as_str().unwrap().parse().unwrap())
}

/// A browser of the account, at an address where nobody has signed in.
async fn known<'a>(test: &'a TestApp, name: &str, generation: i64) -> Caller<'a> {
    let value = browser::remember(&test.app, id(test, name).await, generation).unwrap();
    test.anonymous().at("203.0.113.9").with_header("cookie", &format!("twinlock_device={value}"))
}

/// A hundred failures from the same address, for names of all kinds.
async fn block(test: &TestApp) {
    let neighbour = test.anonymous().at("203.0.113.9");
    for n in 0..100 {
        neighbour.guess("demo", &format!("user{n}")).await.refused(401, "invalid_credentials");
    }
    neighbour.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
}

/// attacks.md row 43: neither waits for the address nor counts against it.
#[tokio::test]
async fn a_known_browser_does_not_wait_for_its_address() {
    let test = TestApp::start().await;
    let browser = known(&test, "bob", 0).await;
    block(&test).await;
    browser.login("demo", "bob", PASSWORD, None).await.expect(200);
    browser.login("demo", "bob@demo.example", PASSWORD, None).await.expect(200);
    // For another account it is a browser like any other.
    browser.login("demo", "mia", PASSWORD, None).await.refused(429, "too_many_attempts");
    browser.login("demo", "nobody", PASSWORD, None).await.refused(429, "too_many_attempts");
}

/// attacks.md row 4: and its own failures are its own.
#[tokio::test]
async fn a_known_browsers_failures_do_not_count_against_its_address() {
    let test = TestApp::start().await;
    let browser = known(&test, "bob", 0).await;
    for _ in 0..10 {
        browser.guess("demo", "bob").await.refused(401, "invalid_credentials");
    }
    browser.guess("demo", "bob").await.refused(429, "too_many_attempts");
    let neighbour = test.anonymous().at("203.0.113.9");
    for n in 0..100 {
        neighbour.guess("demo", &format!("user{n}")).await.refused(401, "invalid_credentials");
    }
    neighbour.guess("demo", "user100").await.refused(429, "too_many_attempts");
}

/// attacks.md row 20: the cookie is worth ninety days.
#[tokio::test]
async fn the_memory_of_a_browser_ends_after_ninety_days() {
    let test = TestApp::start().await;
    let browser = known(&test, "bob", 0).await;
    test.clock.advance_secs(90 * DAY - 1);
    block(&test).await;
    browser.login("demo", "bob", PASSWORD, None).await.expect(200);
    test.clock.advance_secs(1);
    browser.login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
}

/// attacks.md row 20: and ends when the password changes, is reset, or second factors do.
#[tokio::test]
async fn the_memory_of_a_browser_ends_with_what_it_was_given_for() {
    let test = TestApp::start().await;
    let new = "quite another passphrase";
    let works = async |browser: &Caller<'_>, password: &str| {
        browser.login("demo", "bob", password, None).await.status == 200
    };
    let (before, bob) = (known(&test, "bob", 0).await, id(&test, "bob").await);
    block(&test).await;
    assert!(works(&before, PASSWORD).await);

    let change = json!({ "current_password": PASSWORD, "new_password": new });
    test.sign_in("bob").await.post("/api/v1/account/password", change).await.expect(200);
    assert!(!works(&before, new).await);

    let value = browser::remember(&test.app, bob, 1).unwrap();
    let again = test.anonymous().at("203.0.113.9").with_header("cookie", &format!("twinlock_device={value}"));
    assert!(works(&again, new).await);
    let confirm =
        json!({ "token": test.reset_token("demo", "bob@demo.example").await, "new_password": PASSWORD });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    assert!(!works(&again, PASSWORD).await);
}

/// attacks.md row 20: switching MFA off and on ends it as well, and so do cookies of earlier versions.
#[tokio::test]
async fn a_change_of_factors_ends_the_memory_and_old_cookies_have_none() {
    let test = TestApp::start().await;
    let before = known(&test, "mia", 0).await;
    let (mia, phone) = test.enrolled("mia").await;
    let between = browser::remember(&test.app, id(&test, "bob").await, 0).unwrap();
    assert!(browser::recall(&test.app, &between).is_some());
    assert!(browser::recall(&test.app, &between[..86]).is_none(), "the length they had");
    block(&test).await;
    let step = async |browser: &Caller<'_>| browser.login("demo", "mia", PASSWORD, None).await.status;
    assert_eq!(step(&before).await, 429);
    let user = mia.get("/api/v1/account").await.json()["id"].as_str().unwrap().parse().unwrap();
    let value = browser::remember(&test.app, UserId(user), 1).unwrap();
    let enrolled =
        test.anonymous().at("203.0.113.9").with_header("cookie", &format!("twinlock_device={value}"));
    assert_eq!(step(&enrolled).await, 200);
    mia.post("/api/v1/mfa/disable", json!({ "code": phone.next_code() })).await.expect(200);
    assert_eq!(step(&enrolled).await, 429);
}
