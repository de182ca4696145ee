//! "One more check": the code that opens an enrollment, on its page.

use secrecy::ExposeSecret;
use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Browser, TestApp, app::PASSWORD, security_key::SecurityKey};

use crate::{CHOOSE, enrol, keys::register, signed_in, with_password};

const PROOF: &str = "/account/security/enrol/proof";
const SEND: &str = "/account/security/enrol/proof/send";
const MIA: &str = "mia@demo.example";

/// The tenant asks for a code by mail before anybody enrols, and for whatever else is in `more`.
async fn tenant_asks(test: &TestApp, more: &serde_json::Value) {
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let mut settings = json!({ "enrollment_proof": "email" });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    olga.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
}

/// Somebody of the demo tenant who has no address.
async fn without_address(test: &TestApp, username: &str) {
    let user = CreateUser {
        username: username.into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", user).await.unwrap();
}

/// The code of the newest mail that brings one.
async fn mailed(test: &TestApp, address: &str) -> String {
    let mails = test.mails_to(address).await;
    let digits = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut codes = mails.iter().filter_map(|mail| mail.text.split_whitespace().find(digits));
    codes.next_back().expect("a mail with a code").to_owned()
}

/// Whoever asks for the first step of an enrollment is led to the check.
async fn is_asked(browser: &mut Browser<'_>) -> String {
    assert_eq!(browser.get(CHOOSE).await.expect(303).location(), PROOF);
    browser.get(PROOF).await.expect(200).text()
}

/// attacks.md row 15: who only has the password enrols nothing before the mailbox has answered.
#[tokio::test]
async fn the_code_of_the_mail_opens_the_enrollment() {
    let test = TestApp::start().await;
    tenant_asks(&test, &json!({})).await;
    let mut browser = signed_in(&test, "mia").await;
    let page = is_asked(&mut browser).await;
    assert!(page.contains("<b>m…@demo.example</b>") && !page.contains(MIA) && page.contains("Send the code"));
    for (path, fields) in [
        ("/account/security/enrol/app", vec![("name", "Phone"), ("code", "123456")]),
        (CHOOSE, vec![("kind", "app"), ("name", "Phone")]),
        ("/account/security/enrol/key", vec![("name", "Blue"), ("credential", "{}")]),
    ] {
        assert!(browser.submit(path, &fields).await.status != 200, "{path}");
    }
    browser.submit("/account/security/enrol/key/options", &[]).await.expect(403);

    browser.get(PROOF).await.expect(200);
    let sent = browser.submit(SEND, &[]).await.expect(303);
    assert_eq!(sent.location(), "/account/security/enrol/proof?done=mail-code-sent");
    assert!(browser.get(sent.location()).await.expect(200).text().contains("Send it again"));
    for (code, said) in [("", "Type the code."), ("00000000", "That code didn't match")] {
        let page = browser.submit(PROOF, &[("code", code)]).await.shown_again().text();
        assert!(page.replace("&#39;", "'").contains(said), "{page}");
    }
    let code = mailed(&test, MIA).await;
    assert_eq!(browser.submit(PROOF, &[("code", &code)]).await.expect(303).location(), CHOOSE);
    assert_eq!(browser.get(PROOF).await.expect(303).location(), CHOOSE);
    register(&mut browser, &mut SecurityKey::new(1), "Blue").await.expect(303);
    // Where there is a factor, there is nothing to check.
    assert_eq!(browser.get(PROOF).await.expect(303).location(), CHOOSE);
}

#[tokio::test]
async fn codes_are_sent_three_times_and_the_page_says_when_the_next_is() {
    let test = TestApp::start().await;
    tenant_asks(&test, &json!({})).await;
    let mut browser = signed_in(&test, "mia").await;
    is_asked(&mut browser).await;
    for _ in 0..3 {
        browser.submit(SEND, &[]).await.expect(303);
        // The next one is newer.
        test.clock.advance_secs(1);
    }
    let refused = browser.submit(SEND, &[]).await.shown_again();
    assert!(refused.text().contains("Three codes were sent lately"));
    let code = mailed(&test, MIA).await;
    browser.submit(PROOF, &[("code", &code)]).await.expect(303);
}

#[tokio::test]
async fn whoever_has_no_address_types_the_code_of_the_administrator() {
    let test = TestApp::start().await;
    without_address(&test, "ida").await;
    let mut browser = signed_in(&test, "ida").await;
    enrol(&test, &mut browser).await;
    let reset = admin::reset_mfa(&test.app, "demo", "ida").await.unwrap();
    let code = reset.enrollment_code.unwrap().expose_secret().to_owned();
    let mut browser = signed_in(&test, "ida").await;
    let page = is_asked(&mut browser).await;
    assert!(page.contains("comes from your administrator") && !page.contains("Send the code"));
    let page = browser.submit(PROOF, &[("code", "AAAA-BBBB-CCCC-DDDD")]).await.shown_again().text();
    assert!(page.contains("within 24 hours"));
    assert_eq!(browser.submit(PROOF, &[("code", &code)]).await.expect(303).location(), CHOOSE);
    enrol(&test, &mut browser).await;
}

/// In the middle of a sign-in the same check comes first, and nothing else opens.
#[tokio::test]
async fn a_sign_in_that_leads_into_the_enrollment_asks_for_the_code_as_well() {
    let test = TestApp::start().await;
    tenant_asks(&test, &json!({ "mfa_required": true })).await;
    let mut browser = with_password(&test, "mia", PASSWORD).await;
    let page = browser.open("/account").await.expect(200).text();
    assert!(page.contains("One more check") && !page.contains("Cancel"), "{page}");
    let form = page.split('"').find(|text| text.ends_with("/proof")).expect("a form").to_owned();
    browser.submit(&format!("{form}/send"), &[]).await.expect(303);
    let code = mailed(&test, MIA).await;
    let next = browser.submit(&form, &[("code", &code)]).await.expect(303).location().to_owned();
    assert_eq!(next, form.replace("/proof", "/choose"));
    assert!(browser.get(&next).await.expect(200).text().contains("Security key or passkey"));
}

/// Switching MFA off must not end at a wall that nobody spoke of.
#[tokio::test]
async fn who_could_not_enable_mfa_again_alone_is_told_before() {
    const WARNING: &str = "a code from your administrator";
    for (asks, username, warned) in [(false, "ida", false), (true, "mia", false), (true, "ida", true)] {
        let test = TestApp::start().await;
        without_address(&test, "ida").await;
        let mut browser = signed_in(&test, username).await;
        enrol(&test, &mut browser).await;
        if asks {
            tenant_asks(&test, &json!({})).await;
        }
        let page = browser.get("/account/security/disable").await.expect(200).text();
        assert_eq!(page.contains(WARNING), warned, "{asks} {username}");
        let page = browser.get("/account/security").await.expect(200).text();
        let remove = crate::address_ending(&page, "/remove").expect("a method").to_owned();
        let page = browser.get(&remove).await.expect(200).text();
        assert_eq!(page.contains(WARNING), warned, "{asks} {username}");
    }
}
