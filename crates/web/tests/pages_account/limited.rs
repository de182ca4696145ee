//! After a recovery code, a new password or address also needs a code from the mailbox.

use twinlock_testkit::{Browser, TestApp, app::PASSWORD};

use crate::{enrol, signed_in, with_both};

const PAGE: &str = "/account/password";
const NEW: &str = "violet teapot marches north";

/// Lost the phone, and switched MFA off with recovery codes.
async fn limited(test: &TestApp) -> Browser<'_> {
    let mut browser = signed_in(test, "mia").await;
    let phone = enrol(test, &mut browser).await;
    let mut browser = with_both(test, "mia", &phone.recovery_codes[0]).await;
    browser.get("/account/security/disable").await.expect(200);
    let code = [("code", phone.recovery_codes[1].as_str())];
    browser.submit("/account/security/disable", &code).await.expect(303);
    browser
}

fn code_in(text: &str) -> String {
    let digits = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(digits).expect("a code").to_owned()
}

/// attacks.md row 34: the sheet of recovery codes does not lead to the password.
#[tokio::test]
async fn a_new_password_needs_the_code_from_the_mailbox() {
    let test = TestApp::start().await;
    let mut browser = limited(&test).await;
    let page = browser.get(PAGE).await.expect(200).text();
    assert!(page.contains("One more check.") && page.contains("action=\"/account/mail-code\""));
    let change = |code: &str| {
        let pairs = [("current_password", PASSWORD), ("new_password", NEW), ("mail_code", code)];
        pairs.map(|(name, value)| (name, value.to_owned()))
    };
    for code in ["", "00000000"] {
        let fields = change(code);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(PAGE, &fields).await.shown_again();
    }
    let sent = browser.submit("/account/mail-code", &[("next", PAGE)]).await.expect(303);
    assert_eq!(sent.location(), "/account/password?done=mail-code-sent");
    assert!(browser.get(sent.location()).await.text().contains("lives ten minutes"));
    let mails = test.mails_to("mia@demo.example").await;
    let mail = mails.iter().find(|mail| mail.subject == "Your code");
    let fields = change(&code_in(&mail.expect("the mail with the code").text));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submit(PAGE, &fields).await.expect(303);
}

#[tokio::test]
async fn codes_by_mail_are_sent_three_times() {
    let test = TestApp::start().await;
    let mut browser = limited(&test).await;
    browser.get("/account/profile").await.expect(200);
    for _ in 0..3 {
        let sent = browser.submit("/account/mail-code", &[("next", "/account/profile")]).await.expect(303);
        assert_eq!(sent.location(), "/account/profile?done=mail-code-sent");
    }
    let refused = browser.submit("/account/mail-code", &[("next", "/account/profile")]).await.expect(429);
    assert!(!refused.header("retry-after").is_empty());
}

/// attacks.md row 50: the way back is one of two pages.
#[tokio::test]
async fn the_way_back_is_one_of_our_pages() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let sent = browser.submit("/account/mail-code", &[("next", "https://evil.example")]).await.expect(303);
    assert_eq!(sent.location(), "/account/password?done=mail-code-sent");
}
