//! What ceremonies cost the database, counted exactly; BEGIN and COMMIT are not statements here. Each request
//! has one transaction, and so one commit; signatures are verified before it.

use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, TestApp, security_key::SecurityKey};

use super::support::*;

/// Statements that one request runs, which must succeed.
async fn statements(test: &TestApp, request: impl Future<Output = Answer>) -> (u64, Value) {
    let before = test.app.store().statements();
    let answer = request.await;
    assert!(answer.status.is_success(), "{}", answer.text());
    (test.app.store().statements() - before, answer.json())
}

/// Asks for options and answers them with a key: what each cost, and what came of it.
async fn ceremony(
    test: &TestApp,
    caller: &Caller<'_>,
    paths: (&str, &str),
    asked: Value,
    answer: impl FnOnce(&Value) -> Value,
) -> ([u64; 2], Value) {
    let (options, question) = statements(test, caller.post(paths.0, asked.clone())).await;
    let mut body = json!({ "credential": answer(&question["publicKey"]) });
    if let Some(token) = asked.get("mfa_token") {
        body["mfa_token"] = token.clone();
    }
    let (verify, done) = statements(test, caller.post(paths.1, body)).await;
    ([options, verify], done)
}

/// | Ceremony | options | answer | of the answer's, before the transaction |
/// |---|---|---|---|
/// | registration, first key | 8 | 27 | challenge, whether there are recovery codes |
/// | registration, further key | 8 | 22 | the same |
/// | second step | 4 | 12 | pending login, challenge, credential with user handle |
/// | step-up | 6 | 11 | challenge, credential with user handle |
/// | passkey alone | 3 | 10 | challenge, credential with user handle |
///
/// A key that gets no name costs a statement more: what the others are called.
///
/// The further key costs two that the first does not: with it losing one thing locks nobody out, which is counted anew.
/// One statement of the options takes from the ration of challenges.
///
/// What was read before the transaction is read again in it where it decides: login, account, credential.
#[tokio::test]
async fn what_a_ceremony_costs_is_written_down() {
    let test = TestApp::start().await;
    let (mut mia, mut key) = (test.sign_in("mia").await, SecurityKey::platform(8));
    let paths = ("/api/v1/mfa/webauthn/register/options", "/api/v1/mfa/webauthn/register");
    let (first, done) = ceremony(&test, &mia, paths, json!({ "kind": "passkey", "name": "Blue" }), |o| {
        key.register(o, ORIGIN)
    })
    .await;
    mia.token = done["token"].as_str().map(str::to_owned);
    let mut other = SecurityKey::new(9);
    let (further, done) =
        ceremony(&test, &mia, paths, json!({ "name": "Red" }), |o| other.register(o, ORIGIN)).await;
    mia.token = done["token"].as_str().map(str::to_owned);

    let anonymous = test.anonymous();
    let pending = json!({ "mfa_token": pending(&test, "mia").await });
    let paths = ("/api/v1/auth/mfa/webauthn/options", "/api/v1/auth/mfa/webauthn");
    let (second, _) = ceremony(&test, &anonymous, paths, pending, |o| key.authenticate(o, ORIGIN)).await;
    let paths = ("/api/v1/auth/step-up/options", "/api/v1/auth/step-up");
    let (step_up, _) = ceremony(&test, &mia, paths, json!({}), |o| key.authenticate(o, ORIGIN)).await;
    let paths = ("/api/v1/auth/passkey/options", "/api/v1/auth/passkey");
    let asked = json!({ "tenant_id": "demo" });
    let (alone, _) = ceremony(&test, &anonymous, paths, asked, |o| key.authenticate(o, ORIGIN)).await;
    // PostgreSQL locks a row in a statement of its own; SQLite's writers are alone.
    let expected = if test.database.backend_name() == "postgres" {
        [[9, 30], [9, 25], [4, 12], [7, 12], [3, 11]]
    } else {
        [[8, 29], [8, 24], [4, 12], [6, 11], [3, 10]]
    };
    assert_eq!([first, further, second, step_up, alone], expected);
}
