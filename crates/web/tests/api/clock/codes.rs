//! A code counts once, whatever the clock does; and the right one opens.

use serde_json::json;
use twinlock_core::clock::Clock;
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use super::{BACK, SESSION, ahead, pass};
use crate::support::enrolled;

async fn sign_in(test: &TestApp, code: &str) -> Answer {
    test.anonymous().login("demo", "mia", PASSWORD, Some(code)).await
}

/// attacks.md row 99: a clock set back makes no used code good again, and whoever signs in afterwards gets in.
#[tokio::test]
async fn a_clock_set_back_brings_no_used_code_back() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = enrolled(&test, "mia").await;
        let code = phone.next_code();
        let mia = test.anonymous().sign_in_with_code("mia", &code).await;
        let used_at = test.clock.now();
        test.clock.advance_secs(jump);
        // The used code, the ones in between, and what the clock shows now: all at or before the last step.
        for old in [&code, &phone.code(), &phone.code_at(1)] {
            let login = sign_in(&test, old).await;
            assert!(login.status.is_client_error(), "{jump}: {}", login.text());
        }
        mia.get(SESSION).await.refused(401, "unauthenticated");
        sign_in(&test, &phone.recovery_codes[0]).await.expect(200);
        test.clock.set(used_at);
        sign_in(&test, &code).await.refused(401, "invalid_mfa_code");
        test.clock.advance_secs(30);
        sign_in(&test, &phone.code()).await.expect(200);
    }
}

/// attacks.md row 99: after the clock was ahead, right codes open at once; what was used meanwhile is refused
/// when its time comes.
#[tokio::test]
async fn codes_used_while_the_clock_was_ahead_stay_used_and_lock_nobody_out() {
    for place in 0..4 {
        let test = TestApp::start().await;
        let (_, phone) = enrolled(&test, "mia").await;
        pass(&test, 60).await;
        let (begun, then) = (test.clock.now(), ahead(&test)[place]);
        test.clock.set(then);
        let first = phone.code_at(-1);
        let second = phone.code();
        sign_in(&test, &second).await.expect(200);
        let third = phone.next_code();
        sign_in(&test, &third).await.expect(200);
        let codes = phone.recovery_codes.clone();

        test.clock.set(begun.plus_secs(90));
        sign_in(&test, &phone.code()).await.refused(401, "invalid_mfa_code");
        sign_in(&test, &phone.next_code()).await.refused(401, "invalid_mfa_code");
        sign_in(&test, &phone.next_code()).await.expect(200);
        sign_in(&test, &codes[1]).await.expect(200);

        test.clock.set(then);
        for spent in [&first, &second, &third] {
            sign_in(&test, spent).await.refused(401, "invalid_mfa_code");
        }
        pass(&test, 60).await;
        sign_in(&test, &phone.code()).await.expect(200);
    }
}

/// attacks.md row 99: the code that enrolled while the clock was ahead does not sign in, nor does its app wait
/// for that time to come.
#[tokio::test]
async fn an_app_enrolled_while_the_clock_was_ahead_opens() {
    for place in 0..4 {
        let test = TestApp::start().await;
        pass(&test, 60).await;
        let (begun, then) = (test.clock.now(), ahead(&test)[place]);
        test.clock.set(then);
        let (_, phone) = enrolled(&test, "mia").await;
        let enrolling = phone.code();
        test.clock.set(begun.plus_secs(90));
        pass(&test, 0).await;
        pass(&test, 60).await;
        sign_in(&test, &phone.code()).await.expect(200);
        test.clock.set(then);
        sign_in(&test, &enrolling).await.refused(401, "invalid_mfa_code");
    }
}

/// attacks.md row 99: the register of used steps is one for all purposes, after a correction as well.
#[tokio::test]
async fn a_used_code_steps_nobody_up_after_a_jump() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        let code = phone.code();
        test.anonymous().sign_in_with_code("mia", &code).await;
        let used_at = test.clock.now();
        test.clock.advance_secs(jump);
        let mia = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
        let step_up = async |code: &str| mia.post("/api/v1/auth/step-up", json!({ "code": code })).await;
        step_up(&code).await.refused(401, "invalid_mfa_code");
        test.clock.set(used_at);
        let late = step_up(&code).await;
        assert!(late.status.is_client_error(), "{}", late.text());
        sign_in(&test, &code).await.refused(401, "invalid_mfa_code");
    }
}
