//! The mailed code: eight digits, ten minutes, five tries, one alive, three sends in a quarter of an hour.

use super::*;

async fn mailed(test: &TestApp, caller: &Caller<'_>) -> String {
    caller.post(SEND, json!({})).await.expect(202);
    test.enrollment_code(MIA).await
}

fn other(code: &str, n: u32) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + n) % 100_000_000)
}

async fn wrong(caller: &Caller<'_>, code: &str) {
    caller.post(GIVE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
}

async fn start(test: &TestApp) -> Caller<'_> {
    tenant_asks(test).await;
    test.sign_in("mia").await
}

#[tokio::test]
async fn it_is_mailed_to_the_address_on_file_and_says_what_to_do_if_it_was_not_you() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let sent = mia.post(SEND, json!({})).await.expect(202);
    assert!(sent.body.is_empty());
    let mail = mail_about(&test, MIA, "Your code for a second factor").await;
    assert!(mail.text.contains("This was not you?") && mail.link().ends_with("/help/mfa"), "{}", mail.text);
    let answer = mia.post(GIVE, json!({ "code": format!(" {} ", mail.code()) })).await.expect(200).json();
    assert_eq!(answer, json!({ "enrollment_proof": "password", "expires_at": "2026-03-02T10:30:07Z" }));
    let others: Vec<_> = test.mails().await.into_iter().filter(|mail| mail.to != MIA).collect();
    assert!(others.iter().all(|other| !other.text.contains(&mail.code())));
}

#[tokio::test]
async fn a_missing_code_is_no_try() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let code = mailed(&test, &mia).await;
    for body in [json!({}), json!({ "code": "" }), json!({ "code": "  " }), json!({ "code": 12_345_678 })] {
        mia.post(GIVE, body).await.refused(422, "validation_failed");
    }
    mia.post(GIVE, json!({ "code": code, "force": true })).await.refused(422, "validation_failed");
    for _ in 0..4 {
        wrong(&mia, "not a code").await;
    }
    mia.post(GIVE, json!({ "code": code })).await.expect(200);
}

/// attacks.md row 33: five tries a code, in whatever session.
#[tokio::test]
async fn five_wrong_tries_end_it() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let code = mailed(&test, &mia).await;
    let thief = test.sign_in("mia").await;
    for n in 1..=5 {
        wrong(&thief, &other(&code, n)).await;
    }
    wrong(&mia, &code).await;
    is_closed(&mia).await;
    test.clock.advance_secs(1);
    let code = mailed(&test, &mia).await;
    mia.post(GIVE, json!({ "code": code })).await.expect(200);
}

#[tokio::test]
async fn it_lives_ten_minutes_to_the_second() {
    for (wait, status) in [(599, 200), (600, 401)] {
        let test = TestApp::start().await;
        let mia = start(&test).await;
        let code = mailed(&test, &mia).await;
        test.clock.advance_secs(wait);
        mia.post(GIVE, json!({ "code": code })).await.expect(status);
    }
}

#[tokio::test]
async fn the_newest_alone_is_alive() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let first = mailed(&test, &mia).await;
    test.clock.advance_secs(1);
    let second = mailed(&test, &mia).await;
    wrong(&mia, &first).await;
    mia.post(GIVE, json!({ "code": second })).await.expect(200);
}

/// attacks.md row 33: three mails in a quarter of an hour, whoever asks for them.
#[tokio::test]
async fn three_are_sent_in_a_quarter_of_an_hour() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    for caller in [&mia, &test.sign_in("mia").await, &mia] {
        test.clock.advance_secs(100);
        caller.post(SEND, json!({})).await.expect(202);
    }
    let code = test.enrollment_code(MIA).await;
    let wait = mia.post(SEND, json!({})).await.refused(429, "too_many_attempts");
    assert_eq!(wait.header("retry-after"), "700");
    // A refused wish leaves the last code alive.
    mia.post(GIVE, json!({ "code": code })).await.expect(200);
    test.clock.advance_secs(700);
    mia.post(SEND, json!({})).await.expect(202);
}

/// attacks.md row 8: one code raced by many opens one enrollment.
#[tokio::test]
async fn it_is_used_once() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let sessions = [mia.clone(), test.sign_in("mia").await];
    let code = mailed(&test, &mia).await;
    let answers = together((0..8).map(|n| sessions[n % 2].post(GIVE, json!({ "code": code })))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let opened: Vec<_> = [asked(&sessions[0]).await, asked(&sessions[1]).await].into();
    assert!(opened.contains(&json!("email")) && opened.contains(&json!("password")), "{opened:?}");
    wrong(&mia, &code).await;
}

/// attacks.md row 10: a code is worth nothing for another person, another tenant or another purpose.
#[tokio::test]
async fn it_serves_its_person_and_its_purpose_alone() {
    let test = TestApp::start().await;
    let mia = start(&test).await;
    let code = mailed(&test, &mia).await;
    for stranger in [test.sign_in("bob").await, test.anonymous().sign_in("other", "mia", PASSWORD).await] {
        stranger.post(SEND, json!({})).await.expect(202);
        wrong(&stranger, &code).await;
    }
    // The code for a new password, mailed at the same time.
    mia.post("/api/v1/account/mail-code", json!({})).await.expect(202);
    let change = mail_about(&test, MIA, "Your code").await.code();
    wrong(&mia, &change).await;
    mia.post(GIVE, json!({ "code": code })).await.expect(200);
    test.anonymous().post(GIVE, json!({ "code": code })).await.refused(401, "unauthenticated");
}

/// attacks.md row 10: what opens an enrollment opens neither a password nor an address.
#[tokio::test]
async fn it_is_no_code_for_a_new_password() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(601);
    mia.step_up(&phone.recovery_codes[0]).await;
    let off = mia.post(DISABLE, json!({})).await.expect(200);
    mia.token = Some(off.string("token"));
    let code = mailed(&test, &mia).await;
    let change = |code: &str| json!({ "current_password": PASSWORD, "new_password": "another long password", "mail_code": code });
    mia.post("/api/v1/account/mail-code", json!({})).await.expect(202);
    mia.post("/api/v1/account/password", change(&code)).await.refused(401, "invalid_mfa_code");
    mia.post(GIVE, json!({ "code": code })).await.expect(200);
    let right = mail_about(&test, MIA, "Your code").await.code();
    mia.post("/api/v1/account/password", change(&right)).await.expect(200);
}
