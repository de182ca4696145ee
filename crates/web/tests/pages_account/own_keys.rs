//! What a person does with the keys they have: list, rename, delete, prefer, confirm, switch off.

use axum::http::Method;
use twinlock_testkit::{
    Answer, Browser, TestApp, TestSettings,
    security_key::{SecurityKey, Signature},
};

use crate::{
    SESSION, enrol,
    keys::{ORIGIN, public_key, register},
    signed_in, with_both, with_password,
};

const SECURITY: &str = "/account/security";
const CONFIRM: &str = "/account/confirm";
const STEP_UP: &str = "/account/confirm/key/options";
const DISABLE: &str = "/account/security/disable";

/// Somebody whose one second factor is this key.
async fn with_key<'a>(test: &'a TestApp, username: &str) -> (Browser<'a>, SecurityKey) {
    let (mut browser, mut key) = (signed_in(test, username).await, SecurityKey::new(1));
    register(&mut browser, &mut key, "Blue").await.expect(303);
    browser.get(crate::ENROL_CODES).await.expect(200);
    browser.submit(crate::ENROL_CODES, &[]).await.expect(303);
    (browser, key)
}

/// What the script does: fetches the options of a step-up, has the key answer, sends the form.
async fn touch(
    browser: &mut Browser<'_>,
    key: &mut SecurityKey,
    page: &str,
    form: &[(&str, &str)],
) -> Answer {
    let options = public_key(&browser.submit(STEP_UP, form).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    browser.submit(page, &[form, &[("credential", &credential)]].concat()).await
}

/// The first page of a kind that the list of factors links to.
async fn link(browser: &mut Browser<'_>, end: &str) -> String {
    let page = browser.get(SECURITY).await.expect(200).text();
    let links = page.split("href=\"").map(|rest| rest.split('"').next().unwrap_or_default());
    links.into_iter().find(|link| link.ends_with(end)).expect("a link").to_owned()
}

#[tokio::test]
async fn a_key_is_renamed_and_deleted_after_a_question() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = with_key(&test, "mia").await;
    register(&mut browser, &mut SecurityKey::new(2), "Green").await.expect(303);
    let rename = link(&mut browser, "/rename").await;
    assert!(browser.get(&rename).await.expect(200).text().contains("Rename this key"));
    let page = browser.submit(&rename, &[("name", &"x".repeat(65))]).await.shown_again().text();
    assert!(page.contains("Rename this key") && page.contains("at most 64"));
    browser.submit(&rename, &[("name", "Navy")]).await.expect(303);

    let delete = link(&mut browser, "/remove").await;
    let page = browser.get(&delete).await.expect(200).text();
    assert!(
        page.contains("Delete Navy?")
            && page.contains("delete it there, too")
            && !page.contains("MFA is off")
    );
    let answer = browser.submit(&delete, &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=method-removed");
    let page = browser.get(SECURITY).await.text();
    assert!(!page.contains("Navy") && page.contains("Green"));

    // It is not asked any more, and opens nothing.
    let mut browser = with_password(&test, "mia", twinlock_testkit::app::PASSWORD).await;
    browser.open("/login/mfa").await.expect(200);
    let options = public_key(&browser.submit("/login/mfa/key/options", &[]).await);
    let credential = key.authenticate_bent(&options, ORIGIN, |_| {}).to_string();
    browser.submit("/login/mfa/key", &[("credential", &credential)]).await.shown_again();
}

#[tokio::test]
async fn deleting_the_only_key_switches_off_and_says_so_before() {
    let test = TestApp::start().await;
    let (mut browser, _) = with_key(&test, "mia").await;
    let delete = link(&mut browser, "/remove").await;
    let page = browser.get(&delete).await.expect(200).text();
    assert!(page.contains("<b>MFA is off</b>") && page.contains("Changing keys?"));
    let answer = browser.submit(&delete, &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/security?done=mfa-off");
    signed_in(&test, "mia").await;
}

#[tokio::test]
async fn the_list_tells_keys_apart_and_marks_what_is_odd() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = with_key(&test, "mia").await;
    let id = data_encoding(&key.credential_id());
    let page = browser.get(SECURITY).await.expect(200).text();
    assert!(page.contains(&id) && page.contains(&format!("{}…{}", &id[..4], &id[id.len() - 4..])));
    assert!(page.contains("not yet") && !page.contains("class=\"pill bad\""));
    touch(&mut browser, &mut key, CONFIRM, &[("next", SECURITY), ("with", "key")]).await.expect(303);
    assert!(browser.get(SECURITY).await.text().contains("just now"));

    // attacks.md row 58: the counter went back; the key is marked and still listed.
    key.set_counter(0);
    let refused = touch(&mut browser, &mut key, CONFIRM, &[("next", SECURITY), ("with", "key")]).await;
    assert!(refused.shown_again().text().contains("That key was not accepted."));
    let page = browser.get(SECURITY).await.text();
    assert!(page.contains("its counter went back") && page.contains("/help/mfa#copied-key"));
    assert!(browser.get("/help/mfa").await.text().contains("id=\"copied-key\""));

    test.by_hand("UPDATE security_keys SET rp_id = 'old.demo.example'").await;
    let page = browser.get(SECURITY).await.text();
    assert!(page.contains("registered for another name") && page.contains("old.demo.example"));
}

fn data_encoding(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn with_both_kinds_one_chooses_what_is_asked_first() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    enrol(&test, &mut browser).await;
    assert!(!browser.get(SECURITY).await.text().contains("Asked first at sign-in"));
    register(&mut browser, &mut SecurityKey::new(1), "Blue").await.expect(303);
    let page = browser.get(SECURITY).await.text();
    assert!(page.contains("value=\"webauthn\" checked") && page.contains("value=\"totp\">"));
    let preferred = "/account/security/preferred";
    let saved = browser.submit(preferred, &[("method", "totp")]).await.expect(303);
    assert_eq!(saved.location(), "/account/security?done=saved");
    assert!(browser.get(SECURITY).await.text().contains("value=\"totp\" checked"));
    browser.submit(preferred, &[("method", "pigeon")]).await.expect(400);
    let mut again = with_password(&test, "mia", twinlock_testkit::app::PASSWORD).await;
    assert_eq!(again.get("/login/mfa").await.expect(303).location(), "/login/mfa/app");
}

#[tokio::test]
async fn a_key_confirms_who_you_are() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = with_key(&test, "mia").await;
    test.clock.advance_secs(601);
    let asked = browser.get("/account/security/codes").await.expect(303).location().to_owned();
    let page = browser.get(&asked).await.expect(200).text();
    assert!(page.contains("Touch your security key") && page.contains("Use a recovery code"));
    assert!(!page.contains("name=\"code\"") && !page.contains("authenticator app"));
    let form = [("next", "/account/security/codes"), ("with", "key")];
    let page = browser.submit(CONFIRM, &form).await.shown_again().text();
    assert!(page.contains("Nothing came from your key."));
    let options = public_key(&browser.submit(STEP_UP, &form).await);
    let lie =
        key.authenticate_bent(&options, ORIGIN, |bent| bent.signature = Signature::ByAnotherKey).to_string();
    let page =
        browser.submit(CONFIRM, &[&form[..], &[("credential", &lie)]].concat()).await.shown_again().text();
    assert!(
        page.contains("That key was not accepted.") && page.contains("value=\"/account/security/codes\"")
    );

    let before = browser.cookies[SESSION].clone();
    let back = touch(&mut browser, &mut key, CONFIRM, &form).await.expect(303);
    assert_eq!(back.location(), "/account/security/codes");
    assert_ne!(browser.cookies[SESSION], before);
    browser.get(back.location()).await.expect(200);
}

