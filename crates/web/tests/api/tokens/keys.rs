//! The keys that sign.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use twinlock_service::jwt::{self, SigningAlgorithm};
use twinlock_testkit::TestApp;

use super::{
    is_alive,
    jwt::{Parts, take_apart},
};
use crate::support::names;

async fn keys(test: &TestApp) -> Vec<Value> {
    let answer = test.anonymous().get("/.well-known/jwks.json").await.expect(200).json();
    answer["keys"].as_array().unwrap().clone()
}

fn verifies(key: &Value, parts: &Parts, token: &str) -> bool {
    let public = BASE64URL_NOPAD.decode(key["x"].as_str().unwrap().as_bytes()).unwrap();
    let public = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&parts.signature).unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    public.verify_strict(signed.as_bytes(), &signature).is_ok()
}

/// The published keys verify a token, and it says what api.md promises.
#[tokio::test]
async fn the_published_keys_verify_a_token() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let token = bob.token.clone().unwrap();
    let parts = take_apart(&token);
    let keys = keys(&test).await;
    assert_eq!(keys.len(), 1);
    for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
        assert_eq!(keys[0][member], value);
    }
    assert!(keys[0].get("d").is_none());
    assert!(verifies(&keys[0], &parts, &token));

    assert_eq!(parts.header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": keys[0]["kid"] }));
    let session = is_alive(&bob).await;
    assert_eq!(
        names(&parts.claims),
        ["acr", "amr", "aud", "auth_time", "exp", "iat", "iss", "jti", "sid", "sub", "tid"]
    );
    let claims = parts.claims;
    assert_eq!(claims["iss"], "http://localhost:8080");
    assert_eq!(claims["aud"], "http://localhost:8080");
    assert_eq!(claims["tid"], "demo");
    assert_eq!(claims["sub"], session["user"]["id"]);
    assert_eq!(claims["sid"], session["session"]["id"]);
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pwd"]), &json!("aal1")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 24 * 3600);
}

/// A new key is published for longer than anybody caches the keys before it signs.
#[tokio::test]
async fn a_new_key_is_published_before_it_signs() {
    let test = TestApp::start().await;
    let kid = |caller: &twinlock_testkit::Caller<'_>| {
        take_apart(caller.token.as_ref().unwrap()).header["kid"].clone()
    };
    let before = kid(&test.sign_in("bob").await);
    jwt::rotate(&test.app, SigningAlgorithm::EdDsa).await.unwrap();
    let published = keys(&test).await;
    assert_eq!(published.len(), 2);
    for _ in 0..6 {
        assert_eq!(kid(&test.sign_in("bob").await), before);
        test.clock.advance_secs(jwt::JWKS_MAX_AGE_SECS / 5);
    }
    test.clock.advance_secs(jwt::PUBLISH_SECS);
    let after = kid(&test.sign_in("bob").await);
    assert_ne!(after, before);
    assert!(published.iter().any(|key| key["kid"] == after));
}

/// A server that has not heard of a key asks the database at once; ids that somebody made up cost one question a
/// second.
#[tokio::test]
async fn an_unknown_key_makes_a_server_look_again_at_once() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    jwt::rotate(&test.app, SigningAlgorithm::EdDsa).await.unwrap();
    test.clock.advance_secs(jwt::PUBLISH_SECS);
    let bob = test.sign_in("bob").await;
    let token = bob.token.clone().unwrap();
    let made_up = |n: u8| {
        let header = format!(
            "{{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"0198c3a2-7b10-7c3e-8f4a-0123456789{n:02x}\"}}"
        );
        let rest = token.split_once('.').unwrap().1;
        format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()))
    };
    let ask = |token: &str| {
        let caller = test.anonymous().with_token(token);
        node.send(caller.request(&axum::http::Method::GET, super::SESSION, "", ""))
    };
    ask(&token).await.expect(200);
    for second in 0..3 {
        test.clock.advance_secs(1);
        let before = node.app.store().statements();
        for n in 0..20 {
            ask(&made_up(20 * second + n)).await.refused(401, "unauthenticated");
        }
        assert!(node.app.store().statements() - before <= 1);
    }
}

