//! What is done to a person, asked first.

use twinlock_core::user::Role;
use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{add, both_locks, page_of, signed_in, with_phone};

#[tokio::test]
async fn reset_mfa_takes_everything_after_a_question() {
    let test = TestApp::start().await;
    let (mia, _) = test.enrolled("mia").await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "mia").await;
    let reset = format!("{page}/reset-mfa");
    let question = olga.get(&reset).await.expect(200).text();
    assert!(question.contains("data-question") && question.contains(">Reset MFA</button>"));
    assert!(question.contains("Is it really them?"));
    let long = "x".repeat(501);
    let refused = olga.submit(&reset, &[("reason", &long)]).await.shown_again().text();
    assert!(refused.contains("at most 500"));
    let done = olga.submit(&reset, &[("reason", "lost the phone")]).await.expect(303);
    let html = olga.get(done.location()).await.expect(200).text();
    assert!(html.contains("MFA is reset.") && !html.contains("Phone"));
    mia.get("/api/v1/account").await.refused(401, "unauthenticated");
    assert!(olga.get("/console/audit?type=mfa.reset").await.text().contains("lost the phone"));
    test.sign_in("mia").await.enrol().await;
}

/// The code that a page shows once.
fn handed_out(html: &str) -> String {
    let code = html.split("<li>").skip(1).find_map(|item| {
        let text = item.split("</li>").next()?;
        (text.len() < 30 && !text.contains('<')).then(|| text.to_owned())
    });
    code.expect("a code")
}

#[tokio::test]
async fn who_has_no_address_gets_a_code_that_is_shown_once() {
    let test = TestApp::start().await;
    add(&test, "nora", Role::Member, None).await;
    test.sign_in("nora").await.enrol().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "nora").await;
    olga.get(&format!("{page}/reset-mfa")).await.expect(200);
    let shown = olga.submit(&format!("{page}/reset-mfa"), &[("reason", "")]).await.expect(200);
    assert_eq!(shown.headers["cache-control"], "no-store");
    let html = shown.text();
    let code = handed_out(&html);
    assert!(html.contains("It is shown only now"));
    assert!(!olga.get(&page).await.expect(200).text().contains(&code));
    let nora = test.sign_in("nora").await;
    let body = serde_json::json!({ "code": code });
    nora.post("/api/v1/mfa/enrollment-proof/verify", body).await.expect(200);
}

#[tokio::test]
async fn an_account_is_suspended_activated_and_deleted() {
    let test = TestApp::start().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let mia = test.sign_in("mia").await;
    let page = page_of(&mut olga, "mia").await;
    assert_eq!(olga.get(&format!("{page}/activate")).await.expect(303).location(), page);
    assert_eq!(olga.get(&format!("{page}/invite")).await.expect(303).location(), page);
    let mut act = async |deed: &str, said: &str| {
        let question = olga.get(&format!("{page}/{deed}")).await.expect(200).text();
        assert!(question.contains("autofocus>Cancel"), "{deed}");
        let done = olga.submit(&format!("{page}/{deed}"), &[]).await.expect(303);
        let html = olga.get(done.location()).await.expect(200).text();
        assert!(html.contains(said), "{deed}");
    };
    act("end-sessions", "They are signed out everywhere.").await;
    mia.get("/api/v1/account").await.refused(401, "unauthenticated");
    act("suspend", "Suspended.").await;
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(401, "invalid_credentials");
    act("activate", "Not suspended any more.").await;
    test.sign_in("mia").await;
    act("delete", "The account is deleted.").await;
    olga.get(&page).await.expect(404);
    olga.get("/console/users").await.expect(200);
    olga.submit(&format!("{page}/suspend"), &[]).await.expect(404);
}

#[tokio::test]
async fn one_device_is_deleted_the_last_one_too() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "mia").await;
    let html = olga.get(&page).await.expect(200).text();
    let remove = html.split('"').find(|text| text.ends_with("/remove")).unwrap().to_owned();
    let question = olga.get(&remove).await.expect(200).text();
    assert!(question.contains("Delete Phone?") && question.contains("It is their last one."));
    let done = olga.submit(&remove, &[]).await.expect(303);
    assert!(olga.get(done.location()).await.text().contains("It no longer opens their account"));
    olga.get(&remove).await.expect(404);
    olga.get(&page).await.expect(200);
    olga.submit(&remove, &[]).await.expect(404);
}

