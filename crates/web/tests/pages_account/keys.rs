//! Registering security keys and passkeys.

use serde_json::Value;
use twinlock_testkit::{
    Answer, Browser, TestApp,
    security_key::{Bent, SecurityKey, flag},
};

use crate::{CHOOSE, codes_after, confirm, enrol, signed_in};

pub const ORIGIN: &str = "http://localhost:8080";
const KEY: &str = "/account/security/enrol/key";
const OPTIONS: &str = "/account/security/enrol/key/options";

/// What the page's script is given.
pub fn public_key(answer: &Answer) -> Value {
    answer.clone().expect(200).json()["publicKey"].clone()
}

/// What the script does with the page of a key: fetches the options, has the key answer, sends the form.
async fn touch(
    browser: &mut Browser<'_>,
    key: &mut SecurityKey,
    form: &[(&str, &str)],
    bend: impl FnOnce(&mut Bent),
) -> Answer {
    browser.get(KEY).await.expect(200);
    let options = public_key(&browser.submit(OPTIONS, form).await);
    let credential = key.register_bent(&options, ORIGIN, bend).to_string();
    browser.submit(KEY, &[form, &[("credential", &credential)]].concat()).await
}

/// Registers an honest key of this name.
pub async fn register(browser: &mut Browser<'_>, key: &mut SecurityKey, name: &str) -> Answer {
    touch(browser, key, &[("name", name)], |_| {}).await
}

#[tokio::test]
async fn a_first_key_is_the_second_lock_and_brings_recovery_codes() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let page = browser.get(CHOOSE).await.expect(200).text();
    assert!(page.contains("Security key or passkey") && page.contains("value=\"key\""));
    let answer = browser.submit(CHOOSE, &[("kind", "key"), ("name", "Blue & co")]).await.expect(303);
    assert_eq!(answer.location(), "/account/security/enrol/key?name=Blue+%26+co");
    let page = browser.get(answer.location()).await.expect(200).text();
    assert!(page.contains("value=\"Blue &#38; co\"") && page.contains("ten recovery codes"));

    let mut key = SecurityKey::new(1);
    let answer = register(&mut browser, &mut key, "Blue").await;
    assert_eq!(codes_after(&mut browser, &answer).await.len(), 10);
    let saved = browser.submit("/account/security/enrol/codes", &[]).await.expect(303);
    let done = browser.open(saved.location()).await.expect(200).text();
    assert!(done.contains("<b>Blue</b>") && done.contains("Sign out and test"));
    assert!(done.contains("With a second key, or an authenticator app") && !done.contains("new code"));
    let home = browser.get("/account").await.text();
    assert!(home.contains("and your security key.") && home.contains("10 recovery codes are left"));
    let page = browser.get("/account/security").await.text();
    assert!(page.contains("<b>Blue</b>") && page.contains("<small>Security key</small>"));
    assert!(!page.contains("signs in alone") && !page.contains("Asked first at sign-in"));
}

#[tokio::test]
async fn a_key_without_a_name_is_called_after_its_make() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(CHOOSE).await.expect(200);
    assert_eq!(browser.submit(CHOOSE, &[("kind", "key"), ("name", " ")]).await.expect(303).location(), KEY);
    let titan = uuid::uuid!("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3");
    let mut key = SecurityKey::new(1).aaguid(titan.into_bytes());
    register(&mut browser, &mut key, " ").await.expect(303);
    assert!(browser.get("/account/security").await.text().contains("<b>Google Titan Security Key v2</b>"));
}

#[tokio::test]
async fn more_keys_and_passkeys_are_added_without_new_codes() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    let answer = register(&mut browser, &mut SecurityKey::new(1), "Blue").await.expect(303);
    assert_eq!(answer.location(), "/account/security/enrol/done");
    let alone = [("name", "Laptop"), ("passkey", "yes")];
    touch(&mut browser, &mut SecurityKey::platform(2), &alone, |_| {}).await.expect(303);
    let synced = [("name", "Cloud"), ("passkey", "yes")];
    touch(&mut browser, &mut SecurityKey::synced(3), &synced, |_| {}).await.expect(303);
    let page = browser.get("/account/security").await.expect(200).text();
    assert!(page.contains("Built into a device") && page.contains("Synced passkey"));
    assert_eq!(page.matches("signs in alone").count(), 2);
    let home = browser.get("/account").await.text();
    assert!(home.contains("one of 4 security keys and authenticator apps"));
}

