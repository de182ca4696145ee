//! Operators, and the organisations of the whole server.

mod deleting;
mod inviting;
mod making;
mod owners;
mod server;
mod suspending;
mod walls;

use serde_json::{Value, json};
use twinlock_service::operators::accounts;
use twinlock_testkit::{Authenticator, Caller, TestApp};

const TENANTS: &str = "/api/v1/tenants";
const DEMO: &str = "/api/v1/tenants/demo";
pub const PASSWORD: &str = "seven blue doors in autumn";

/// The token of the invitation of an operator just made.
async fn invited(test: &TestApp, username: &str) -> String {
    let email = Some(format!("{username}@ops.example"));
    let made = accounts::create_operator(&test.app, username.into(), email, None).await.unwrap();
    token_of(&made.invitation.expect("a link"))
}

fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

async fn accept(test: &TestApp, token: &str) -> Value {
    let body = json!({ "token": token, "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", body).await.expect(200).json()
}

/// An operator who just enrolled a phone.
pub async fn operator<'a>(test: &'a TestApp, username: &str) -> (Caller<'a>, Authenticator<'a>) {
    let answer = accept(test, &invited(test, username).await).await;
    let mut caller = test.anonymous().with_token(answer["enrollment_token"].as_str().expect("an enrollment"));
    let phone = caller.enrol().await;
    (caller, phone)
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}
