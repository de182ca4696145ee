//! Other people's second factors: seen, removed, reset.

use serde_json::{Value, json};
use twinlock_core::{audit::EventKind, user::Role};
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use super::{GIVEN, USERS, add, first_sign_in, is_live, owner, page_of, person, reset};
use crate::support::{mail_about, names, subjects};

async fn factors(by: &Caller<'_>, name: &str) -> Value {
    by.get(&format!("{}/mfa", page_of(by, name).await)).await.expect(200).json()
}

/// attacks.md row 31: whoever helps never sees a secret.
#[tokio::test]
async fn an_administrator_sees_what_somebody_has_and_no_secret() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    add(&test, "hana", Role::Helpdesk).await;
    let hana = test.sign_in("hana").await;
    let own = mia.get("/api/v1/mfa").await;
    let seen = factors(&hana, "mia").await;
    assert_eq!(seen["enabled"], true);
    assert_eq!(seen["recovery_codes_remaining"], 10);
    assert_eq!(seen["methods"][0]["type"], "totp");
    assert_eq!(seen["methods"][0]["name"], "Phone");
    assert_eq!(names(&seen["methods"][0]), ["created_at", "id", "last_used_at", "name", "type"]);
    if own.status == 200 {
        assert_eq!(own.json(), seen);
    }
    let text = seen.to_string();
    assert!(phone.recovery_codes.iter().all(|code| !text.contains(code.as_str())));
    assert_eq!(factors(&hana, "bob").await["methods"], json!([]));
    for name in ["olga", "adam", "hana"] {
        hana.get(&format!("{}/mfa", page_of(&hana, name).await)).await.refused(403, "forbidden");
    }
}

/// attacks.md row 31: everything that was open is dead at once; the password stays and is not enough to enrol.
#[tokio::test]
async fn a_reset_is_complete() {
    let test = TestApp::start().await;
    let (mut mia, phone) = test.enrolled("mia").await;
    mia.step_up(&phone.next_code()).await;
    let second = mia.post("/api/v1/mfa/setup", json!({ "name": "Tablet" })).await.expect(200).json();
    let browser = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let link = test.reset_token("demo", "mia@demo.example").await;
    let (olga, _) = owner(&test).await;
    let done = reset(&olga, "mia", json!({ "reason": "lost the phone" })).await.expect(200).json();
    assert_eq!(done, json!({ "user_id": done["user_id"], "mfa_enabled": false }));
    assert!(!is_live(&mia).await && !is_live(&browser).await);
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let new = json!({ "token": link, "new_password": "seven blue doors in autumn" });
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", new)
        .await
        .refused(401, "invalid_credentials");
    let after = person(&olga, "mia").await;
    assert_eq!(after["mfa_enabled"], false);
    let seen = factors(&olga, "mia").await;
    assert_eq!((&seen["methods"], &seen["recovery_codes_remaining"]), (&json!([]), &json!(0)));
    let mia = test.sign_in("mia").await;
    mia.post("/api/v1/mfa/setup", json!({})).await.refused(403, "enrollment_proof_required");
    mia.post("/api/v1/mfa/verify", json!({ "code": second["secret"] }))
        .await
        .refused(403, "enrollment_proof_required");
    mia.open_enrollment("mia@demo.example").await;
    mia.post("/api/v1/mfa/setup", json!({})).await.expect(200);
    mail_about(&test, "mia@demo.example", "Your second factors were reset").await;
    let events = test.events(EventKind::MfaReset).await;
    let event = &events[0];
    assert_eq!(
        (event.actor_name.as_deref(), &event.detail["reason"]),
        (Some("olga"), &json!("lost the phone"))
    );
    assert_eq!(event.user_id.map(|id| id.to_string()).as_deref(), after["id"].as_str());
    assert_eq!(event.detail["factors_removed"], 1);
}

/// attacks.md row 31: the address before a recent change is told as well, and gets the code that opens the enrollment.
#[tokio::test]
async fn the_earlier_address_is_told_of_a_reset_too() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    super::change(&olga, "mia", json!({ "email": "new@demo.example" })).await.expect(200);
    let token = mail_about(&test, "new@demo.example", "Confirm your address").await.token();
    test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
    reset(&olga, "mia", json!({})).await.expect(200);
    for address in ["mia@demo.example", "new@demo.example"] {
        mail_about(&test, address, "Your second factors were reset").await;
    }
    let mia = test.sign_in("mia").await;
    mia.open_enrollment("mia@demo.example").await;
}

/// Who has no address gets a code from whoever helps, shown once.
#[tokio::test]
async fn who_has_no_address_is_handed_a_code() {
    let test = TestApp::start().await;
    let wanted = CreateUser {
        username: "nora".into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted).await.unwrap();
    let (olga, _) = owner(&test).await;
    let first = reset(&olga, "nora", json!({})).await.expect(200).string("enrollment_code");
    let code = reset(&olga, "nora", json!({ "reason": " " })).await.expect(200).string("enrollment_code");
    let mut nora = test.sign_in("nora").await;
    let give = "/api/v1/mfa/enrollment-proof/verify";
    nora.post(give, json!({ "code": first })).await.refused(401, "invalid_mfa_code");
    nora.post(give, json!({ "code": code })).await.expect(200);
    nora.enrol().await;
}

