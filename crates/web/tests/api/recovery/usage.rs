//! A code is its owner's, once, in a few spellings.

use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{CODES, codes_in, left, login, unlock};

/// attacks.md row 35: one success ever, from anywhere, on any server, for anything; a repetition is a
/// replay in the audit log, not a guess.
#[tokio::test]
async fn a_code_counts_once() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let code = &phone.recovery_codes[0];
    let first = login(&test, "mia", code).await.expect(200);
    assert_eq!(first.json()["recovery_codes_remaining"], 9);

    login(&test, "mia", code).await.refused(401, "invalid_mfa_code");
    let elsewhere = test.anonymous().at("192.0.2.7");
    elsewhere.login("demo", "mia", PASSWORD, Some(code)).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/auth/step-up", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    mia.post("/api/v1/mfa/disable", json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    let node = test.second_node().await;
    let body = json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": code });
    let request = test.anonymous().request(
        &axum::http::Method::POST,
        "/api/v1/auth/login",
        "application/json",
        body.to_string(),
    );
    node.send(request).await.refused(401, "invalid_mfa_code");
    assert_eq!(test.times(EventKind::SignInCodeReplayed).await, 5);
    assert!(test.events(EventKind::SignInCodeRefused).await.is_empty());
    assert_eq!(left(&mia).await, 9);
}

/// attacks.md row 35: another's code, of the same tenant or of somebody of the same name in another one, is
/// a wrong code, and is not used up.
#[tokio::test]
async fn another_persons_code_is_wrong_and_stays_unused() {
    let test = TestApp::start().await;
    let mut namesake = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let theirs = namesake.enrol().await;
    let (_, bobs) = test.enrolled("bob").await;
    test.enrolled("mia").await;
    for code in [&bobs.recovery_codes[0], &theirs.recovery_codes[0]] {
        login(&test, "mia", code).await.refused(401, "invalid_mfa_code");
    }
    assert_eq!(test.times(EventKind::SignInCodeRefused).await, 2);
    login(&test, "bob", &bobs.recovery_codes[0]).await.expect(200);
    test.anonymous().login("other", "mia", PASSWORD, Some(&theirs.recovery_codes[0])).await.expect(200);
}

/// attacks.md row 35: every use is told by mail with the number left, and is in the audit log.
#[tokio::test]
async fn every_use_is_told_with_the_number_left() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let codes = &phone.recovery_codes;
    for (n, told) in ["9 are left", "8 are left", "7 are left"].into_iter().enumerate() {
        test.clock.advance_secs(1);
        if n == 1 {
            mia.post("/api/v1/auth/step-up", json!({ "code": codes[n] })).await.expect(200);
        } else {
            login(&test, "mia", &codes[n]).await.expect(200);
        }
        let mut mails = test.mails_to("mia@demo.example").await;
        mails.retain(|mail| mail.subject == "A recovery code was used");
        assert_eq!(mails.len(), n + 1);
        let mail = mails.pop().unwrap();
        assert!(mail.text.contains(told), "{}", mail.text);
        assert!(codes.iter().all(|code| !mail.raw.contains(code)));
    }
    let events = test.events(EventKind::RecoveryCodeUsed).await;
    let left: Vec<_> = events.iter().map(|event| event.detail["left"].as_u64().unwrap()).collect();
    assert_eq!(left, [9, 8, 7]);
}

/// attacks.md row 38: the documented lenient forms are one code, usable once in all of them together.
#[tokio::test]
async fn lenient_spellings_are_one_code() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    for (n, code) in phone.recovery_codes.iter().take(5).enumerate() {
        let (front, back) = code.split_at(4);
        let forms = [
            format!("{front}-{back}"),
            format!("{front} {back}"),
            format!("  {code} "),
            code.split("").collect::<Vec<_>>().join(" "),
            format!("{front}--{back}"),
        ];
        login(&test, "mia", &forms[n]).await.expect(200);
        for form in forms.iter().chain([code]) {
            login(&test, "mia", form).await.refused(401, "invalid_mfa_code");
        }
    }
    assert_eq!(left(&mia).await, 5);
}

/// attacks.md row 38: every other form is one wrong code at most and uses nothing up; a list is no code.
#[tokio::test]
async fn other_spellings_use_nothing_up() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    let code = &phone.recovery_codes[0];
    let shifted = |zero: u32| code.chars().map(move |c| char::from_u32(u32::from(c) - 0x30 + zero).unwrap());
    let forms = [
        shifted(0xff10).collect::<String>(),
        shifted(0x660).collect::<String>(),
        code[1..].to_owned(),
        format!("0{code}"),
        format!("{code}0"),
        format!("{code}{}", phone.code()),
        format!("{}{code}", phone.code()),
        phone.recovery_codes.join(","),
        phone.recovery_codes.join(" "),
        format!("{code}{}", phone.recovery_codes[1]),
        code.replace('0', "O"),
        format!("+{code}"),
        format!("{code}.0"),
    ];
    for form in forms.iter().filter(|form| *form != code) {
        let before = test.times(EventKind::SignInCodeRefused).await;
        login(&test, "mia", form).await.refused(401, "invalid_mfa_code");
        assert_eq!(test.times(EventKind::SignInCodeRefused).await, before + 1, "{form}");
        unlock(&test, "mia").await;
    }
    let with = |value: serde_json::Value| json!({ "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": value });
    for value in [json!(code.parse::<u32>().unwrap()), json!([code]), json!(phone.recovery_codes)] {
        test.anonymous().post("/api/v1/auth/login", with(value)).await.refused(422, "validation_failed");
    }
    assert_eq!(left(&mia).await, 10);
    login(&test, "mia", code).await.expect(200);
}

/// attacks.md row 38: codes of the long format, whatever their case and hyphens.
/// attacks.md row 39: a tenant may choose codes of 80 bits.
#[tokio::test]
async fn the_long_format_is_a_setting() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    let phone = olga.enrol().await;
    let change = json!({ "recovery_code_format": "long" });
    olga.patch("/api/v1/tenants/demo/settings", change).await.expect(200);
    // A set of the other format stays valid until it is replaced.
    login(&test, "olga", &phone.recovery_codes[0]).await.expect(200);
    let answer = olga.post(CODES, json!({})).await.expect(200);
    let codes = codes_in(&answer);
    assert_eq!(codes.len(), 10);
    for code in &codes {
        let groups: Vec<_> = code.split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{code}");
        let letters = code.replace('-', "");
        assert_eq!(data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).unwrap().len(), 10);
    }
    let forms: [&dyn Fn(&str) -> String; 4] =
        [&str::to_owned, &|code| code.to_lowercase(), &|code| code.replace('-', ""), &|code| {
            code.replace('-', " ").to_lowercase()
        }];
    for (code, form) in codes.iter().zip(forms) {
        login(&test, "olga", &form(code)).await.expect(200);
        login(&test, "olga", code).await.refused(401, "invalid_mfa_code");
    }
    assert_eq!(left(&olga).await, 6);
    login(&test, "olga", &codes[9][..18]).await.refused(401, "invalid_mfa_code");
    login(&test, "olga", "12345678").await.refused(401, "invalid_mfa_code");

    let mut mia = test.sign_in("mia").await;
    assert_eq!(mia.enrol().await.recovery_codes[0].len(), 19);
}
