//! Addresses at international domains: one mailbox in both its forms, read in its language, mailed to in ASCII.

use serde_json::json;
use twinlock_service::maintenance;
use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::support::{enrolled, mail_about};

const ACCOUNT: &str = "/api/v1/account";
const USERS: &str = "/api/v1/tenants/demo/users";
const READABLE: &str = "mia@bücher.example";
const ASCII: &str = "mia@xn--bcher-kva.example";

#[tokio::test]
async fn either_form_is_the_same_login_name() {
    for typed in [READABLE, ASCII, "Mia@BÜCHER.example"] {
        let test = TestApp::start().await;
        let mia = test.sign_in("mia").await;
        let wanted = json!({ "email": typed, "current_password": PASSWORD });
        let asked = mia.patch(ACCOUNT, wanted).await.expect(200).json();
        assert!(asked["pending_email"].as_str().unwrap().ends_with("@bücher.example"), "{asked}");
        let mails = test.mails().await;
        let link = mails.iter().find(|mail| mail.subject == "Confirm your address").expect("a link");
        assert!(link.to.ends_with("@xn--bcher-kva.example") && link.raw.is_ascii(), "{}", link.raw);
        test.clock.advance_secs(60);
        let token = json!({ "token": link.token() });
        let user = test.anonymous().post("/api/v1/account/email/confirm", token).await.expect(200).json();
        assert!(user["email"].as_str().unwrap().ends_with("@bücher.example"), "{user}");
        for name in [READABLE, ASCII, "MIA@XN--BCHER-KVA.EXAMPLE"] {
            test.anonymous().sign_in("demo", name, PASSWORD).await;
        }
    }
}

#[tokio::test]
async fn either_form_is_taken_by_the_other_and_found_by_both() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    let person = |name: &str, email: &str| json!({ "username": name, "email": email, "password": PASSWORD });
    let made = olga.post(USERS, person("nora", "nora@bücher.example")).await.expect(201).json();
    assert_eq!(made["email"], "nora@bücher.example");
    let twice = olga.post(USERS, person("nina", "nora@xn--bcher-kva.example")).await.refused(409, "conflict");
    assert_eq!(twice.json()["errors"][0]["field"], "email");
    for search in ["nora@bü", "nora@b%C3%BCcher.example", "nora@xn--bch", "NORA@XN--BCHER-KVA.EXAMPLE"] {
        let found =
            olga.get(&format!("{USERS}?search={}", search.replace('ü', "%C3%BC"))).await.expect(200).json();
        assert_eq!(found["items"][0]["username"], "nora", "{search}");
    }
    let path = format!("{USERS}.csv");
    assert!(olga.get(&path).await.expect(200).text().contains("nora@bücher.example"));
}

/// Who was stored before addresses had two forms is found by both, once the server has looked after its words.
#[tokio::test]
async fn an_old_address_is_found_by_both_its_forms() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    let person = json!({ "username": "nora", "email": "Nora@xn--bcher-kva.example", "password": PASSWORD });
    olga.post(USERS, person).await.expect(201);
    test.by_hand("DELETE FROM user_search WHERE word LIKE '%cher%' AND word NOT LIKE '%xn--%'").await;
    let found = async |search: &str| {
        let found = olga.get(&format!("{USERS}?search={search}")).await.expect(200).json();
        found["items"].as_array().unwrap().len()
    };
    assert_eq!((found("nora@b%C3%BC").await, found("nora@xn--bch").await), (0, 1));
    for _ in 0..2 {
        maintenance::tick(&test.app).await;
        assert_eq!((found("nora@b%C3%BC").await, found("nora@xn--bch").await), (1, 1));
    }
}

/// A forgotten password, in either form; the mail goes to the ASCII one.
#[tokio::test]
async fn a_reset_is_asked_for_in_either_form() {
    let test = TestApp::start().await;
    let (olga, _) = enrolled(&test, "olga").await;
    let person = json!({ "username": "nora", "email": "nora@bücher.example", "password": PASSWORD });
    olga.post(USERS, person).await.expect(201);
    for email in ["nora@bücher.example", "nora@xn--bcher-kva.example"] {
        test.clock.advance_secs(61);
        let asked = json!({ "tenant_id": "demo", "email": email });
        test.anonymous().post("/api/v1/auth/password-reset", asked).await.expect(202);
        test.app.settle().await;
    }
    assert_eq!(test.mails_to("nora@xn--bcher-kva.example").await.len(), 2);
    mail_about(&test, "nora@xn--bcher-kva.example", "Set a new password").await;
}

#[tokio::test]
async fn a_local_part_with_accents_is_refused_with_the_reason() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let wanted = json!({ "email": "jürgen@demo.example", "current_password": PASSWORD });
    let answer = mia.patch(ACCOUNT, wanted).await.refused(422, "validation_failed").json();
    let told = answer["errors"][0]["message"].as_str().unwrap();
    assert!(told.contains("before the @"), "{told}");
}
