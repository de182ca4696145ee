//! A tenant's settings, for those who administer it.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, Caller, TestApp, app::PASSWORD};

use crate::support::{audit, enrolled, together};

const SETTINGS: &str = "/api/v1/tenants/demo/settings";

async fn settings(caller: &Caller<'_>) -> Value {
    caller.get(SETTINGS).await.expect(200).json()
}

#[tokio::test]
async fn an_administrator_reads_and_changes_them() {
    let test = TestApp::start().await;
    for name in ["olga", "adam"] {
        let caller = test.sign_in(name).await;
        let before = settings(&caller).await;
        let minutes = before["session_lifetime_minutes"].as_i64().unwrap() - 60;
        let after =
            caller.patch(SETTINGS, json!({ "session_lifetime_minutes": minutes })).await.expect(200).json();
        assert_eq!(after["session_lifetime_minutes"], minutes);
        assert_eq!(after["version"], before["version"].as_i64().unwrap() + 1);
        assert_eq!(after["password_min_length"], before["password_min_length"]);
        assert_eq!(settings(&caller).await, after);
        // Nothing to change is no change.
        assert_eq!(caller.patch(SETTINGS, json!({})).await.expect(200).json(), after);
        let same = json!({ "session_lifetime_minutes": minutes });
        assert_eq!(caller.patch(SETTINGS, same).await.expect(200).json(), after);
    }
    let olga = test.sign_in("olga").await;
    let changes: Vec<_> =
        audit(&test, &olga).await.into_iter().filter(|(kind, _)| kind == "tenant.settings_changed").collect();
    assert_eq!(changes.len(), 2, "{changes:?}");
    let detail = &changes[0].1["changed"]["session_lifetime_minutes"];
    assert!(detail["old"].is_i64() && detail["new"].is_i64());
    let members: Vec<_> = settings(&olga).await.as_object().unwrap().keys().cloned().collect();
    let documented = [
        "password_min_length",
        "recovery_code_format",
        "session_lifetime_minutes",
        "totp_enrollment_codes",
        "version",
    ];
    assert!(documented.iter().all(|name| members.iter().any(|member| member == name)), "{members:?}");
}