#[tokio::test]
async fn another_way_to_confirm_is_a_link_away() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let phone = enrol(&test, &mut browser).await;
    register(&mut browser, &mut SecurityKey::new(1), "Blue").await.expect(303);
    let key_first = "/account/confirm?next=%2Faccount%2Fpassword";
    let page = browser.get(key_first).await.expect(200).text();
    assert!(page.contains("Use authenticator app instead") && !page.contains("Use a recovery code"));
    let page = browser.get(&format!("{key_first}&with=code")).await.expect(200).text();
    assert!(
        page.contains("A recovery code does not suffice here")
            && page.contains("Use your security key instead")
    );
    let form = [("next", "/account/password"), ("code", &*phone.next_code())];
    assert_eq!(browser.submit(CONFIRM, &form).await.expect(303).location(), "/account/password");

    browser.get(SECURITY).await.expect(200);
    browser.submit("/account/security/preferred", &[("method", "totp")]).await.expect(303);
    assert!(browser.get(key_first).await.text().contains("name=\"code\""));
    let page = browser.get(&format!("{key_first}&with=key")).await.expect(200).text();
    assert!(page.contains("Touch your security key"));
}

/// attacks.md row 34: a recovery code is no proof for a new password, also of who has only a key.
#[tokio::test]
async fn a_recovery_code_of_a_key_holder_opens_no_password_page() {
    let test = TestApp::start().await;
    let (mut browser, _) = with_key(&test, "mia").await;
    test.clock.advance_secs(601);
    let asked = browser.get("/account/password").await.expect(303).location().to_owned();
    let page = browser.get(&format!("{asked}&with=code")).await.expect(200).text();
    assert!(page.contains("Touch your security key") && !page.contains("recovery code"));
    test.by_hand("UPDATE security_keys SET rp_id = 'old.demo.example'").await;
    // What is known of a session is read anew every second.
    test.clock.advance_secs(2);
    let page = browser.get(&asked).await.expect(200).text();
    assert!(page.contains("Nothing that you have here opens this") && !page.contains("name=\"code\""));
}

