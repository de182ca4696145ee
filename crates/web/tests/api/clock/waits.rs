//! A wait is neither lifted nor made longer.

use serde_json::json;
use twinlock_core::clock::Clock;
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use super::{BACK, ahead, life_goes_on, pass};

async fn login(test: &TestApp, name: &str, password: &str, code: Option<&str>) -> Answer {
    test.anonymous().login("demo", name, password, code).await
}

/// attacks.md row 99: five wrong codes wait half a minute, wherever the clock goes meanwhile.
#[tokio::test]
async fn a_wait_for_codes_keeps_its_length() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        for n in 0..5 {
            login(&test, "mia", PASSWORD, Some(&phone.wrong_code(n))).await.refused(401, "invalid_mfa_code");
        }
        let sheet = &phone.recovery_codes;
        test.clock.advance_secs(jump);
        login(&test, "mia", PASSWORD, Some(&sheet[0])).await.refused(429, "too_many_attempts");
        pass(&test, 29).await;
        login(&test, "mia", PASSWORD, Some(&sheet[0])).await.refused(429, "too_many_attempts");
        pass(&test, 1).await;
        login(&test, "mia", PASSWORD, Some(&sheet[0])).await.expect(200);
    }
}

/// attacks.md row 99: the same for wrong passwords, whose counters are kept apart.
#[tokio::test]
async fn a_wait_for_passwords_keeps_its_length() {
    for jump in BACK {
        let test = TestApp::start().await;
        for n in 0..12 {
            login(&test, "bob", &format!("wrong {n}"), None).await;
            test.clock.advance_secs(if n < 11 { 4 } else { 0 });
        }
        test.clock.advance_secs(jump);
        let wait: i64 = login(&test, "bob", PASSWORD, None)
            .await
            .refused(429, "too_many_attempts")
            .header("retry-after")
            .parse()
            .unwrap();
        assert_eq!(wait, 4, "{jump}");
        pass(&test, 4).await;
        login(&test, "bob", PASSWORD, None).await.expect(200);
    }
}

/// attacks.md row 99: a wait that is over stays over.
#[tokio::test]
async fn a_wait_that_is_over_stays_over() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        for n in 0..5 {
            login(&test, "mia", PASSWORD, Some(&phone.wrong_code(n))).await.refused(401, "invalid_mfa_code");
        }
        pass(&test, 31).await;
        test.clock.advance_secs(jump);
        login(&test, "mia", PASSWORD, Some(&phone.recovery_codes[0])).await.expect(200);
    }
}

/// attacks.md row 99: a wait that began while the clock was ahead ends like any other, once it is corrected.
#[tokio::test]
async fn a_wait_of_a_clock_that_was_ahead_locks_nobody_out() {
    for place in 0..4 {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        pass(&test, 60).await;
        let (begun, then) = (test.clock.now(), ahead(&test)[place]);
        test.clock.set(then);
        for n in 0..5 {
            login(&test, "mia", PASSWORD, Some(&phone.wrong_code(n))).await.refused(401, "invalid_mfa_code");
        }
        test.clock.set(begun.plus_secs(30));
        login(&test, "mia", PASSWORD, Some(&phone.code())).await.refused(429, "too_many_attempts");
        pass(&test, 30).await;
        login(&test, "mia", PASSWORD, Some(&phone.code())).await.expect(200);
        life_goes_on(&test).await;
    }
}

/// attacks.md row 99: mail that waits does not wait for a day that was not yet.
#[tokio::test]
async fn mail_leaves_after_a_correction() {
    let test = TestApp::start().await;
    let begun = test.clock.now();
    test.clock.set(ahead(&test)[3]);
    let ask = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", ask.clone()).await.expect(202);
    test.app.settle().await;
    test.clock.set(begun);
    test.anonymous().get("/healthz").await.expect(200);
    assert_eq!(test.mails_to("mia@demo.example").await.len(), 1);
    // The minute between two such mails is over in a minute.
    pass(&test, 60).await;
    test.anonymous().post("/api/v1/auth/password-reset", ask).await.expect(202);
    assert_eq!(test.mails_to("mia@demo.example").await.len(), 2);
}
