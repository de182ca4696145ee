//! Signing in, as a client of the server under test.

use serde_json::{Value, json};

use crate::{
    load::{Connection, Shot},
    server::PASSWORD,
};

/// A password sign-in to the tenant `demo`.
pub fn password(username: &str) -> Shot {
    attempt("demo", username, PASSWORD)
}

/// A password sign-in that need not be right.
pub fn attempt(tenant: &str, username: &str, password: &str) -> Shot {
    let body = json!({ "tenant_id": tenant, "username": username, "password": password });
    Shot::post("/api/v1/auth/login", &body)
}

/// The second step with a code.
pub fn code(mfa_token: &str, code: &str) -> Shot {
    Shot::post("/api/v1/auth/mfa", &json!({ "mfa_token": mfa_token, "mfa_code": code }))
}

/// The question of the second step for a key.
pub fn key_options(mfa_token: &str) -> Shot {
    Shot::post("/api/v1/auth/mfa/webauthn/options", &json!({ "mfa_token": mfa_token }))
}

/// The second step with what a key answered.
pub fn key(mfa_token: &str, credential: &Value) -> Shot {
    Shot::post("/api/v1/auth/mfa/webauthn", &json!({ "mfa_token": mfa_token, "credential": credential }))
}

/// A bearer token of somebody without a second factor.
pub async fn token(connection: &mut Connection, username: &str) -> String {
    text(connection, username, "token").await
}

/// The token that opens the second step of somebody who has one.
pub async fn pending(connection: &mut Connection, username: &str) -> String {
    text(connection, username, "mfa_token").await
}

async fn text(connection: &mut Connection, username: &str, member: &str) -> String {
    let answer = connection.json(&password(username)).await;
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}")).to_owned()
}
