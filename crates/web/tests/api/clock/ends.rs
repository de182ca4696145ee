//! What had ended stays ended.

use axum::http::StatusCode;
use serde_json::json;
use twinlock_core::clock::Timestamp;
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use super::{BACK, SESSION, ahead, life_goes_on, pass};
use crate::support::{enrolled, mail_about};

const NEW: &str = "seven blue doors in autumn";

fn refused(answer: &Answer, jump: i64) {
    assert!(answer.status.is_client_error(), "{jump}: {} {}", answer.status, answer.text());
}

/// attacks.md row 99: a session that nobody used for an hour.
#[tokio::test]
async fn an_idle_session_stays_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        pass(&test, 3601).await;
        test.clock.advance_secs(jump);
        mia.get(SESSION).await.refused(401, "unauthenticated");
        life_goes_on(&test).await;
        mia.get(SESSION).await.refused(401, "unauthenticated");
    }
}

/// attacks.md row 99: a session, and its token with it, at its absolute end.
#[tokio::test]
async fn a_session_that_reached_its_end_stays_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        for _ in 0..28 {
            pass(&test, 3000).await;
            mia.get(SESSION).await.expect(200);
        }
        pass(&test, 86_400 - 28 * 3000).await;
        test.clock.advance_secs(jump);
        mia.get(SESSION).await.refused(401, "unauthenticated");
        life_goes_on(&test).await;
    }
}

/// attacks.md row 99: nor does a cached answer outlive it.
#[tokio::test]
async fn a_cached_session_stays_ended() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.get(SESSION).await.expect(200);
    pass(&test, 3601).await;
    test.clock.advance_secs(-3601);
    mia.get(SESSION).await.refused(401, "unauthenticated");
}

/// attacks.md row 99: a half-finished sign-in.
#[tokio::test]
async fn a_pending_login_stays_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("mia").await;
        let token =
            test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
        pass(&test, 301).await;
        test.clock.advance_secs(jump);
        for code in [&phone.code(), &phone.code_at(1), &phone.recovery_codes[0]] {
            let body = json!({ "mfa_token": token, "mfa_code": code });
            test.anonymous().post("/api/v1/auth/mfa", body).await.refused(401, "mfa_token_invalid");
        }
        life_goes_on(&test).await;
    }
}

/// attacks.md row 99: a mailed link.
#[tokio::test]
async fn a_link_stays_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let link = test.reset_token("demo", "mia@demo.example").await;
        pass(&test, 86_401).await;
        test.clock.advance_secs(jump);
        let confirm = json!({ "token": link, "new_password": NEW });
        let path = "/api/v1/auth/password-reset/confirm";
        refused(&test.anonymous().post(path, confirm).await, jump);
        test.anonymous().sign_in("demo", "mia", PASSWORD).await;
        // Mails are in the order of their times; the newest may come first.
        let later = test.reset_token("demo", "mia@demo.example").await;
        let mails = test.mails_to("mia@demo.example").await;
        let mut tokens = mails.iter().map(twinlock_testkit::Mail::token);
        let fresh = if later == link { tokens.find(|token| *token != link).expect("another") } else { later };
        let confirm = json!({ "token": fresh, "new_password": NEW });
        test.anonymous().post(path, confirm).await.expect(204);
        life_goes_on(&test).await;
    }
}

/// attacks.md row 99: a mailed code.
#[tokio::test]
async fn a_mailed_code_stays_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = enrolled(&test, "mia").await;
        let mut mia = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
        mia.token = Some(mia.post("/api/v1/mfa/disable", json!({})).await.expect(200).string("token"));
        // Late enough that only the code is young.
        pass(&test, 1800).await;
        mia.post("/api/v1/account/mail-code", json!({})).await.expect(202);
        let mail = mail_about(&test, "mia@demo.example", "Your code").await;
        let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        let code = mail.text.split_whitespace().find(is_code).expect("a code").to_owned();
        pass(&test, 601).await;
        test.clock.advance_secs(jump);
        if jump == -60 {
            mia.get(SESSION).await.expect(200);
        }
        let body = json!({ "current_password": PASSWORD, "new_password": NEW, "mail_code": code });
        refused(&mia.post("/api/v1/account/password", body).await, jump);
    }
}

