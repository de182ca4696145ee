//! A code that was used, or that is older than one that was.

use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{login, unlock};

/// attacks.md row 7: only a step later than the last accepted one counts; the refusal looks like any
/// wrong code to the client and is a replay in the audit log.
#[tokio::test]
async fn a_code_counts_once_and_only_a_later_one_after_it() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let (previous, used, next) = (phone.code_at(-1), phone.code(), phone.code_at(1));
    login(&test, "mia", &used).await.expect(200);

    let elsewhere = test.anonymous().at("192.0.2.7");
    let replayed =
        elsewhere.login("demo", "mia", PASSWORD, Some(&used)).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &previous).await.refused(401, "invalid_mfa_code");
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 2);
    assert!(test.events(EventKind::SignInCodeRefused).await.is_empty());
    let wrong = login(&test, "mia", &phone.wrong_code(0)).await;
    assert_eq!(replayed.seen(), wrong.seen());

    test.clock.advance_secs(30);
    login(&test, "mia", &used).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &next).await.expect(200);
    login(&test, "mia", &used).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &next).await.refused(401, "invalid_mfa_code");
}

/// attacks.md row 7: a code a step ahead burns the current one, which was never used.
#[tokio::test]
async fn an_early_code_burns_the_steps_before_it() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    login(&test, "mia", &phone.code_at(1)).await.expect(200);
    for older in [phone.code(), phone.code_at(-1)] {
        login(&test, "mia", &older).await.refused(401, "invalid_mfa_code");
    }
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 2);
}

/// attacks.md row 8: replays of an accepted code do not lock its owner out.
#[tokio::test]
async fn replays_are_not_counted_as_guesses() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let used = phone.code();
    login(&test, "mia", &used).await.expect(200);
    for _ in 0..20 {
        login(&test, "mia", &used).await.refused(401, "invalid_mfa_code");
    }
    login(&test, "mia", &phone.next_code()).await.expect(200);
}

/// attacks.md row 9: other spellings of a used code are the same used code, or none at all.
#[tokio::test]
async fn no_spelling_of_a_used_code_opens_anything() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let used = phone.code();
    login(&test, "mia", &used).await.expect(200);
    let (left, right) = used.split_at(3);
    let fullwidth: String =
        used.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap()).collect();
    let arabic: String = used.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0x660).unwrap()).collect();
    let spellings = [
        format!("{used} "),
        format!(" {used}"),
        format!("{left} {right}"),
        format!("{left}-{right}"),
        format!("{used}\n"),
        format!("\t{used}"),
        format!("+{used}"),
        format!("0{used}"),
        format!("{used}.0"),
        fullwidth,
        arabic,
    ];
    for spelling in spellings {
        login(&test, "mia", &spelling).await.refused(401, "invalid_mfa_code");
        unlock(&test, "mia").await;
    }
    login(&test, "mia", &format!("{used}\0")).await.refused(422, "validation_failed");
    let number = json!({
        "tenant_id": "demo", "username": "mia", "password": PASSWORD,
        "mfa_code": used.parse::<u32>().unwrap(),
    });
    test.anonymous().post("/api/v1/auth/login", number).await.refused(422, "validation_failed");
}

/// attacks.md row 9: a tolerated spelling is the code itself, and uses it up.
#[tokio::test]
async fn a_tolerated_spelling_burns_the_code() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let code = phone.code();
    let (left, right) = code.split_at(3);
    login(&test, "mia", &format!(" {left} {right} ")).await.expect(200);
    login(&test, "mia", &code).await.refused(401, "invalid_mfa_code");
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 1);
}

/// attacks.md row 10: the code that enrolled cannot sign in, nor anything else.
#[tokio::test]
async fn the_code_that_enrolled_is_burned() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    let phone = mia.enrol().await;
    let used = phone.code();
    login(&test, "mia", &used).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/auth/step-up", json!({ "code": used })).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": used })).await.refused(401, "invalid_mfa_code");
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 3);
}

/// attacks.md row 10: a code used at sign-in proves nothing at step-up and does not switch off, and the
/// other way round. Changing the password and new recovery codes take no code at all, only such a proof.
#[tokio::test]
async fn a_code_used_for_one_thing_is_used_for_everything() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let code = phone.code();
    login(&test, "mia", &code).await.expect(200);
    mia.post("/api/v1/auth/step-up", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    let with_code = json!({ "code": code });
    mia.post("/api/v1/mfa/recovery-codes", with_code).await.refused(403, "step_up_required");
    mia.post("/api/v1/mfa/recovery-codes", json!({})).await.refused(403, "step_up_required");

    let code = phone.next_code();
    mia.post("/api/v1/auth/step-up", json!({ "code": code })).await.expect(200);
    login(&test, "mia", &code).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 4);
}

/// attacks.md row 10: switching off uses the code up, also for the app that is enrolled next.
#[tokio::test]
async fn a_code_that_switched_off_opens_nothing_after() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let code = phone.code();
    mia.post("/api/v1/mfa/disable", json!({ "code": code })).await.expect(200);
    let mut mia = test.sign_in("mia").await;
    mia.enrol().await;
    login(&test, "mia", &code).await.refused(401, "invalid_mfa_code");
}