/// attacks.md row 29: MFA goes off by a key that answers now, and by nothing less.
#[tokio::test]
async fn a_key_switches_off() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = with_key(&test, "mia").await;
    let mut elsewhere = test.browser();
    elsewhere.cookies = browser.cookies.clone();
    let page = browser.get(DISABLE).await.expect(200).text();
    assert!(page.contains("Disable with your security key") && page.contains("Recovery code"));
    assert!(
        browser.submit(DISABLE, &[]).await.shown_again().text().contains("Type one of your recovery codes.")
    );
    let options = public_key(&browser.submit(STEP_UP, &[]).await);
    let used = key.authenticate(&options, ORIGIN).to_string();
    browser.submit(CONFIRM, &[("with", "key"), ("credential", &used)]).await.expect(303);
    browser.get(DISABLE).await.expect(200);
    for credential in [used.as_str(), "{}", "[", "null"] {
        let page = browser.submit(DISABLE, &[("credential", credential)]).await.shown_again().text();
        assert!(page.contains("That key was not accepted."), "{credential}");
    }
    assert!(browser.get("/account").await.text().contains("Disable MFA"));
    let answer = touch(&mut browser, &mut key, DISABLE, &[("code", "")]).await.expect(303);
    assert_eq!(answer.location(), "/account?done=mfa-off");
    assert!(browser.get(answer.location()).await.expect(200).text().contains("Enable MFA"));
    elsewhere.get("/account").await.expect(303);
    signed_in(&test, "mia").await;
}

#[tokio::test]
async fn a_recovery_code_switches_off_for_whoever_lost_the_key() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = (signed_in(&test, "mia").await, SecurityKey::new(1));
    let answer = register(&mut browser, &mut key, "Blue").await;
    let codes = crate::codes_after(&mut browser, &answer).await;
    let mut browser = with_both(&test, "mia", &codes[0]).await;
    browser.get(DISABLE).await.expect(200);
    browser.submit(DISABLE, &[("code", &codes[1])]).await.expect(303);
    signed_in(&test, "mia").await;
}

/// attacks.md row 29: no other method of the page's address deletes a key.
#[tokio::test]
async fn a_key_goes_by_its_form_only() {
    let test = TestApp::start().await;
    let (mut browser, _) = with_key(&test, "mia").await;
    let delete = link(&mut browser, "/remove").await;
    browser.get(&delete).await.expect(200);
    browser.post_form(&delete, &[]).await.expect(403);
    let cookie = format!("{SESSION}={}", browser.cookies[SESSION]);
    let script = test.anonymous().with_header("cookie", &cookie);
    script.call(Method::DELETE, &delete, &serde_json::json!({})).await.expect(405);
    assert!(browser.get(SECURITY).await.text().contains("Blue"));
    test.clock.advance_secs(601);
    assert!(browser.submit(&delete, &[]).await.expect(303).location().starts_with(CONFIRM));
}

/// Switched off on the server, keys are asked by nobody at sign-in; but password and address stay guarded by them,
/// so their owner can still show one.
#[tokio::test]
async fn whoever_has_only_keys_can_change_the_password_while_mfa_is_off_on_the_server() {
    let mut test = TestApp::start().await;
    let (_, mut key) = with_key(&test, "mia").await;
    test.restart_with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut browser = signed_in(&test, "mia").await;
    let wants = browser.get("/account/password").await.expect(303);
    assert_eq!(wants.location(), "/account/confirm?next=%2Faccount%2Fpassword");
    let page = browser.get(wants.location()).await.expect(200).text();
    assert!(page.contains("data-options=\"/account/confirm/key/options\""), "{page}");
    let next = [("next", "/account/password"), ("with", "key")];
    let proven = touch(&mut browser, &mut key, CONFIRM, &next).await.expect(303);
    assert_eq!(proven.location(), "/account/password");
    browser.get("/account/password").await.expect(200);
    let new = "seven blue doors in autumn";
    let fields = [("current_password", twinlock_testkit::app::PASSWORD), ("new_password", new)];
    browser.submit("/account/password", &fields).await.expect(303);
    with_password(&test, "mia", new).await.open("/account").await.expect(200);
}
