//! Administration by somebody with one lock only, and the setting that asks for the second one.

use axum::http::Method;
use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin;

use super::*;

const SETTINGS: &str = "/api/v1/tenants/demo/settings";

/// Whoever finds a session without its password makes nothing of it: the password is asked again.
#[tokio::test]
async fn without_a_factor_an_act_needs_the_password_of_the_last_ten_minutes() {
    let test = TestApp::start().await;
    let mut adam = test.sign_in("adam").await;
    let mia = id_of(&adam, "mia").await;
    test.clock.advance_secs(601);
    let acts = [
        (Method::POST, USERS.to_owned(), json!({ "username": "nora" })),
        (Method::PATCH, format!("{USERS}/{mia}"), json!({ "display_name": "Mia" })),
        (Method::POST, format!("{USERS}/{mia}/invitation"), json!({})),
        (Method::DELETE, format!("{USERS}/{mia}/sessions"), json!({})),
        (Method::POST, "/api/v1/tenants/demo/mfa/reminders".to_owned(), json!({})),
        (Method::PATCH, SETTINGS.to_owned(), json!({ "totp_enrollment_codes": 2 })),
    ];
    for (method, path, body) in acts.clone() {
        let refused = adam.call(method, &path, &body).await.refused(403, "step_up_required").json();
        assert_eq!(refused["methods"], json!(["password"]), "{path}");
    }
    adam.get(USERS).await.expect(200);
    adam.patch(&format!("{SETTINGS}?dry_run=true"), json!({ "totp_enrollment_codes": 2 })).await.expect(200);
    let answer = adam.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
    adam = adam.with_token(&answer.string("token"));
    for (method, path, body) in acts {
        let status = adam.call(method, &path, &body).await.status.as_u16();
        assert!([200, 201, 202, 204, 409].contains(&status), "{path} {status}");
    }
}

/// attacks.md row 68: with one lock nobody makes another owner or administrator, by whatever way.
#[tokio::test]
async fn giving_owner_or_admin_takes_somebody_with_a_factor() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    let invited = CreateUser {
        username: "ida".into(),
        email: Some("ida@demo.example".into()),
        display_name: None,
        role: Role::Admin,
        password: None,
    };
    admin::create_user(&test.app, "demo", invited).await.unwrap();
    let (mia, ida) = (id_of(&olga, "mia").await, id_of(&olga, "ida").await);
    let create = |role: &str| json!({ "username": format!("new-{role}"), "role": role });
    let table = |role: &str| format!("username,role\nrow-{role},{role}\nother-{role},member\n");
    for role in ["owner", "admin"] {
        for refused in [
            olga.post(USERS, create(role)).await,
            olga.raw(Method::POST, &format!("{USERS}/import"), "text/csv", table(role)).await,
            olga.patch(&format!("{USERS}/{mia}"), json!({ "role": role })).await,
            olga.post(&format!("{USERS}/{ida}/invitation"), json!({})).await,
        ] {
            assert_eq!(refused.refused(403, "step_up_required").json()["methods"], json!([]));
        }
    }
    for role in ["helpdesk", "member"] {
        olga.post(USERS, create(role)).await.expect(201);
        olga.raw(Method::POST, &format!("{USERS}/import"), "text/csv", table(role)).await.expect(201);
    }
    olga.enrol().await;
    for role in ["owner", "admin"] {
        olga.post(USERS, create(role)).await.expect(201);
        olga.raw(Method::POST, &format!("{USERS}/import"), "text/csv", table(role)).await.expect(201);
    }
    olga.post(&format!("{USERS}/{ida}/invitation"), json!({})).await.expect(200);
}

/// Whoever asks it of others complies first; those who administer then enrol before anything else, and nobody else does.
#[tokio::test]
async fn a_factor_can_be_required_of_those_alone_who_administer() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk).await;
    let mut olga = test.sign_in("olga").await;
    let (adam, mia, hana) =
        (test.sign_in("adam").await, test.sign_in("mia").await, test.sign_in("hana").await);
    let on = json!({ "mfa_required_for_admins": true });
    olga.patch(SETTINGS, on.clone()).await.refused(409, "mfa_not_enabled");
    olga.enrol().await;
    let impact = olga.patch(&format!("{SETTINGS}?dry_run=true"), on.clone()).await.expect(200).json();
    let impact = &impact["impact"];
    assert_eq!((&impact["users_blocked_now"], &impact["users_in_grace"]), (&json!(1), &json!(0)));
    assert_eq!((&impact["sessions_ended"], &impact["caller_complies"]), (&json!(1), &json!(true)));
    adam.get("/api/v1/account").await.expect(200);
    assert_eq!(olga.patch(SETTINGS, on).await.expect(200).json()["mfa_required_for_admins"], true);
    adam.get("/api/v1/account").await.refused(401, "unauthenticated");
    mia.get("/api/v1/account").await.expect(200);
    hana.get(USERS).await.expect(200);
    assert_eq!(hana.get("/api/v1/mfa").await.json()["required"], false);

    let due = test.anonymous().login("demo", "adam", PASSWORD, None).await.expect(200).json();
    assert_eq!(due["mfa_enrollment_required"], true);
    let mut adam = test.anonymous().with_token(due["enrollment_token"].as_str().unwrap());
    adam.get(USERS).await.refused(403, "mfa_enrollment_required");
    let phone = adam.enrol().await;
    let own = adam.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!(own["required"], true);
    let factor = own["methods"][0]["id"].as_str().unwrap().to_owned();
    adam.delete(&format!("/api/v1/mfa/methods/{factor}")).await.refused(409, "last_factor_required");
    test.clock.advance_secs(30);
    adam.post("/api/v1/mfa/disable", json!({ "code": phone.code() }))
        .await
        .refused(409, "last_factor_required");
}

/// Who is promoted without a factor goes on only by enrolling one: in the session there is, and at the next sign-in.
#[tokio::test]
async fn a_promotion_leads_into_the_enrollment() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    olga.patch(SETTINGS, json!({ "mfa_required_for_admins": true })).await.expect(200);
    let mut mia = test.sign_in("mia").await;
    let path = format!("{USERS}/{}", id_of(&olga, "mia").await);
    olga.patch(&path, json!({ "role": "admin" })).await.expect(200);
    mia.get(USERS).await.refused(403, "mfa_enrollment_required");
    mia.get("/api/v1/account").await.refused(403, "mfa_enrollment_required");
    let due = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(due["mfa_enrollment_required"], true);
    mia.enrol().await;
    mia.get(USERS).await.expect(200);
}

/// An organisation made from now on asks it of those who administer it; its members are let in as ever.
#[tokio::test]
async fn new_organisations_ask_it_of_those_who_administer() {
    let test = TestApp::start().await;
    admin::create_tenant(&test.app, "fresh", "Fresh").await.unwrap();
    for (name, role) in [("otis", Role::Owner), ("max", Role::Member)] {
        let wanted = CreateUser {
            username: name.into(),
            email: None,
            display_name: None,
            role,
            password: Some(PASSWORD.to_owned().into()),
        };
        admin::create_user(&test.app, "fresh", wanted).await.unwrap();
    }
    let owner = test.anonymous().login("fresh", "otis", PASSWORD, None).await.expect(200).json();
    assert_eq!(owner["mfa_enrollment_required"], true);
    test.anonymous().sign_in("fresh", "max", PASSWORD).await;
}