/// attacks.md row 60: the same credential is registered once, on whatever account.
#[tokio::test]
async fn a_key_that_is_registered_already_is_refused_in_words() {
    let test = TestApp::start().await;
    let mut bob = signed_in(&test, "bob").await;
    let mut key = SecurityKey::new(1);
    register(&mut bob, &mut key, "Blue").await.expect(303);
    let taken = key.credential_id();
    let mut browser = signed_in(&test, "mia").await;
    let form = [("name", "Mine"), ("passkey", "yes")];
    let mut liar = SecurityKey::platform(2);
    let answer = touch(&mut browser, &mut liar, &form, |bent| {
        if let Some(attested) = &mut bent.authenticator_data.attested {
            attested.id.clone_from(&taken);
        }
        bent.envelope.id = None;
    });
    let page = answer.await.shown_again().text();
    assert!(page.contains("This key is registered already.") && page.contains("value=\"Mine\""));
    assert!(page.contains("value=\"yes\" checked"));
    assert!(browser.get("/account/security").await.text().contains("Enable MFA"));
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(KEY).await.expect(200);
    for (credential, words) in
        [("", "Nothing came from your key."), ("{", "was not accepted"), ("{}", "was not")]
    {
        let page =
            browser.submit(KEY, &[("name", "Blue"), ("credential", credential)]).await.shown_again().text();
        assert!(page.contains(words) && page.contains("value=\"Blue\""), "{credential}");
    }
    let long = "x".repeat(65);
    browser.submit(OPTIONS, &[("name", &long)]).await.expect(422);
    assert!(browser.submit(KEY, &[("name", &long)]).await.shown_again().text().contains("at most 64"));

    let form = [("name", "Blue"), ("passkey", "yes")];
    let mut key = SecurityKey::platform(1);
    let unverified =
        touch(&mut browser, &mut key, &form, |bent| bent.authenticator_data.clear(flag::USER_VERIFIED));
    assert!(unverified.await.shown_again().text().contains("The key did not check that it is you."));
    let absent =
        touch(&mut browser, &mut key, &form, |bent| bent.authenticator_data.clear(flag::USER_PRESENT));
    assert!(absent.await.shown_again().text().contains("was not accepted"));

    let options = public_key(&browser.submit(OPTIONS, &form).await);
    let credential = key.register(&options, ORIGIN).to_string();
    test.clock.advance_secs(301);
    let late = browser.submit(KEY, &[&form[..], &[("credential", &credential)]].concat()).await;
    assert!(late.shown_again().text().contains("That took a little too long."));
    assert!(browser.get("/account/security").await.text().contains("Enable MFA"));
}

/// attacks.md row 62: where the make must be proven, a key that does not prove it is refused, in words.
#[tokio::test]
async fn an_organisation_may_ask_for_keys_that_prove_their_make() {
    let test = TestApp::start().await;
    let settings = serde_json::json!({ "webauthn_attestation": "required" });
    test.sign_in("olga").await.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
    let mut browser = signed_in(&test, "mia").await;
    let page = register(&mut browser, &mut SecurityKey::new(1), "Blue").await.shown_again().text();
    assert!(page.contains("accepts only keys that prove their make"));
}

/// attacks.md row 24: the first factor is for who just gave the password, the next for who has one.
#[tokio::test]
async fn adding_a_key_asks_who_you_are() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    browser.get(KEY).await.expect(200);
    test.clock.advance_secs(601);
    let to_confirm = "/account/confirm?next=%2Faccount%2Fsecurity%2Fenrol%2Fkey";
    assert_eq!(browser.get(KEY).await.expect(303).location(), to_confirm);
    browser.submit(OPTIONS, &[("name", "Blue")]).await.expect(403);
    assert_eq!(browser.submit(KEY, &[("name", "Blue")]).await.expect(303).location(), to_confirm);

    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    let options = public_key(&browser.submit(OPTIONS, &[("name", "Blue")]).await);
    let credential = SecurityKey::new(1).register(&options, ORIGIN).to_string();
    test.clock.advance_secs(601);
    let form = [("name", "Blue"), ("credential", credential.as_str())];
    assert_eq!(browser.submit(KEY, &form).await.expect(303).location(), to_confirm);
    assert!(!browser.get("/account/security").await.text().contains("Blue"));
    confirm(&mut browser, KEY, &phone.code()).await.expect(303);
    register(&mut browser, &mut SecurityKey::new(1), "Blue").await.expect(303);
}

#[tokio::test]
async fn ten_devices_are_the_most_for_keys_as_well() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    for n in 0..10 {
        register(&mut browser, &mut SecurityKey::new(n), &format!("Key {n}")).await;
    }
    let page = browser.get("/account/security").await.text();
    assert!(page.contains("Ten are the most") && !page.contains("/enrol/key"));
    assert_eq!(browser.get(KEY).await.expect(303).location(), "/account/security");
    assert_eq!(browser.submit(KEY, &[]).await.expect(303).location(), "/account/security");
}

#[tokio::test]
async fn at_a_loopback_name_the_pages_say_where_keys_work() {
    let test = TestApp::start().await;
    let browser = signed_in(&test, "mia").await;
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let here =
        test.anonymous().with_header("host", "127.0.0.1:8080").with_header("cookie", &cookies.join("; "));
    let page = here.get(CHOOSE).await.expect(200).text();
    assert!(page.contains("Security keys need the public address") && page.contains("Authenticator app"));
    assert!(page.contains("href=\"http://localhost:8080/account/security/enrol/choose\""));
    assert!(!page.contains("value=\"key\""));
    assert_eq!(here.get(KEY).await.expect(303).location(), CHOOSE);
}