/// attacks.md row 68: who does not administer the tenant neither reads nor changes its settings.
#[tokio::test]
async fn nobody_else_may() {
    let test = TestApp::start().await;
    let helper = CreateUser {
        username: "hana".into(),
        email: None,
        display_name: None,
        role: Role::Helpdesk,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", helper).await.unwrap();
    for name in ["mia", "bob", "hana"] {
        let caller = test.sign_in(name).await;
        caller.get(SETTINGS).await.refused(403, "forbidden");
        caller.patch(SETTINGS, json!({ "password_min_length": 8 })).await.refused(403, "forbidden");
        caller.patch(SETTINGS, json!({})).await.refused(403, "forbidden");
    }
    let anonymous = test.anonymous();
    anonymous.get(SETTINGS).await.refused(401, "unauthenticated");
    anonymous.patch(SETTINGS, json!({})).await.refused(401, "unauthenticated");
    assert_eq!(settings(&test.sign_in("olga").await).await["version"], 1);
}

/// attacks.md row 65: somebody else's tenant looks like none at all, whatever the path calls it.
#[tokio::test]
async fn another_tenant_is_not_found() {
    let test = TestApp::start().await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    let mut bodies = Vec::new();
    for tenant in [
        "demo",
        "nowhere",
        "DEMO",
        "demo%20",
        "%20demo",
        "other%2F..%2Fdemo",
        "%00",
        "*",
        "system",
        "demo'--",
    ] {
        let path = format!("/api/v1/tenants/{tenant}/settings");
        for answer in [otto.get(&path).await, otto.patch(&path, json!({ "password_min_length": 8 })).await] {
            bodies.push(answer.refused(404, "not_found").body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    otto.get("/api/v1/tenants/other/../demo/settings").await.refused(404, "not_found");
    otto.patch("/api/v1/tenants/other/settings", json!({ "tenant_id": "demo" }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(settings(&test.sign_in("olga").await).await["version"], 1);
}

#[tokio::test]
async fn a_change_may_name_the_version_it_saw() {
    let test = TestApp::start().await;
    let (olga, adam) = (test.sign_in("olga").await, test.sign_in("adam").await);
    let change = |length: u32, version: i64| json!({ "password_min_length": length, "version": version });
    olga.patch(SETTINGS, change(14, 1)).await.expect(200);
    adam.patch(SETTINGS, change(15, 1)).await.refused(409, "conflict");
    adam.patch(SETTINGS, change(15, 0)).await.refused(409, "conflict");
    adam.patch(SETTINGS, change(15, 3)).await.refused(409, "conflict");
    assert_eq!(settings(&adam).await["password_min_length"], 14);
    adam.patch(SETTINGS, change(15, 2)).await.expect(200);
    let answers = together([&olga, &adam].map(|caller| caller.patch(SETTINGS, change(20, 3)))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

/// attacks.md row 70: values out of range, of another type, and names that are none.
#[tokio::test]
async fn every_value_is_checked() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let bad = [
        (
            "password_min_length",
            vec![json!(7), json!(129), json!(-1), json!("12"), json!(12.5), json!(1e9), json!([12])],
        ),
        (
            "totp_enrollment_codes",
            vec![json!(0), json!(3), json!(-1), json!(256), json!("2"), json!(true), json!({})],
        ),
        (
            "recovery_code_format",
            vec![
                json!("8DIGITS"),
                json!(""),
                json!("short"),
                json!(8),
                json!(["long"]),
                json!({ "long": null }),
            ],
        ),
        (
            "session_lifetime_minutes",
            vec![
                json!(4),
                json!(43_201),
                json!(0),
                json!(-5),
                json!(0.5),
                json!("60"),
                json!(i64::MAX),
                json!(1e300),
            ],
        ),
        ("version", vec![json!("1"), json!(1.5), json!({})]),
        ("mfa_requird", vec![json!(true)]),
        ("slug", vec![json!("stolen")]),
        ("name", vec![json!("Renamed")]),
    ];
    for (field, values) in bad {
        for value in values {
            let answer =
                olga.patch(SETTINGS, json!({ field: value })).await.refused(422, "validation_failed").json();
            assert_eq!(answer["errors"][0]["field"], field, "{value}");
        }
    }
    let both =
        json!({ "password_min_length": 7, "session_lifetime_minutes": 4, "recovery_code_format": "long" });
    let answer = olga.patch(SETTINGS, both).await.refused(422, "validation_failed").json();
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
    assert_eq!(settings(&olga).await["version"], 1);
    for (field, good) in [
        ("password_min_length", json!(8)),
        ("password_min_length", json!(128)),
        ("session_lifetime_minutes", json!(5)),
        ("session_lifetime_minutes", json!(43_200)),
        ("totp_enrollment_codes", json!(2)),
        ("recovery_code_format", json!("long")),
    ] {
        let after = olga.patch(SETTINGS, json!({ field: good })).await.expect(200).json();
        assert_eq!(after[field], good);
    }
}

/// attacks.md row 24: an administrator who has a factor proves it first, and one who has none need not.
#[tokio::test]
async fn an_administrator_with_a_factor_steps_up() {
    let test = TestApp::start().await;
    let (mut olga, phone) = enrolled(&test, "olga").await;
    let change = json!({ "password_min_length": 16 });
    test.clock.advance_secs(601);
    let asked = olga.patch(SETTINGS, change.clone()).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!(["totp"]));
    assert_eq!(settings(&olga).await["version"], 1);
    olga.step_up(&phone.recovery_codes[0]).await;
    olga.patch(SETTINGS, change.clone()).await.refused(403, "step_up_required");
    olga.step_up(&phone.next_code()).await;
    olga.patch(SETTINGS, change).await.expect(200);
    test.sign_in("adam").await.patch(SETTINGS, json!({ "password_min_length": 12 })).await.expect(200);
}

#[tokio::test]
async fn the_settings_count_from_the_next_use() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let all =
        json!({ "password_min_length": 30, "recovery_code_format": "long", "session_lifetime_minutes": 10 });
    olga.patch(SETTINGS, all).await.expect(200);
    let mia = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).json();
    assert_eq!(mia["expires_at"], "2026-03-02T10:10:07Z");
    let mia = test.anonymous().with_token(mia["token"].as_str().unwrap());
    let short = json!({ "current_password": PASSWORD, "new_password": "seven blue doors in autumn" });
    mia.post("/api/v1/account/password", short).await.refused(422, "validation_failed");
    let setup = mia.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
    let phone = Authenticator::of(&test, &setup);
    let letters = |code: &String| code.chars().filter(char::is_ascii_alphanumeric).count();
    assert!(phone.recovery_codes.iter().all(|code| letters(code) == 16), "{:?}", phone.recovery_codes);
    mia.post("/api/v1/mfa/verify", json!({ "code": phone.code() })).await.expect(200);
    test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0].to_lowercase()).await;
    // Another tenant keeps its own.
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    let theirs =
        otto.call(Method::GET, "/api/v1/tenants/other/settings", &json!(null)).await.expect(200).json();
    assert_eq!(theirs["password_min_length"], 12);
}
