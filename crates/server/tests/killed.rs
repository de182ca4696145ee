//! Killed at any moment: what was granted is on disk, what is on disk is whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Home, Server, code_now};

const PASSWORD: &str = "bob's own password";

/// A call with a bearer token.
async fn call(server: &Server, path: &str, token: &str, body: &Value) -> Value {
    let request = reqwest::Client::new().post(format!("{}{path}", server.url)).bearer_auth(token);
    let response = request.json(body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200, "{path}");
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

/// Enrols an authenticator app for bob; answers his recovery codes.
async fn enrol(server: &Server) -> Vec<String> {
    let (_, signed_in) = server.login("bob", PASSWORD, None).await;
    let token = signed_in["token"].as_str().unwrap();
    let setup = call(server, "/api/v1/mfa/setup", token, &json!({})).await;
    let code = code_now(setup["secret"].as_str().unwrap());
    call(server, "/api/v1/mfa/verify", token, &json!({ "code": code })).await;
    setup["backup_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// attacks.md row 98: killed while a recovery code signs in, at ten different moments: a session that was
/// answered is alive after the restart, a code that was used stays used, and no code works twice.
#[tokio::test]
async fn a_kill_during_a_sign_in_grants_nothing_twice_and_loses_nothing_granted() {
    let home = Home::new();
    let server = home.serve_people();
    let codes = enrol(&server).await;
    drop(server);
    for (moment, code) in codes.iter().enumerate() {
        let server = home.serve(&[]);
        let patience = Duration::from_millis(2 * moment as u64);
        let answer = tokio::time::timeout(patience, server.login("bob", PASSWORD, Some(code))).await;
        // Dropping it is SIGKILL.
        drop(server);
        let granted = match answer {
            Ok((200, signed_in)) => Some(signed_in["token"].as_str().unwrap().to_owned()),
            _ => None,
        };
        let server = home.serve(&[]);
        let (again, _) = server.login("bob", PASSWORD, Some(code)).await;
        if let Some(token) = &granted {
            assert_eq!(server.session(token).await, 200, "a session that was answered is lost");
            assert_eq!(again, 401, "a code that was answered works again");
        }
        let (third, _) = server.login("bob", PASSWORD, Some(code)).await;
        assert_eq!(third, 401, "a code worked twice");
        let (_, first_step) = server.login("bob", PASSWORD, None).await;
        assert_eq!(first_step["mfa_required"], true, "the second lock is gone");
    }
}
