//! What an act proved belongs to the token it answered with.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{is_alive, is_dead, jwt::take_apart};

const CODES: &str = "/api/v1/mfa/recovery-codes";

/// attacks.md row 44: a step-up answers with a new token of the same session; the older one gains nothing
/// and loses nothing.
#[tokio::test]
async fn a_step_up_belongs_to_its_own_token() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let old = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    test.clock.advance_secs(700);
    old.post(CODES, json!({})).await.refused(403, "step_up_required");
    let before = is_alive(&old).await["session"].clone();
    let mut new = old.clone();
    new.step_up(&phone.code()).await;

    let claims = |caller: &twinlock_testkit::Caller<'_>| take_apart(caller.token.as_ref().unwrap()).claims;
    let (was, is) = (claims(&old), claims(&new));
    assert_eq!(was["sid"], is["sid"]);
    assert_eq!(was["exp"], is["exp"]);
    assert_ne!(was["jti"], is["jti"]);
    assert!(is["auth_time"].as_i64() > was["auth_time"].as_i64());

    old.post(CODES, json!({})).await.refused(403, "step_up_required");
    assert_eq!(is_alive(&old).await["session"], before);
    new.post(CODES, json!({})).await.expect(200);
    is_alive(&old).await;
}

/// attacks.md row 44: an enrollment raises its own token; that of the password is none any more.
#[tokio::test]
async fn an_enrollment_does_not_raise_the_older_token() {
    let test = TestApp::start().await;
    let old = test.sign_in("mia").await;
    let mut new = old.clone();
    new.enrol().await;
    assert_eq!(is_alive(&new).await["session"]["acr"], "aal2");
    is_dead(&old).await;
    for act in [CODES, "/api/v1/mfa/disable", "/api/v1/mfa/setup"] {
        old.post(act, json!({})).await.refused(401, "unauthenticated");
    }
}

/// attacks.md row 44: the freshness ends to the second, and signing in again elsewhere does not renew it.
#[tokio::test]
async fn a_proof_is_fresh_for_ten_minutes() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    test.clock.advance_secs(600);
    mia.post(CODES, json!({})).await.expect(200);
    test.clock.advance_secs(1);
    mia.post(CODES, json!({})).await.refused(403, "step_up_required");
    test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    mia.post(CODES, json!({})).await.refused(403, "step_up_required");
}

/// attacks.md row 44: ids are made by the server: what a client brings to a sign-in is not adopted, and
/// every sign-in is a session of its own.
#[tokio::test]
async fn a_sign_in_adopts_nothing_and_ends_nothing_it_should_not() {
    let test = TestApp::start().await;
    let first = test.sign_in("bob").await;
    let first_claims = take_apart(first.token.as_ref().unwrap()).claims;
    let brought = [
        test.anonymous().with_header("cookie", "twinlock_session=chosen; twinlock_login=chosen; sid=chosen"),
        test.anonymous().with_header("x-session-id", first_claims["sid"].as_str().unwrap()),
        first.clone(),
    ];
    for caller in brought {
        let answer = caller.login("demo", "olga", PASSWORD, None).await.expect(200);
        assert!(answer.headers.get("set-cookie").is_none());
        let claims = take_apart(&answer.string("token")).claims;
        assert_ne!(claims["sid"], first_claims["sid"]);
        let session = is_alive(&test.anonymous().with_token(&answer.string("token"))).await;
        assert_eq!(session["user"]["username"], "olga");
        let chosen = test
            .anonymous()
            .with_header("cookie", "twinlock_session=chosen")
            .with_header("x-twinlock-csrf", "x");
        is_dead(&chosen).await;
    }
    assert_eq!(is_alive(&first).await["user"]["username"], "bob");
}

/// attacks.md row 44: signing out ends every token of the session.
#[tokio::test]
async fn signing_out_ends_every_token_of_the_session() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let first = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let mut second = first.clone();
    test.clock.advance_secs(30);
    second.step_up(&phone.code()).await;
    let mut third = second.clone();
    test.clock.advance_secs(30);
    third.step_up(&phone.code()).await;
    second.post("/api/v1/auth/logout", json!({})).await.expect(204);
    for token in [first, second, third] {
        is_dead(&token).await;
    }
}
