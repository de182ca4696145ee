//! A forgotten password.

use axum::http::HeaderName;
use serde_json::json;
use twinlock_service::admin;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{NEW, RESET, ask_reset, reset, reset_token};
use crate::support::{enrolled, mail_about, subjects};

/// attacks.md row 33: a reset opens no session, touches no factor, and ends what was open.
#[tokio::test]
async fn a_reset_gives_no_session_and_leaves_the_second_lock() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let token = reset_token(&test).await;
    let done = reset(&test, &token, NEW).await.expect(204);
    assert!(done.body.is_empty() && done.header("set-cookie").is_empty());
    for dead in [&token, &pending, mia.token.as_ref().unwrap()] {
        let caller = test.anonymous().with_token(dead);
        caller.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    }
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let login = async |password: &str, code: Option<&str>| {
        test.anonymous().login("demo", "mia", password, code).await
    };
    login(PASSWORD, Some(&phone.code())).await.refused(401, "invalid_credentials");
    assert_eq!(login(NEW, None).await.expect(200).json()["mfa_required"], true);
    login(NEW, Some(&phone.wrong_code(0))).await.refused(401, "invalid_mfa_code");
    let done = login(NEW, Some(&phone.code())).await.expect(200).json();
    assert_eq!(done["user"]["mfa_enabled"], true);
    mail_about(&test, "mia@demo.example", "Your password was changed").await;
}

/// attacks.md row 33: only the stored address gets the mail, and the answer tells nothing.
#[tokio::test]
async fn a_reset_mail_goes_to_the_stored_address_and_nowhere_else() {
    let test = TestApp::start().await;
    let mut answers = Vec::new();
    for (tenant, email) in [
        ("demo", "mia@demo.example"),
        ("demo", "nobody@demo.example"),
        ("demo", "otto@other.example"),
        ("other", "bob@demo.example"),
        ("nowhere", "mia@demo.example"),
        ("demo", "mia@demo.example, eve@evil.example"),
        ("demo", "mia@demo.example\r\nBcc: eve@evil.example"),
        ("demo", "mia@demo.example\u{200b}"),
        ("demo", "%@demo.example"),
        ("demo", "m_a@demo.example"),
        ("de%", "mia@demo.example"),
        ("demo", ""),
        ("", ""),
        ("DEMO", "mia@demo.example"),
    ] {
        let answer =
            test.anonymous().post(RESET, json!({ "tenant_id": tenant, "email": email })).await.expect(202);
        answers.push((
            answer.status,
            answer.body,
            answer.headers.keys().cloned().collect::<Vec<HeaderName>>(),
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    for wrong in [
        json!({ "tenant_id": "demo", "email": ["mia@demo.example", "eve@evil.example"] }),
        json!({ "tenant_id": "demo", "email": { "0": "mia@demo.example" } }),
        json!({ "tenant_id": "demo" }),
        json!({ "tenant_id": "demo", "email": "mia@demo.example", "cc": "eve@evil.example" }),
    ] {
        test.anonymous().post(RESET, wrong).await.refused(422, "validation_failed");
    }
    let mails = test.mails().await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["mia@demo.example"]);
}

/// attacks.md row 46: an account that is closed gets no mail, and a link from before is dead.
#[tokio::test]
async fn a_suspended_account_cannot_be_reset() {
    let test = TestApp::start().await;
    let token = reset_token(&test).await;
    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    reset(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.clock.advance_secs(60);
    ask_reset(&test).await;
    assert_eq!(subjects(&test, "mia@demo.example").await, ["Set a new password"]);
    admin::activate(&test.app, "demo", "mia").await.unwrap();
    reset(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.sign_in("mia").await;
}

/// Whoever reads the mailbox does not wait for what a stranger typed.
#[tokio::test]
async fn a_reset_lifts_the_wait_of_wrong_passwords() {
    let test = TestApp::start().await;
    let token = reset_token(&test).await;
    for n in 0..10 {
        let wrong = test.anonymous().login("demo", "mia", &format!("wrong {n}"), None).await;
        wrong.refused(401, "invalid_credentials");
    }
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(429, "too_many_attempts");
    reset(&test, &token, NEW).await.expect(204);
    test.anonymous().sign_in("demo", "mia", NEW).await;
}

/// attacks.md row 43: whoever asks again and again, for somebody else's account, voids no link that its owner
/// is about to use. attacks.md row 32: the one that is used ends the others.
#[tokio::test]
async fn a_strangers_request_voids_no_link() {
    let test = TestApp::start().await;
    let first = reset_token(&test).await;
    // Within a minute no second mail goes out.
    test.clock.advance_secs(59);
    assert_eq!(reset_token(&test).await, first);
    test.clock.advance_secs(1);
    let second = reset_token(&test).await;
    test.clock.advance_secs(60);
    let third = reset_token(&test).await;
    assert!(first != second && second != third);
    reset(&test, &second, NEW).await.expect(204);
    for dead in [&first, &second, &third] {
        reset(&test, dead, NEW).await.refused(401, "invalid_credentials");
    }
}

/// attacks.md row 43: asking every minute fills nobody's mailbox, and a link lives for hours all the same.
#[tokio::test]
async fn an_hour_brings_three_reset_mails_and_ten_links_live() {
    let test = TestApp::start().await;
    for minute in 0..240 {
        ask_reset(&test).await;
        // The work is done in the background: let it see this minute.
        test.app.settle().await;
        test.clock.advance_secs(60);
        if minute == 59 {
            assert_eq!(subjects(&test, "mia@demo.example").await.len(), 3);
        }
    }
    let mails = test.mails_to("mia@demo.example").await;
    assert_eq!(mails.len(), 12);
    let mut living = Vec::new();
    for mail in &mails {
        living.push(test.anonymous().get(&format!("/reset/{}", mail.token())).await.status == 200);
    }
    assert_eq!(living.iter().filter(|alive| **alive).count(), 10);
    // The oldest went first: a link outlives three hours of this.
    assert!(!living[0] && !living[1] && living[2]);
    reset(&test, &mails[2].token(), NEW).await.expect(204);
}
