//! Signing in with a passkey alone, from the first page.

use twinlock_testkit::{Answer, Browser, TestApp, TestSettings, security_key::SecurityKey};

use crate::{
    BEFORE, is_in,
    keys::{ORIGIN, public_key, register, touch},
    with_password,
};

pub const PASSKEY: &str = "/login/passkey";
pub const OPTIONS: &str = "/login/passkey/options";
pub const DEMO: (&str, &str) = ("tenant_id", "demo");

/// Has a passkey for `demo`, and is at the first page of a sign-in.
pub async fn at_the_first_page(test: &TestApp) -> (Browser<'_>, SecurityKey) {
    let mut key = SecurityKey::platform(8);
    register(&mut test.sign_in("mia").await, &mut key, "passkey").await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await.expect(200);
    (browser, key)
}

/// What the script does with the form as it stands.
async fn sign_in(browser: &mut Browser<'_>, key: &mut SecurityKey, form: &[(&str, &str)]) -> Answer {
    let options = public_key(&browser.submit(OPTIONS, form).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    browser.submit(PASSKEY, &[form, &[("credential", &credential)]].concat()).await
}

#[tokio::test]
async fn a_passkey_alone_opens_both_locks() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_first_page(&test).await;
    let page = browser.get("/t/demo/login?next=%2Faccount%2Fsessions").await.expect(200).text();
    assert!(page.contains("Sign in with a passkey") && page.contains("autocomplete=\"username webauthn\""));
    assert!(page.contains("formaction=\"/login/passkey\""));
    let form = [DEMO, ("username", ""), ("next", "/account/sessions")];
    let answer = sign_in(&mut browser, &mut key, &form).await.expect(303);
    assert_eq!(answer.location(), "/account/sessions");
    assert!(is_in(&mut browser).await && !browser.cookies.contains_key(BEFORE));
}

#[tokio::test]
async fn a_refused_passkey_says_so_and_what_was_typed_stays() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_first_page(&test).await;
    let mut unknown = SecurityKey::platform(9);
    let mut other = test.anonymous().sign_in("other", "mia", twinlock_testkit::app::PASSWORD).await;
    register(&mut other, &mut unknown, "passkey").await;
    let form = [DEMO, ("username", "mia"), ("next", "/account/sessions")];
    let page = sign_in(&mut browser, &mut unknown, &form).await.shown_again().text();
    assert!(page.contains("That passkey was not accepted.") && page.contains("value=\"mia\""));
    assert!(page.contains("value=\"/account/sessions\"") && page.contains("value=\"demo\""));
    for (credential, words) in
        [("", "Nothing came from your passkey."), ("[]", "not accepted"), ("{}", "not accepted")]
    {
        let page = browser.submit(PASSKEY, &[DEMO, ("credential", credential)]).await.shown_again().text();
        assert!(page.contains(words), "{credential}");
    }
    assert!(!is_in(&mut browser).await);
}

/// attacks.md row 55: a passkey's answer opens the browser that asked for it, once.
#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_asked() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_first_page(&test).await;
    let options = public_key(&browser.submit(OPTIONS, &[DEMO]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    let form = [DEMO, ("credential", credential.as_str())];
    let mut thief = test.browser();
    thief.get("/t/demo/login").await.expect(200);
    thief.submit(PASSKEY, &form).await.shown_again();
    assert!(!is_in(&mut thief).await);
    sign_in(&mut browser, &mut key, &[DEMO]).await.expect(303);
    browser.get("/login").await;
    let mut again = test.browser();
    again.get("/t/demo/login").await.expect(200);
    again.submit(PASSKEY, &form).await.shown_again();
}

/// attacks.md row 48: nobody is signed in by another site's form.
#[tokio::test]
async fn a_passkeys_form_wants_its_token() {
    let test = TestApp::start().await;
    let (mut browser, _) = at_the_first_page(&test).await;
    for page in [PASSKEY, OPTIONS] {
        browser.post_form(page, &[DEMO]).await.expect(403);
        browser.get(page).await.expect(405);
    }
}

#[tokio::test]
async fn where_there_are_several_organisations_the_passkey_is_for_the_one_typed() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_first_page(&test).await;
    assert!(browser.get("/login").await.expect(200).text().contains("Sign in with a passkey"));
    for (typed, words) in [("", "short name"), ("De mo", "small letters")] {
        let form = [("tenant_id", typed), ("username", "mia")];
        browser.submit(OPTIONS, &form).await.expect(422);
        let page = browser.submit(PASSKEY, &form).await.shown_again().text();
        assert!(page.contains(words) && page.contains("value=\"mia\"") && !page.contains("Nothing came"));
    }
    sign_in(&mut browser, &mut key, &[("tenant_id", " demo ")]).await.expect(303);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_passkey_that_was_removed_opens_nothing() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = at_the_first_page(&test).await;
    test.by_hand("DELETE FROM security_keys").await;
    let page = sign_in(&mut browser, &mut key, &[DEMO]).await.shown_again().text();
    assert!(page.contains("it was removed from your account"));
}

