//! Administering people.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Authenticator, Caller, TestApp, app::PASSWORD};

use crate::support::enrolled;

mod changing;
mod creating;
mod deleting;
mod demotion;
mod exporting;
mod factors;
mod importing;
mod invited;
mod isolation;
mod lists;
mod one_lock;
mod races;
mod sessions;
mod spreadsheets;
mod statuses;

const USERS: &str = "/api/v1/tenants/demo/users";

/// The owner, who just enrolled a phone, and that phone.
async fn owner(test: &TestApp) -> (Caller<'_>, Authenticator<'_>) {
    enrolled(test, "olga").await
}

/// One more person of the demo tenant, made at the command line, with the usual password.
pub async fn add(test: &TestApp, name: &str, role: Role) {
    let email = Some(format!("{name}@demo.example"));
    let wanted = CreateUser {
        username: name.into(),
        email,
        display_name: None,
        role,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted).await.unwrap();
}

/// A password that an administrator gives.
const GIVEN: &str = "seven green gates in spring";

/// Signs in with a password that was given, and chooses the usual one.
async fn first_sign_in<'a>(test: &'a TestApp, name: &str, given: &str) -> Caller<'a> {
    let token = test.anonymous().login("demo", name, given, None).await.expect(200).string("change_token");
    let change = json!({ "change_token": token, "new_password": PASSWORD });
    let answer = test.anonymous().post("/api/v1/auth/password-change", change).await.expect(200);
    test.anonymous().with_token(&answer.string("token"))
}

/// Somebody's id, as whoever administers the tenant finds it.
async fn id_of(by: &Caller<'_>, name: &str) -> String {
    let found = by.get(&format!("{USERS}?search={name}")).await.expect(200).json();
    let found = found["items"].as_array().unwrap().iter().find(|person| person["username"] == name).cloned();
    found.unwrap_or_else(|| panic!("nobody is called {name}"))["id"].as_str().unwrap().to_owned()
}

/// Somebody's page in the API.
async fn page_of(by: &Caller<'_>, name: &str) -> String {
    format!("{USERS}/{}", id_of(by, name).await)
}

/// Somebody as the API shows them.
async fn person(by: &Caller<'_>, name: &str) -> Value {
    by.get(&page_of(by, name).await).await.expect(200).json()
}

/// A change of somebody.
async fn change(by: &Caller<'_>, name: &str, change: Value) -> Answer {
    let path = page_of(by, name).await;
    by.patch(&path, change).await
}

/// A set of second factors reset.
async fn reset(by: &Caller<'_>, name: &str, body: Value) -> Answer {
    let path = format!("{}/reset-mfa", page_of(by, name).await);
    by.post(&path, body).await
}

/// The names in a list.
fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|person| person["username"].as_str().unwrap()).collect()
}

/// Whether this token is still worth a session.
async fn is_live(caller: &Caller<'_>) -> bool {
    caller.call(Method::GET, "/api/v1/auth/session", &json!(null)).await.status == 200
}
