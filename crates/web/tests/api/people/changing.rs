//! Changing names, addresses and roles.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{USERS, add, change, owner, page_of, person};
use crate::support::{audit, mail_about, subjects};

#[tokio::test]
async fn a_new_user_name_takes_the_place_of_the_old() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let mia = test.sign_in("mia").await;
    let after = change(&olga, "mia", json!({ "username": "Maja", "display_name": "Maja M" }))
        .await
        .expect(200)
        .json();
    assert_eq!((&after["username"], &after["display_name"]), (&json!("Maja"), &json!("Maja M")));
    assert_eq!(mia.get("/api/v1/account").await.expect(200).json()["username"], "Maja");
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(401, "invalid_credentials");
    test.sign_in("maja").await;
    test.sign_in("mia@demo.example").await;
    let mail = mail_about(&test, "mia@demo.example", "Your user name was changed").await;
    assert!(mail.text.contains("You now sign in as: Maja"), "{}", mail.text);
    // The old one is anybody's, and the new one is not.
    olga.post(USERS, json!({ "username": "mia", "password": PASSWORD })).await.expect(201);
    olga.post(USERS, json!({ "username": "MAJA", "password": PASSWORD })).await.refused(409, "conflict");
    change(&olga, "bob", json!({ "username": "maja" })).await.refused(409, "conflict");
    let refused =
        change(&olga, "bob", json!({ "username": "mia@demo.example" })).await.refused(409, "conflict");
    assert_eq!(refused.json()["errors"][0]["field"], "username");
    assert_eq!(person(&olga, "bob").await["username"], "bob");
    let events = audit(&test, &olga).await;
    let renamed: Vec<_> = events.iter().filter(|(kind, _)| kind == "user.renamed").collect();
    assert_eq!(renamed.len(), 1);
    assert_eq!(renamed[0].1["old"]["username"], "mia");
    assert_eq!(renamed[0].1["new"]["username"], "Maja");
}

#[tokio::test]
async fn what_is_the_same_is_no_change() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let before = person(&olga, "mia").await;
    let same =
        json!({ "username": "mia", "email": "MIA@demo.example", "role": "member", "status": "active" });
    for nothing in [json!({}), same, json!({ "username": null, "role": null })] {
        assert_eq!(change(&olga, "mia", nothing).await.expect(200).json(), before);
    }
    assert!(subjects(&test, "mia@demo.example").await.is_empty());
    assert_eq!(
        change(&olga, "mia", json!({ "display_name": " " })).await.expect(200).string("display_name"),
        "mia"
    );
}

#[tokio::test]
async fn bad_values_change_nothing() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let before = person(&olga, "mia").await;
    for (field, value) in [
        ("username", json!("a b")),
        ("email", json!("nowhere")),
        ("email", json!("")),
        ("display_name", json!("a\nb")),
        ("role", json!("operator")),
        ("status", json!("invited")),
        ("status", json!("deleted")),
        ("password", json!(PASSWORD)),
        ("mfa_enabled", json!(false)),
        ("tenant_id", json!("other")),
        ("id", json!("0198c3a2-7b10-7c3e-8f4a-0123456789ab")),
    ] {
        let mut wanted = json!({ "display_name": "Somebody" });
        wanted[field] = value.clone();
        let answer = change(&olga, "mia", wanted).await.refused(422, "validation_failed").json();
        assert_eq!(answer["errors"][0]["field"], field, "{value}");
    }
    assert_eq!(person(&olga, "mia").await, before);
}

/// attacks.md row 68: a new role counts with the next request of a session that was there before.
#[tokio::test]
async fn a_new_role_counts_at_once() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let (mia, adam) = (test.sign_in("mia").await, test.sign_in("adam").await);
    mia.get(USERS).await.refused(403, "forbidden");
    adam.get(USERS).await.expect(200);
    assert_eq!(change(&olga, "mia", json!({ "role": "admin" })).await.expect(200).string("role"), "admin");
    change(&olga, "adam", json!({ "role": "member" })).await.expect(200);
    mia.get(USERS).await.expect(200);
    adam.get(USERS).await.refused(403, "forbidden");
    adam.patch("/api/v1/tenants/demo/settings", json!({})).await.refused(403, "forbidden");
    let mail = mail_about(&test, "mia@demo.example", "Your role was changed").await;
    assert!(mail.text.contains("administrator"), "{}", mail.text);
    mail_about(&test, "adam@demo.example", "Your role was changed").await;
    let events = audit(&test, &olga).await;
    let (_, detail) = events.iter().find(|(kind, _)| kind == "user.role_changed").unwrap();
    assert!(detail["old"].is_string() && detail["new"].is_string());
}

