//! New people: with a password, or with an invitation.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{GIVEN, USERS, id_of, owner, person};
use crate::support::{audit, mail_about, subjects};

const INVITED: &str = "Your new account at Demo organisation";

#[tokio::test]
async fn a_person_with_a_password_signs_in_once_they_chose_their_own() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let wanted = json!({ "username": "Nora", "email": "nora@demo.example", "display_name": "Nora Nord",
        "password": GIVEN, "role": "helpdesk" });
    let made = olga.post(USERS, wanted).await.expect(201).json();
    let expected = json!({ "id": made["id"], "tenant_id": "demo", "username": "Nora", "email": "nora@demo.example",
        "display_name": "Nora Nord", "role": "helpdesk", "status": "active", "mfa_enabled": false,
        "created_at": "2026-03-02T10:00:07Z", "last_sign_in_at": null, "mfa_at_risk": false });
    assert_eq!(made, expected);
    let asked = test.anonymous().login("demo", "nora", GIVEN, None).await.expect(200).string("change_token");
    assert_eq!(person(&olga, "Nora").await["last_sign_in_at"], json!(null));
    let change = json!({ "change_token": asked, "new_password": PASSWORD });
    test.anonymous().post("/api/v1/auth/password-change", change).await.expect(200);
    assert_eq!(person(&olga, "Nora").await["last_sign_in_at"], "2026-03-02T10:00:07Z");
    let told = ("user.created".to_owned(), json!({ "role": "helpdesk" }));
    assert!(audit(&test, &olga).await.contains(&told));
    assert_eq!(subjects(&test, "nora@demo.example").await, ["Your password was changed"]);
}

#[tokio::test]
async fn without_a_password_an_invitation_goes_out() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let wanted = json!({ "username": "nora", "email": "nora@demo.example" });
    let made = olga.post(USERS, wanted).await.expect(201).json();
    assert_eq!(
        (&made["status"], &made["role"], &made["display_name"]),
        (&json!("invited"), &json!("member"), &json!("nora"))
    );
    assert!(made["invitation_url"].is_null());
    test.anonymous().login("demo", "nora", PASSWORD, None).await.refused(401, "invalid_credentials");
    let token = mail_about(&test, "nora@demo.example", INVITED).await.token();
    let accept = json!({ "token": token, "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", accept.clone()).await.expect(200).string("token");
    assert_eq!(person(&olga, "nora").await["status"], "active");
    test.anonymous().post("/api/v1/auth/invitation/accept", accept).await.refused(401, "invalid_credentials");
    let again = format!("{USERS}/{}/invitation", made["id"].as_str().unwrap());
    olga.post(&again, json!({})).await.refused(409, "conflict");
}

/// attacks.md row 32: a newer invitation ends the one before, and none lives longer than a day.
#[tokio::test]
async fn an_invitation_sent_again_replaces_the_last() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    olga.post(USERS, json!({ "username": "nora", "email": "nora@demo.example" })).await.expect(201);
    let first = mail_about(&test, "nora@demo.example", INVITED).await.token();
    let again = format!("{USERS}/{}/invitation", id_of(&olga, "nora").await);
    assert_eq!(olga.post(&again, json!({})).await.expect(200).json()["status"], "invited");
    let mails = test.mails_to("nora@demo.example").await;
    let second = mails.iter().map(|mail| mail.token()).find(|token| *token != first).unwrap();
    let accept = async |token: &str| {
        let body = json!({ "token": token, "password": PASSWORD });
        test.anonymous().post("/api/v1/auth/invitation/accept", body).await
    };
    accept(&first).await.refused(401, "invalid_credentials");
    test.clock.advance_secs(7 * 24 * 3600);
    accept(&second).await.refused(401, "invalid_credentials");
    test.sign_in("olga").await.post(&again, json!({})).await.expect(200);
    let tokens: Vec<_> = test.mails_to("nora@demo.example").await.iter().map(|mail| mail.token()).collect();
    let third = tokens.into_iter().find(|token| *token != first && *token != second).unwrap();
    accept(&third).await.expect(200);
}

