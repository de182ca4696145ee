//! Which codes count at a given time, and codes of other parameters.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::{Sha256, Sha512};
use twinlock_core::{
    clock::Clock,
    factor::totp::{TotpSecret, step_at},
};
use twinlock_testkit::{Authenticator, Caller, TestApp};

use super::{login, unlock};

const STEPS: std::ops::RangeInclusive<i64> = -10..=10;

/// attacks.md row 11: at sign-in the current step and one either side count, no other.
#[tokio::test]
async fn sign_in_accepts_one_step_either_side() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    for k in STEPS {
        test.clock.advance_secs(750);
        let answer = login(&test, "mia", &phone.code_at(k)).await;
        assert_eq!(answer.status == 200, k.abs() <= 1, "step {k}: {}", answer.text());
        unlock(&test, "mia").await;
    }
}

/// attacks.md row 11: the window of an enrollment is the same.
#[tokio::test]
async fn an_enrollment_accepts_one_step_either_side() {
    let test = TestApp::start().await;
    for k in STEPS {
        test.clock.advance_secs(750);
        let bob = test.sign_in("bob").await;
        let setup = bob.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
        let code = Authenticator::of(&test, &setup).code_at(k);
        let answer = bob.post("/api/v1/mfa/verify", json!({ "code": code })).await;
        assert_eq!(answer.status == 200, k.abs() <= 1, "step {k}: {}", answer.text());
        if answer.status == 200 {
            let bob = bob.with_token(&answer.string("token"));
            bob.post("/api/v1/mfa/disable", json!({})).await.expect(200);
        }
        unlock(&test, "bob").await;
    }
}

/// attacks.md row 11: and so is that of switching off and of step-up.
#[tokio::test]
async fn switching_off_and_step_up_accept_one_step_either_side() {
    let test = TestApp::start().await;
    let (_, mut phone) = test.enrolled("mia").await;
    for k in STEPS {
        let mut mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
        test.clock.advance_secs(750);
        let answer = mia.post("/api/v1/auth/step-up", json!({ "code": phone.code_at(k) })).await;
        assert_eq!(answer.status == 200, k.abs() <= 1, "step {k}: {}", answer.text());
        if answer.status == 200 {
            mia.token = Some(answer.string("token"));
        }
        unlock(&test, "mia").await;

        test.clock.advance_secs(750);
        let answer = mia.post("/api/v1/mfa/disable", json!({ "code": phone.code_at(k) })).await;
        assert_eq!(answer.status == 200, k.abs() <= 1, "step {k}: {}", answer.text());
        if answer.status == 200 {
            (_, phone) = test.enrolled("mia").await;
        }
        unlock(&test, "mia").await;
        test.clock.advance_secs(750);
    }
}

/// attacks.md row 11: a device that drifts never widens the window.
#[tokio::test]
async fn the_window_does_not_follow_a_device_that_drifts() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..10 {
        test.clock.advance_secs(60);
        login(&test, "mia", &phone.code_at(1)).await.expect(200);
    }
    test.clock.advance_secs(60);
    login(&test, "mia", &phone.code_at(2)).await.refused(401, "invalid_mfa_code");
}

/// attacks.md row 11: codes of another algorithm, length, period, counter, key or person are wrong.
#[tokio::test]
async fn codes_of_other_parameters_are_refused() {
    let test = TestApp::start().await;
    let mut bob = test.sign_in("bob").await;
    let bobs = bob.enrol().await;
    let mut mia = test.sign_in("mia").await;
    let (key, text, phone) = enrol_with_key(&test, &mut mia).await;
    test.clock.advance_secs(1800);

    let step = step_at(test.clock.now());
    let secret = TotpSecret::from_bytes(&key).unwrap();
    let mut wrong = vec![
        ("SHA-256", digits(&Hmac::<Sha256>::new_from_slice(&key).unwrap(), step, 6)),
        ("SHA-512", digits(&Hmac::<Sha512>::new_from_slice(&key).unwrap(), step, 6)),
        ("eight digits", oathtool(&test, &["--totp", "--digits=8", "--base32", &text])),
        ("60 seconds", secret.code_at(step / 2)),
        ("the text as key", TotpSecret::from_bytes(text.as_bytes()).unwrap().code_at(step)),
        ("another's app", bobs.code()),
    ];
    wrong.extend((0..10).map(|counter| ("a counter", secret.code_at(counter))));
    for (what, code) in wrong {
        let answer = login(&test, "mia", &code).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "invalid_mfa_code"), "{what}");
        unlock(&test, "mia").await;
    }
    assert_eq!(oathtool(&test, &["--totp", "--base32", &text]), phone.code());
    login(&test, "mia", &phone.code()).await.expect(200);
}

/// attacks.md row 11: a leading zero is part of the code.
#[tokio::test]
async fn a_leading_zero_is_part_of_the_code() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    while !phone.code().starts_with('0') {
        test.clock.advance_secs(30);
    }
    let code = phone.code();
    login(&test, "mia", code.trim_start_matches('0')).await.refused(401, "invalid_mfa_code");
    login(&test, "mia", &code).await.expect(200);
}

async fn enrol_with_key<'a>(
    test: &'a TestApp,
    caller: &mut Caller<'a>,
) -> (Vec<u8>, String, Authenticator<'a>) {
    let setup = caller.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let text = setup["secret"].as_str().unwrap().to_owned();
    let phone = Authenticator::of(test, &setup);
    caller.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.expect(200);
    (data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap(), text, phone)
}

/// RFC 4226's truncation of any HMAC.
fn digits<M: Mac + Clone>(mac: &M, counter: i64, length: u32) -> String {
    let mut mac = mac.clone();
    mac.update(&counter.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[hash.len() - 1] & 15);
    let word = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:0width$}", word % 10_u32.pow(length), width = length as usize)
}

/// What another implementation computes.
fn oathtool(test: &TestApp, arguments: &[&str]) -> String {
    let now = format!("--now=@{}", test.clock.now().secs());
    let output = std::process::Command::new("oathtool").arg(now).args(arguments).output().expect("oathtool");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
