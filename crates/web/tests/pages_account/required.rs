//! Pages while the organisation requires a second factor.

use twinlock_testkit::{Browser, TestApp};

use super::{codes_after, phone, signed_in, with_both, with_password};
use twinlock_testkit::app::PASSWORD;

const DAY: i64 = 86_400;

/// The owner complies and requires a factor of everybody.
async fn enforced(test: &TestApp, days: u32) {
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let settings = serde_json::json!({ "mfa_required": true, "mfa_grace_period_days": days });
    olga.patch("/api/v1/tenants/demo/settings", settings).await.expect(200);
}

/// Enrols an app from the chooser under `/login/enrol`; answers where *I have saved them* led.
async fn enrols(test: &TestApp, bob: &mut Browser<'_>) -> String {
    bob.get("/login/enrol/choose").await.expect(200);
    let fields = [("kind", "app"), ("name", "Phone")];
    assert_eq!(bob.submit("/login/enrol/choose", &fields).await.expect(303).location(), "/login/enrol/app");
    let html = bob.get("/login/enrol/app").await.expect(200).text();
    let phone = phone(test, &html, vec![]);
    let wrong = phone.wrong_code(0);
    bob.submit("/login/enrol/app", &[("name", "Phone"), ("code", &wrong)]).await.shown_again();
    let fields = [("name", "Phone"), ("code", &phone.code())];
    let answer = bob.submit("/login/enrol/app", &fields).await;
    assert_eq!(codes_after(bob, &answer).await.len(), 10);
    bob.submit("/login/enrol/codes", &[]).await.expect(303).location().to_owned()
}

/// attacks.md row 71: whoever must enrol is led there by the sign-in and by every page, and signed in once it is done.
#[tokio::test]
async fn every_page_leads_to_the_enrollment_until_it_is_done() {
    let test = TestApp::start().await;
    enforced(&test, 0).await;
    let mut bob = with_password(&test, "bob", PASSWORD).await;
    for page in
        ["/account", "/account/security", "/account/sessions", "/account/password", "/account/profile"]
    {
        assert_eq!(bob.get(page).await.expect(303).location(), "/login/enrol", "{page}");
    }
    assert_eq!(bob.get("/account/security/enrol/choose").await.expect(303).location(), "/login/enrol");
    assert_eq!(bob.get("/login/enrol").await.expect(303).location(), "/login/enrol/choose");
    let html = bob.get("/login/enrol/choose").await.expect(200).text();
    assert!(html.contains("asks everybody for a second lock") && html.contains("Sign out"), "{html}");
    let done = enrols(&test, &mut bob).await;
    bob.get(&done).await.expect(200);
    let home = bob.get("/account").await.expect(200).text();
    assert!(home.contains("it cannot be switched off"), "{home}");
}

#[tokio::test]
async fn in_the_grace_period_every_page_counts_the_days() {
    let test = TestApp::start().await;
    enforced(&test, 7).await;
    let mut bob = signed_in(&test, "bob").await;
    for page in ["/account", "/account/security", "/account/sessions"] {
        let html = bob.get(page).await.expect(200).text();
        assert!(html.contains("7 days left") && html.contains("9 Mar 2026, 10:00 UTC"), "{page}: {html}");
    }
    test.clock.advance_secs(7 * DAY - 600);
    let mut bob = signed_in(&test, "bob").await;
    assert!(bob.get("/account").await.expect(200).text().contains("less than a day left"));
    test.clock.advance_secs(600);
    assert_eq!(bob.get("/account").await.expect(303).location(), "/login/enrol");
    let done = enrols(&test, &mut bob).await;
    bob.get(&done).await.expect(200);
    assert!(!bob.get("/account").await.expect(200).text().contains("days left"));
}

#[tokio::test]
async fn who_must_enrol_can_sign_out() {
    let test = TestApp::start().await;
    enforced(&test, 0).await;
    let mut bob = with_password(&test, "bob", PASSWORD).await;
    bob.get("/login/enrol/choose").await.expect(200);
    bob.submit("/logout", &[]).await.expect(303);
    assert!(bob.get("/login/enrol/choose").await.expect(303).location().starts_with("/login?next="));
}

/// attacks.md row 75: the controls that would take the last lock away say why they do nothing.
#[tokio::test]
async fn the_last_factor_cannot_be_removed_and_the_page_says_why() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("bob").await;
    enforced(&test, 7).await;
    let mut bob = with_both(&test, "bob", &phone.code()).await;
    let html = bob.get("/account/security").await.expect(200).text();
    assert_eq!(html.matches("disabled aria-describedby=\"required\"").count(), 2, "{html}");
    assert!(html.contains("the last device that counts stays"));
    bob.get("/account/security/disable").await.expect(200);
    bob.submit("/account/security/disable", &[("code", &phone.next_code())]).await.expect(409);
}