#[tokio::test]
async fn who_has_no_address_is_handed_the_link() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let made = olga.post(USERS, json!({ "username": "nora" })).await.expect(201);
    let link = made.string("invitation_url");
    assert!(link.starts_with("http://localhost:8080/invite/"), "{link}");
    let again = format!("{USERS}/{}/invitation", made.string("id"));
    let newer = olga.post(&again, json!({})).await.expect(200).string("invitation_url");
    for (link, status) in [(link, 401), (newer, 200)] {
        let token = link.rsplit('/').next().unwrap();
        let body = json!({ "token": token, "password": PASSWORD });
        test.anonymous().post("/api/v1/auth/invitation/accept", body).await.expect(status);
    }
}

/// attacks.md row 5: nobody gets a name that somebody has in another spelling.
#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for (taken, fields) in [
        (json!({ "username": "mia" }), ["username"].as_slice()),
        (json!({ "username": "MIA" }), &["username"]),
        (json!({ "username": "ｍｉａ" }), &["username"]),
        (json!({ "username": "mia@demo.example" }), &["username"]),
        (json!({ "username": "nora", "email": "Mia@Demo.Example" }), &["email"]),
        (json!({ "username": "bob", "email": "mia@demo.example" }), &["username", "email"]),
    ] {
        let refused = olga.post(USERS, taken).await.refused(409, "conflict").json();
        let named: Vec<_> =
            refused["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
        assert_eq!(named, fields);
    }
    assert_eq!(test.column("users.username").await.len(), 6);
    // Another tenant has its own names.
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    otto.post("/api/v1/tenants/other/users", json!({ "username": "bob", "password": PASSWORD }))
        .await
        .expect(201);
}

/// attacks.md row 67: only an owner makes others what they are, or more.
#[tokio::test]
async fn an_administrator_gives_lower_roles_only() {
    let test = TestApp::start().await;
    let ((olga, _), adam) = (owner(&test).await, test.sign_in("adam").await);
    for (role, allowed) in [("member", true), ("helpdesk", true), ("admin", false), ("owner", false)] {
        let wanted =
            |name: &str| json!({ "username": format!("{name}-{role}"), "role": role, "password": PASSWORD });
        let answer = adam.post(USERS, wanted("by-adam")).await;
        if allowed {
            answer.expect(201)
        } else {
            answer.refused(403, "forbidden")
        };
        assert_eq!(olga.post(USERS, wanted("by-olga")).await.expect(201).string("role"), role);
    }
    for role in ["operator", "Owner", "root", ""] {
        let wanted = json!({ "username": "x", "role": role, "password": PASSWORD });
        olga.post(USERS, wanted).await.refused(422, "validation_failed");
    }
}

#[tokio::test]
async fn every_field_is_checked_before_anything_is_made() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    for (field, value) in [
        ("username", json!("a b")),
        ("username", json!("")),
        ("username", json!("no\u{200b}ra")),
        ("email", json!("not an address")),
        ("display_name", json!("x".repeat(101))),
        ("password", json!("short")),
        ("tenant_id", json!("other")),
        ("status", json!("active")),
    ] {
        let mut wanted = json!({ "username": "nora" });
        wanted[field] = value.clone();
        let answer = olga.post(USERS, wanted).await.refused(422, "validation_failed").json();
        assert_eq!(answer["errors"][0]["field"], field, "{value}");
    }
    olga.post(USERS, json!({})).await.refused(422, "validation_failed");
    assert_eq!(test.column("users.username").await.len(), 6);
}

/// attacks.md row 24: an administrator who has a factor proves it first.
#[tokio::test]
async fn an_administrator_with_a_factor_steps_up_first() {
    let test = TestApp::start().await;
    let (mut olga, phone) = owner(&test).await;
    let wanted = json!({ "username": "nora", "password": PASSWORD });
    test.clock.advance_secs(601);
    let asked = olga.post(USERS, wanted.clone()).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!(["totp"]));
    olga.step_up(&phone.recovery_codes[0]).await;
    olga.post(USERS, wanted.clone()).await.refused(403, "step_up_required");
    olga.step_up(&phone.next_code()).await;
    olga.post(USERS, wanted).await.expect(201);
}