/// A new key signs what comes after it; what the old one signed stays good, here and on other servers.
#[tokio::test]
async fn a_new_key_leaves_old_tokens_alive() {
    let test = TestApp::start().await;
    let before = test.sign_in("bob").await;
    jwt::rotate(&test.app, SigningAlgorithm::EdDsa).await.unwrap();
    test.clock.advance_secs(jwt::PUBLISH_SECS);
    let after = test.sign_in("bob").await;
    let kid = |caller: &twinlock_testkit::Caller<'_>| {
        take_apart(caller.token.as_ref().unwrap()).header["kid"].clone()
    };
    assert_ne!(kid(&before), kid(&after));
    is_alive(&before).await;
    is_alive(&after).await;
    let published = keys(&test).await;
    for caller in [&before, &after] {
        let token = caller.token.as_ref().unwrap();
        let key = published.iter().find(|key| key["kid"] == kid(caller)).unwrap();
        assert!(verifies(key, &take_apart(token), token));
    }
    let node = test.second_node().await;
    for caller in [&before, &after] {
        node.send(caller.request(&axum::http::Method::GET, super::SESSION, "", "")).await.expect(200);
    }
}

/// A server that has not heard of a new key learns of it by itself, and the old key goes once nothing it
/// signed can be alive.
#[tokio::test]
async fn keys_are_learnt_and_forgotten() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    jwt::rotate(&test.app, SigningAlgorithm::EdDsa).await.unwrap();
    test.clock.advance_secs(jwt::PUBLISH_SECS);
    let bob = test.sign_in("bob").await;
    jwt::refresh(&node.app).await.unwrap();
    node.send(bob.request(&axum::http::Method::GET, super::SESSION, "", "")).await.expect(200);
    assert_eq!(keys(&test).await.len(), 2);
    test.clock.advance_secs(32 * 86_400);
    jwt::refresh(&test.app).await.unwrap();
    assert_eq!(keys(&test).await.len(), 1);
}

/// Keys for other apps are published beside ours with what their algorithm needs, and open nothing here: neither under
/// their own name nor under ours.
#[tokio::test]
async fn a_key_of_another_algorithm_is_published_and_signs_nothing_of_ours() {
    let test = TestApp::start().await;
    let other = async || keys(&test).await.into_iter().find(|key| key["alg"] == "ES256");
    assert_eq!(other().await, None);
    jwt::rotate(&test.app, SigningAlgorithm::Es256).await.unwrap();
    let published = other().await.unwrap();
    assert_eq!((&published["kty"], &published["crv"]), (&json!("EC"), &json!("P-256")));
    for coordinate in ["x", "y"] {
        let bytes = BASE64URL_NOPAD.decode(published[coordinate].as_str().unwrap().as_bytes());
        assert_eq!(bytes.unwrap().len(), 32);
    }
    test.clock.advance_secs(jwt::PUBLISH_SECS);
    let bob = test.sign_in("bob").await;
    let token = bob.token.clone().unwrap();
    assert_eq!(take_apart(&token).header["alg"], "EdDSA");
    is_alive(&bob).await;
    for alg in ["ES256", "EdDSA"] {
        let header = json!({ "typ": "at+jwt", "alg": alg, "kid": published["kid"] }).to_string();
        let rest = token.split_once('.').unwrap().1;
        let forged = format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()));
        let caller = test.anonymous().with_token(&forged);
        caller.get(super::SESSION).await.refused(401, "unauthenticated");
    }
}

/// Each algorithm is replaced at its own age.
#[tokio::test]
async fn keys_of_each_algorithm_are_replaced_when_they_are_old() {
    let test = TestApp::start().await;
    test.clock.advance_secs(jwt::ROTATE_AFTER_SECS - 60);
    jwt::rotate(&test.app, SigningAlgorithm::Es256).await.unwrap();
    test.clock.advance_secs(120);
    jwt::refresh(&test.app).await.unwrap();
    let algorithms = keys(&test).await.into_iter().map(|key| key["alg"].clone()).collect::<Vec<_>>();
    assert_eq!(algorithms, ["EdDSA", "ES256", "EdDSA"]);
}