/// attacks.md row 67: helpdesk helps members, and nobody else.
#[tokio::test]
async fn helpdesk_resets_members_only_and_needs_a_factor() {
    let test = TestApp::start().await;
    for (name, role) in [("hana", Role::Helpdesk), ("henk", Role::Helpdesk)] {
        add(&test, name, role).await;
    }
    let mut hana = test.sign_in("hana").await;
    let asked = reset(&hana, "mia", json!({})).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!([]));
    let phone = hana.enrol().await;
    reset(&hana, "mia", json!({})).await.expect(200);
    for name in ["olga", "adam", "henk", "hana"] {
        reset(&hana, name, json!({})).await.refused(403, "forbidden");
    }
    let path = page_of(&hana, "mia").await;
    hana.get(&path).await.expect(200);
    hana.patch(&path, json!({ "display_name": "x" })).await.refused(403, "forbidden");
    hana.delete(&path).await.refused(403, "forbidden");
    hana.get(&format!("{path}/sessions")).await.refused(403, "forbidden");
    hana.delete(&format!("{path}/sessions")).await.refused(403, "forbidden");
    hana.post(&format!("{path}/invitation"), json!({})).await.refused(403, "forbidden");
    hana.post(USERS, json!({ "username": "x" })).await.refused(403, "forbidden");
    test.clock.advance_secs(601);
    reset(&hana, "mia", json!({})).await.refused(403, "step_up_required");
    hana.step_up(&phone.next_code()).await;
    reset(&hana, "mia", json!({})).await.expect(200);
}

#[tokio::test]
async fn an_administrator_removes_one_factor_of_two() {
    let test = TestApp::start().await;
    let (mut mia, phone) = test.enrolled("mia").await;
    mia.step_up(&phone.next_code()).await;
    mia.enrol().await;
    let (olga, _) = owner(&test).await;
    let path = format!("{}/mfa/methods", page_of(&olga, "mia").await);
    let methods = factors(&olga, "mia").await["methods"].clone();
    let (first, second) = (methods[0]["id"].as_str().unwrap(), methods[1]["id"].as_str().unwrap());
    olga.delete(&format!("{path}/{first}")).await.expect(204);
    olga.delete(&format!("{path}/{first}")).await.refused(404, "not_found");
    let left = factors(&olga, "mia").await;
    assert_eq!((&left["enabled"], &left["methods"][0]["id"]), (&json!(true), &json!(second)));
    assert_eq!(left["recovery_codes_remaining"], 10);
    assert!(!is_live(&mia).await);
    test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    assert!(subjects(&test, "mia@demo.example").await.contains(&"A second factor was removed".to_owned()));
}

/// Without an address no code can be mailed: the administrator hands one over.
#[tokio::test]
async fn who_has_no_address_enrols_anew_with_a_code_that_a_reset_answers() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let wanted = json!({ "username": "nora", "password": GIVEN });
    olga.post(USERS, wanted).await.expect(201);
    first_sign_in(&test, "nora", GIVEN).await.enrol().await;
    let id = factors(&olga, "nora").await["methods"][0]["id"].clone();
    let path = format!("{}/mfa/methods/{}", page_of(&olga, "nora").await, id.as_str().unwrap());
    olga.delete(&path).await.expect(204);
    let code = reset(&olga, "nora", json!({})).await.expect(200).string("enrollment_code");
    let body = json!({ "code": code });
    let nora = test.sign_in("nora").await;
    nora.post("/api/v1/mfa/setup", json!({})).await.refused(403, "enrollment_proof_required");
    nora.post("/api/v1/mfa/enrollment-proof/verify", body).await.expect(200);
    nora.post("/api/v1/mfa/setup", json!({})).await.expect(200);
}

#[tokio::test]
async fn without_the_last_factor_it_is_as_after_a_reset() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let (olga, _) = owner(&test).await;
    let methods = factors(&olga, "mia").await["methods"].clone();
    let id = methods[0]["id"].as_str().unwrap();
    let own = format!("{}/mfa/methods/{id}", page_of(&olga, "bob").await);
    olga.delete(&own).await.refused(404, "not_found");
    let adam = test.sign_in("adam").await;
    let path = format!("{}/mfa/methods/{id}", page_of(&olga, "mia").await);
    assert_eq!(adam.delete(&path).await.refused(403, "step_up_required").json()["methods"], json!([]));
    olga.delete(&path).await.expect(204);
    let left = factors(&olga, "mia").await;
    assert_eq!((&left["enabled"], &left["recovery_codes_remaining"]), (&json!(false), &json!(0)));
    let mia = test.sign_in("mia").await;
    mia.post("/api/v1/mfa/setup", json!({})).await.refused(403, "enrollment_proof_required");
    mia.open_enrollment("mia@demo.example").await;
    mia.post("/api/v1/mfa/setup", json!({})).await.expect(200);
    let mail = mail_about(&test, "mia@demo.example", "A second factor was removed").await;
    assert!(mail.text.contains("It was the last one"), "{}", mail.text);
}
