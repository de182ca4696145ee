//! Mailed and printed links: forgotten passwords, invitations, new addresses, the first start.

mod first_start;
mod invitation;
mod reset;
mod single_use;

use axum::{body::Body, http::Method};
use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use crate::support::mail_about;

const RESET: &str = "/api/v1/auth/password-reset";
const CONFIRM_RESET: &str = "/api/v1/auth/password-reset/confirm";
const ACCEPT: &str = "/api/v1/auth/invitation/accept";
const CONFIRM_ADDRESS: &str = "/api/v1/account/email/confirm";
const NEW: &str = "seven blue doors in autumn";

async fn ask_reset(test: &TestApp) {
    let body = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post(RESET, body).await.expect(202);
}

async fn reset_token(test: &TestApp) -> String {
    ask_reset(test).await;
    mail_about(test, "mia@demo.example", "Set a new password").await.token()
}

async fn reset(test: &TestApp, token: &str, new: &str) -> Answer {
    test.anonymous().post(CONFIRM_RESET, json!({ "token": token, "new_password": new })).await
}

/// The link of somebody invited to the demo tenant, as the operator is shown it.
async fn invite(test: &TestApp, username: &str) -> String {
    let wanted = CreateUser {
        username: username.into(),
        email: Some(format!("{username}@demo.example")),
        display_name: None,
        role: Role::Member,
        password: None,
    };
    let created = admin::create_user(&test.app, "demo", wanted).await.unwrap();
    created.invitation.unwrap()
}

fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

async fn accept(test: &TestApp, token: &str, password: &str) -> Answer {
    test.anonymous().post(ACCEPT, json!({ "token": token, "password": password })).await
}

async fn address_token(test: &TestApp) -> String {
    let mia = test.sign_in("mia").await;
    let body = json!({ "email": "mia@new.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", body).await.expect(200);
    mail_about(test, "mia@new.example", "Confirm your address").await.token()
}

async fn confirm_address(test: &TestApp, token: &str) -> Answer {
    test.anonymous().post(CONFIRM_ADDRESS, json!({ "token": token })).await
}

async fn head(test: &TestApp, path: &str) -> Answer {
    let request = test.anonymous().request(&Method::HEAD, path, "", Body::empty());
    test.send(request).await
}