/// Decision 6: without a factor a code opens the next enrollment, and somebody has to have it.
#[tokio::test]
async fn the_last_device_of_who_has_no_address_leaves_a_code_to_hand_over() {
    let test = TestApp::start().await;
    add(&test, "nora", Role::Member, None).await;
    test.sign_in("nora").await.enrol().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "nora").await;
    let html = olga.get(&page).await.expect(200).text();
    let remove = html.split('"').find(|text| text.ends_with("/remove")).unwrap().to_owned();
    assert!(olga.get(&remove).await.expect(200).text().contains("you get it to hand over"));
    let shown = olga.submit(&remove, &[]).await.expect(200);
    assert_eq!(shown.headers["cache-control"], "no-store");
    let code = handed_out(&shown.text());
    let nora = test.sign_in("nora").await;
    let body = serde_json::json!({ "code": code });
    nora.post("/api/v1/mfa/enrollment-proof/verify", body).await.expect(200);
}

/// attacks.md row 29: acts ask for a fresh proof before the question, and lead back to it.
#[tokio::test]
async fn an_old_proof_leads_to_a_fresh_one_and_back() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let (mut olga, phone) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "mia").await;
    test.clock.advance_secs(601);
    for act in ["reset-mfa", "end-sessions", "suspend", "delete", "edit"] {
        let here = format!("{page}/{act}");
        let asked = format!("/account/confirm?next={}", here.replace('/', "%2F"));
        assert_eq!(olga.get(&here).await.expect(303).location(), asked, "{act}");
        olga.get(&page).await.expect(200);
        let fields: &[_] = if act == "edit" {
            &[("username", "x"), ("email", "x@demo.example"), ("role", "member")]
        } else {
            &[]
        };
        let answer = olga.submit(&here, fields).await.expect(303);
        assert_eq!(answer.location(), asked, "{act}");
    }
    let here = format!("{page}/reset-mfa");
    let confirm = olga.open(&here).await.expect(200).text();
    assert!(confirm.contains("A recovery code does not suffice here."));
    let back = olga.submit("/account/confirm", &[("next", &here), ("code", &phone.next_code())]).await;
    assert_eq!(back.expect(303).location(), here);
    olga.get(&here).await.expect(200);
}

/// Grave acts take an administrator who has a factor of their own: the page says so, before and after.
#[tokio::test]
async fn an_administrator_without_a_factor_is_told_to_get_one() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let page = page_of(&mut olga, "mia").await;
    for act in ["reset-mfa", "suspend"] {
        let told = olga.get(&format!("{page}/{act}")).await.expect(403).text();
        assert!(told.contains("Your second lock first") && told.contains("/account/security/enrol/choose"));
        olga.get(&page).await.expect(200);
        assert!(olga.get("/account").await.expect(200).text().contains("csrf"));
        let told = olga.submit(&format!("{page}/{act}"), &[]).await.expect(403).text();
        assert!(told.contains("Your second lock first"));
    }
    // A name is not grave.
    olga.get(&format!("{page}/edit")).await.expect(200);
    olga.get(&format!("{page}/end-sessions")).await.expect(200);
}

/// What a recovery code enrolled opens no administration for a day: saying so ends the circle of proofs.
#[tokio::test]
async fn a_factor_enrolled_on_a_recovery_code_has_to_wait() {
    let test = TestApp::start().await;
    let mut caller = test.sign_in("olga").await;
    let old = caller.enrol().await;
    test.clock.advance_secs(1800);
    let mut caller = test.anonymous().sign_in_with_code("olga", &old.recovery_codes[0]).await;
    let new = caller.enrol().await;
    let mut olga = both_locks(&test, "olga", &new).await;
    let page = page_of(&mut olga, "mia").await;
    let told = olga.get(&format!("{page}/suspend")).await.expect(403).text();
    assert!(told.contains("Not for a day yet"), "{told}");
}