/// attacks.md row 99: a fresh proof, and a set-up that was not confirmed.
#[tokio::test]
async fn a_proof_and_a_set_up_stay_ended() {
    for jump in BACK {
        let test = TestApp::start().await;
        let (_, phone) = test.enrolled("adam").await;
        let mia = test.sign_in("mia").await;
        let setup = mia.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
        let adam = test.anonymous().sign_in_with_code("adam", &phone.code()).await;
        pass(&test, 601).await;
        test.clock.advance_secs(jump);
        refused(&adam.post("/api/v1/mfa/recovery-codes", json!({})).await, jump);
        let phone = twinlock_testkit::Authenticator::of(&test, &setup);
        let mut mia = mia;
        for _ in 0..2 {
            refused(&mia.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await, jump);
            mia = test.sign_in("mia").await;
        }
        mia.enrol().await;
    }
}

/// attacks.md row 99: forward, everything with an end is over, and stays so once the clock is corrected.
#[tokio::test]
async fn a_clock_that_was_ahead_for_a_moment_ends_what_was_over_then() {
    for place in 0..4 {
        let test = TestApp::start().await;
        let (mia, phone) = enrolled(&test, "mia").await;
        let pending =
            test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
        let (begun, then) = (twinlock_core::clock::Clock::now(&*test.clock), ahead(&test)[place]);
        test.clock.set(then);
        mia.get(SESSION).await.refused(401, "unauthenticated");
        test.clock.set(begun.plus_secs(20));
        mia.get(SESSION).await.refused(401, "unauthenticated");
        let finish = json!({ "mfa_token": pending, "mfa_code": phone.code_at(1) });
        test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
        life_goes_on(&test).await;
    }
}

/// attacks.md row 99: a session of a future that never came ends with it, and does not come back when its time
/// does.
#[tokio::test]
async fn a_session_from_the_future_is_dead() {
    for place in 0..4 {
        let test = TestApp::start().await;
        let (begun, then) = (twinlock_core::clock::Clock::now(&*test.clock), ahead(&test)[place]);
        test.clock.set(then);
        let mia = test.sign_in("mia").await;
        let link = test.reset_token("demo", "mia@demo.example").await;
        test.clock.set(begun);
        mia.get(SESSION).await.refused(401, "unauthenticated");
        life_goes_on(&test).await;
        test.clock.set(then);
        mia.get(SESSION).await.refused(401, "unauthenticated");
        // The link had a day left, and this is later.
        let confirm = json!({ "token": link, "new_password": NEW });
        let late = test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await;
        assert_eq!(late.status.is_success(), place == 0, "{place}");
    }
}

/// attacks.md row 99: no time is too early or too late to live in.
#[tokio::test]
async fn every_time_can_be_lived_in() {
    let test = TestApp::start().await;
    for at in [0, 1, 2_147_483_647, 2_147_483_648, 4_294_967_295, 4_294_967_296, 253_402_300_000, 0] {
        test.clock.set(Timestamp::from_secs(at));
        test.sign_in("bob").await.get(SESSION).await.expect(200);
        twinlock_service::maintenance::tick(&test.app).await;
        let ready = test.anonymous().get("/readyz").await;
        assert_eq!(ready.status, StatusCode::OK, "{at}");
    }
}

/// attacks.md row 99: what a client says of the time is nothing to the server.
#[tokio::test]
async fn a_forged_date_changes_nothing() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let early = "Mon, 02 Mar 2026 10:00:08 GMT";
    pass(&test, 3601).await;
    for name in ["date", "x-date", "if-modified-since", "x-amz-date"] {
        mia.clone().with_header(name, early).get(SESSION).await.refused(401, "unauthenticated");
    }
    let body = json!({ "username": "bob", "password": PASSWORD, "tenant_id": "demo", "now": "2020-01-01T00:00:00Z" });
    test.anonymous().post("/api/v1/auth/login", body).await.refused(422, "validation_failed");
}
