//! When a set becomes valid, and when it ends.

use serde_json::json;
use twinlock_service::admin;
use twinlock_testkit::{Authenticator, TestApp, app::PASSWORD};

use super::{CODES, codes_in, left, login, unlock};

/// attacks.md row 28: codes of a set-up that was abandoned never work, whoever enrols after.
#[tokio::test]
async fn codes_of_an_abandoned_set_up_never_work() {
    let test = TestApp::start().await;
    let thief = test.sign_in("bob").await;
    let stolen = codes_in(&thief.post("/api/v1/mfa/setup", json!({})).await.expect(200));
    assert_eq!(stolen.len(), 10);
    // Without a factor a code that is sent along is ignored, and proves nothing.
    let answer = login(&test, "bob", &stolen[0]).await.expect(200);
    let session = test.anonymous().with_token(&answer.string("token")).get("/api/v1/auth/session").await;
    assert_eq!(session.json()["session"]["amr"], json!(["pwd"]));
    thief.post("/api/v1/auth/step-up", json!({ "code": stolen[0] })).await.refused(409, "mfa_not_enabled");

    let (bob, _) = test.enrolled("bob").await;
    for code in &stolen {
        login(&test, "bob", code).await.refused(401, "invalid_mfa_code");
        unlock(&test, "bob").await;
    }
    assert_eq!(left(&bob).await, 10);
}

/// attacks.md row 28: of two set-ups the codes of the confirmed one count, and only those.
#[tokio::test]
async fn codes_belong_to_the_set_up_that_was_confirmed() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let first = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let second = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let (first, second) = (Authenticator::of(&test, &first), Authenticator::of(&test, &second));
    bob.post("/api/v1/mfa/verify", json!({ "code": first.code() })).await.refused(401, "invalid_mfa_code");
    bob.post("/api/v1/mfa/verify", json!({ "code": second.code() })).await.expect(200);
    login(&test, "bob", &first.recovery_codes[0]).await.refused(401, "invalid_mfa_code");
    login(&test, "bob", &second.recovery_codes[0]).await.expect(200);
}

/// attacks.md row 28: there are no codes without a factor; switching off, a reset and the removal of the
/// last factor void them, and switching on again does not revive them.
#[tokio::test]
async fn codes_die_with_the_factors() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    bob.post(CODES, json!({})).await.refused(409, "mfa_not_enabled");

    let mut old: Vec<String> = Vec::new();
    for way in ["disable", "reset", "remove"] {
        let mut mia = test.sign_in("mia").await;
        let phone = mia.enrol().await;
        for code in &old {
            login(&test, "mia", code).await.refused(401, "invalid_mfa_code");
        }
        unlock(&test, "mia").await;
        old.push(phone.recovery_codes[0].clone());
        match way {
            "disable" => drop(mia.post("/api/v1/mfa/disable", json!({})).await.expect(200)),
            "reset" => drop(admin::reset_mfa(&test.app, "demo", "mia").await.unwrap()),
            _ => {
                let methods = mia.get("/api/v1/mfa").await.expect(200).json();
                let id = methods["methods"][0]["id"].as_str().unwrap();
                mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200);
            }
        }
        assert!(test.column("recovery_codes.tag").await.is_empty(), "{way}");
        assert!(test.column("recovery_sets.salt").await.is_empty(), "{way}");
        let answer = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200);
        assert!(answer.json()["mfa_required"].is_null());
    }
}

/// attacks.md row 40: new codes need a fresh proof of a factor, a password does not do; the old set is
/// dead, the new one whole, and the person is told.
#[tokio::test]
async fn new_codes_need_a_fresh_proof_and_replace_the_old_ones() {
    let test = TestApp::start().await;
    let (mut mia, phone) = test.enrolled("mia").await;
    let refused = mia.post(CODES, json!({})).await.refused(403, "step_up_required");
    assert_eq!(refused.json()["methods"], json!(["totp", "recovery_code"]));
    mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.refused(403, "step_up_required");
    assert_eq!(left(&mia).await, 10);

    mia.step_up(&phone.code()).await;
    let answer = mia.post(CODES, json!({})).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    for code in &phone.recovery_codes {
        login(&test, "mia", code).await.refused(401, "invalid_mfa_code");
        unlock(&test, "mia").await;
    }
    let new = codes_in(&answer);
    for code in &new {
        login(&test, "mia", code).await.expect(200);
    }
    assert_eq!(left(&mia).await, 0);
    let mails = test.mails_to("mia@demo.example").await;
    assert_eq!(mails.iter().filter(|mail| mail.subject == "New recovery codes").count(), 1);
    assert!(mails.iter().all(|mail| new.iter().all(|code| !mail.raw.contains(code))));
}

/// attacks.md row 40: who lost the phone makes new codes with the last old one.
#[tokio::test]
async fn a_recovery_code_is_proof_enough_for_new_ones() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
    assert_eq!(codes_in(&mia.post(CODES, json!({})).await.expect(200)).len(), 10);
}

/// attacks.md row 40: the last code works, is the last, and the app still signs in.
#[tokio::test]
async fn the_last_code_is_the_last() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    for (n, code) in phone.recovery_codes.iter().enumerate() {
        let answer = login(&test, "mia", code).await.expect(200).json();
        assert_eq!(answer["recovery_codes_remaining"], 9 - n);
        test.clock.advance_secs(1);
    }
    assert_eq!(left(&mia).await, 0);
    let step = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(step["methods"], json!(["totp"]));
    let wrong = login(&test, "mia", "12345678").await.refused(401, "invalid_mfa_code");
    assert_eq!(wrong.seen(), login(&test, "mia", &phone.wrong_code(0)).await.seen());
    login(&test, "mia", &phone.code()).await.expect(200);
    let mails = test.mails_to("mia@demo.example").await;
    assert!(mails.iter().any(|mail| mail.text.contains("None is left")));
}

/// attacks.md row 40: a second app leaves the set as it is and shows none.
#[tokio::test]
async fn a_second_app_leaves_the_codes_alone() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let setup = mia.post("/api/v1/mfa/setup", json!({ "name": "Tablet" })).await.expect(200).json();
    assert_eq!(setup["backup_codes"], json!([]));
    let tablet = Authenticator::of(&test, &setup);
    let verified = mia.post("/api/v1/mfa/verify", json!({ "code": tablet.code() })).await.expect(200).json();
    assert_eq!(verified["recovery_codes_remaining"], 10);
    login(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
}
