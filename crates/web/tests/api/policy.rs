//! Requiring a second factor: whom it blocks, when, and that nobody gets around it.

mod affected;
mod deadlines;
mod history;
mod kinds;
mod preview;
mod reach;
mod reminders;
mod road;
mod sign_on;
mod status;

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD};

const SETTINGS: &str = "/api/v1/tenants/demo/settings";
const STATUS: &str = "/api/v1/tenants/demo/mfa/status";
const REMINDERS: &str = "/api/v1/tenants/demo/mfa/reminders";
const DAY: i64 = 86_400;

/// The owner, who complies, and the answer to requiring it of everybody with so many days of grace.
async fn enforced(test: &TestApp, days: u32) -> (Caller<'_>, Authenticator<'_>) {
    let mut olga = test.sign_in("olga").await;
    let phone = olga.enrol().await;
    olga.patch(SETTINGS, json!({ "mfa_required": true, "mfa_grace_period_days": days })).await.expect(200);
    (olga, phone)
}

/// Signs in to what a password alone gives.
async fn login(test: &TestApp, username: &str) -> Answer {
    test.anonymous().login("demo", username, PASSWORD, None).await
}

/// A sign-in that leads into an enrollment.
async fn led_into_enrollment<'a>(test: &'a TestApp, username: &str) -> (Caller<'a>, Value) {
    let answer = login(test, username).await.expect(200).json();
    assert_eq!(answer["mfa_enrollment_required"], true, "{answer}");
    let token = answer["enrollment_token"].as_str().unwrap().to_owned();
    (test.anonymous().with_token(&token), answer)
}

/// Makes somebody of the demo tenant.
async fn newcomer(test: &TestApp, username: &str, email: Option<&str>) -> uuid::Uuid {
    let wanted = CreateUser {
        username: username.into(),
        email: email.map(str::to_owned),
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted).await.unwrap().user.id
}