#[tokio::test]
async fn where_the_server_has_no_name_there_are_no_passkeys() {
    let numbered = TestSettings { public_url: "http://127.0.0.1:8080".into(), ..TestSettings::default() };
    let off = TestSettings { mfa_enabled: false, ..TestSettings::default() };
    for (settings, status) in [(numbered, 409), (off, 404)] {
        let test = TestApp::with(settings).await;
        let mut browser = test.browser();
        let page = browser.get("/t/demo/login").await.expect(200).text();
        assert!(!page.contains("passkey") && !page.contains("/assets/webauthn"));
        browser.submit(OPTIONS, &[DEMO]).await.expect(status);
    }
}

#[tokio::test]
async fn at_a_loopback_name_the_page_says_where_passkeys_work() {
    let test = TestApp::start().await;
    let stranger = test.anonymous().with_header("host", "127.0.0.1:8080");
    let page = stranger.get("/t/demo/login").await.expect(200).text();
    assert!(page.contains("Passkeys work only at") && page.contains("http://localhost:8080/login"));
    assert!(!page.contains("data-key="));
}

/// Registers a second-factor key that its device finds by itself, unasked and without saying so.
async fn eager(test: &TestApp) -> SecurityKey {
    const REGISTER: &str = "/api/v1/mfa/webauthn/register";
    let mut key = SecurityKey::platform(7);
    let mia = test.sign_in("mia").await;
    let options = mia.post(&format!("{REGISTER}/options"), serde_json::json!({})).await.expect(200).json();
    let mut options = options["publicKey"].clone();
    options["authenticatorSelection"]["residentKey"] = serde_json::json!("required");
    let mut credential = key.register(&options, ORIGIN);
    credential["clientExtensionResults"] = serde_json::json!({});
    let body = serde_json::json!({ "name": "Laptop", "credential": credential });
    mia.post(REGISTER, body).await.expect(201);
    key
}

#[tokio::test]
async fn a_second_lock_that_is_offered_alone_is_told_what_it_is_and_may_become_a_passkey() {
    let test = TestApp::start().await;
    let mut key = eager(&test).await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await.expect(200);
    let page = sign_in(&mut browser, &mut key, &[DEMO]).await.shown_again().text();
    assert!(
        page.contains("This key is your second lock.") && page.contains("Sign in with a passkey"),
        "{page}"
    );
    assert!(!page.contains("another organisation") && !is_in(&mut browser).await);

    let mut browser = with_password(&test, "mia").await;
    browser.open("/login/mfa").await.expect(200);
    touch(&mut browser, &mut key).await.expect(303);
    let home = browser.get("/account").await.expect(200).text();
    assert!(home.contains("Let this key sign in alone") && home.contains("Laptop"), "{home}");
    let link = home.split('"').find(|text| text.ends_with("/alone")).expect("an offer").to_owned();
    assert!(browser.get("/account/security").await.text().contains(&link));
    let asked = browser.get(&link).await.expect(200).text();
    assert!(asked.contains("Let Laptop sign in alone?"), "{asked}");
    let done = browser.submit(&link, &[]).await.expect(303);
    assert_eq!(done.location(), "/account/security?done=key-alone");
    let page = browser.get(done.location()).await.expect(200).text();
    assert!(page.contains("signs in alone") && !page.contains(&link), "{page}");

    let mut browser = test.browser();
    browser.get("/t/demo/login").await.expect(200);
    sign_in(&mut browser, &mut key, &[DEMO]).await.expect(303);
    let home = browser.get("/account").await.expect(200).text();
    assert!(!home.contains("Let this key sign in alone"), "{home}");
}

/// The offer is for whoever has shown this very key; anybody else is asked for it first.
#[tokio::test]
async fn an_offer_asks_for_the_key_where_another_proof_was_given() {
    let test = TestApp::start().await;
    let mut key = eager(&test).await;
    let mut browser = test.browser();
    browser.get("/t/demo/login").await.expect(200);
    sign_in(&mut browser, &mut key, &[DEMO]).await.shown_again();
    let mut browser = with_password(&test, "mia").await;
    browser.open("/login/mfa").await.expect(200);
    touch(&mut browser, &mut key).await.expect(303);
    test.clock.advance_secs(601);
    let page = browser.get("/account/security").await.expect(200).text();
    let link = page.split('"').find(|text| text.ends_with("/alone")).expect("an offer").to_owned();
    let led = browser.get(&link).await.expect(303);
    assert!(led.location().starts_with("/account/confirm?with=key&next="), "{}", led.location());
    browser.open("/account").await.expect(200);
    let led = browser.submit(&link, &[]).await.expect(303);
    assert!(led.location().starts_with("/account/confirm?with=key&next="), "{}", led.location());
}