/// attacks.md row 67: nobody acts upwards, sideways or on themselves, and nobody gives what they do not have.
#[tokio::test]
async fn nobody_acts_upwards_or_sideways() {
    let test = TestApp::start().await;
    for (name, role) in [("ada", Role::Admin), ("hana", Role::Helpdesk), ("oda", Role::Owner)] {
        add(&test, name, role).await;
    }
    let (olga, _) = owner(&test).await;
    let mut adam = test.sign_in("adam").await;
    adam.enrol().await;
    for name in ["olga", "oda", "ada", "adam"] {
        change(&adam, name, json!({ "display_name": "x" })).await.refused(403, "forbidden");
        change(&adam, name, json!({ "role": "member" })).await.refused(403, "forbidden");
        change(&adam, name, json!({ "status": "suspended" })).await.refused(403, "forbidden");
    }
    change(&adam, "hana", json!({ "role": "admin" })).await.refused(403, "forbidden");
    change(&adam, "mia", json!({ "role": "owner" })).await.refused(403, "forbidden");
    change(&adam, "mia", json!({ "role": "helpdesk" })).await.expect(200);
    change(&adam, "hana", json!({ "role": "member" })).await.expect(200);
    change(&olga, "olga", json!({ "display_name": "x" })).await.refused(403, "forbidden");
    change(&olga, "olga", json!({ "role": "member" })).await.refused(403, "forbidden");
    change(&olga, "ada", json!({ "role": "owner" })).await.expect(200);
    change(&olga, "oda", json!({ "role": "member" })).await.expect(200);
}

/// Acts on another's role, status or address need an administrator who has a factor of their own.
#[tokio::test]
async fn grave_changes_need_an_administrator_with_a_factor() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    for grave in [
        json!({ "role": "helpdesk" }),
        json!({ "status": "suspended" }),
        json!({ "email": "other@demo.example" }),
        json!({ "email": "other@demo.example", "display_name": "Other" }),
    ] {
        let asked = change(&olga, "mia", grave).await.refused(403, "step_up_required");
        assert_eq!(asked.json()["methods"], json!([]));
    }
    assert_eq!(person(&olga, "mia").await["display_name"], "mia");
    change(&olga, "mia", json!({ "display_name": "Mia" })).await.expect(200);
    let phone = olga.enrol().await;
    change(&olga, "mia", json!({ "role": "helpdesk" })).await.expect(200);
    test.clock.advance_secs(601);
    let asked = change(&olga, "mia", json!({ "role": "member" })).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!(["totp"]));
    olga.step_up(&phone.next_code()).await;
    change(&olga, "mia", json!({ "role": "member" })).await.expect(200);
}

#[tokio::test]
async fn a_new_address_counts_once_confirmed_and_both_are_told() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let after = change(&olga, "mia", json!({ "email": "new@demo.example" })).await.expect(200).json();
    assert_eq!(
        (&after["email"], &after["email_pending"]),
        (&json!("mia@demo.example"), &json!("new@demo.example"))
    );
    assert_eq!(person(&olga, "mia").await, after);
    test.anonymous()
        .login("demo", "new@demo.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");
    let told = mail_about(&test, "mia@demo.example", "A new address was set for your account").await;
    assert!(
        told.text.contains("n…@demo.example") && !told.text.contains("new@demo.example"),
        "{}",
        told.text
    );
    let token = mail_about(&test, "new@demo.example", "Confirm your address").await.token();
    test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
    let after = person(&olga, "mia").await;
    assert_eq!((&after["email"], &after["email_pending"]), (&json!("new@demo.example"), &json!(null)));
    test.sign_in("new@demo.example").await;
    assert!(subjects(&test, "mia@demo.example").await.contains(&"Your address was changed".to_owned()));
    change(&olga, "bob", json!({ "email": "New@demo.example" })).await.refused(409, "conflict");
    let refused =
        change(&olga, "bob", json!({ "email": "olga@demo.example" })).await.refused(409, "conflict");
    assert_eq!(refused.json()["errors"][0]["field"], "email");
}

/// Nobody has signed in with the address of an invitation yet: another one takes its place, and the link sent
/// to the first is dead.
#[tokio::test]
async fn an_invited_person_is_invited_anew_at_another_address() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let invited = "Your new account at Demo organisation";
    olga.post(USERS, json!({ "username": "nora", "email": "typo@demo.example" })).await.expect(201);
    let first = mail_about(&test, "typo@demo.example", invited).await.token();
    let after = change(&olga, "nora", json!({ "email": "nora@demo.example", "username": "Nora" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&after["email"], &after["username"], &after["status"]),
        (&json!("nora@demo.example"), &json!("Nora"), &json!("invited"))
    );
    let accept = async |token: String| {
        let body = json!({ "token": token, "password": PASSWORD });
        test.anonymous().post("/api/v1/auth/invitation/accept", body).await
    };
    accept(first).await.refused(401, "invalid_credentials");
    let second = mail_about(&test, "nora@demo.example", invited).await;
    accept(second.token()).await.expect(200);
    test.sign_in("nora@demo.example").await;
    test.anonymous()
        .login("demo", "typo@demo.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");
    olga.post(USERS, json!({ "username": "typo", "email": "typo@demo.example" })).await.expect(201);
}

#[tokio::test]
async fn a_path_that_names_nobody_is_not_found() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let path = page_of(&olga, "mia").await;
    for wrong in [
        path.to_uppercase(),
        format!("{path}x"),
        path.replace('-', ""),
        format!("{USERS}/1"),
        format!("{USERS}/mia"),
    ] {
        olga.get(&wrong.replace("/API/V1/TENANTS/DEMO/USERS", USERS)).await.refused(404, "not_found");
    }
}
