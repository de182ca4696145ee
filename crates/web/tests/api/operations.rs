//! What operators and machines ask.

use std::{net::SocketAddr, sync::Arc};

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use tower::ServiceExt;
use twinlock_testkit::{TestApp, app::PASSWORD};
use twinlock_web::{WebState, http::HttpConfig};

use crate::support::{enrolled, names};

#[tokio::test]
async fn a_healthy_node_says_so() {
    let test = TestApp::start().await;
    for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = test.anonymous().get(path).await.expect(200);
        assert_eq!(answer.text(), text);
        assert!(answer.header("content-type").starts_with("text/plain"));
        // Probes ask by address.
        test.anonymous().with_header("host", "10.0.0.7:8080").get(path).await.expect(200);
    }
}

/// attacks.md row 21: with the database away nobody gets in, nothing is told, and the process stays up.
#[tokio::test]
async fn without_a_database_everything_is_refused_and_nothing_told() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    test.clock.advance_secs(30);
    test.database.store().clone().close().await.unwrap();
    test.anonymous().get("/healthz").await.expect(200);
    test.anonymous().get("/readyz").await.expect(503);
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.code() });
    let answers = [
        test.anonymous().login("demo", "mia", PASSWORD, None).await,
        test.anonymous().login("demo", "mia", PASSWORD, Some(&phone.code())).await,
        test.anonymous().login("demo", "bob", PASSWORD, None).await,
        test.anonymous().post("/api/v1/auth/mfa", finish).await,
        mia.get("/api/v1/auth/session").await,
        mia.get("/api/v1/mfa").await,
        mia.post("/api/v1/mfa/disable", json!({ "code": phone.code() })).await,
        mia.post("/api/v1/auth/step-up", json!({ "code": phone.code() })).await,
    ];
    for answer in answers {
        let answer = answer.refused(503, "unavailable");
        let text = answer.text().to_lowercase();
        for word in ["sql", "pool", "database", "connection", "token"] {
            assert!(!text.contains(word), "{text}");
        }
        assert!(answer.headers.get("set-cookie").is_none() && !answer.header("retry-after").is_empty());
    }
}

/// RFC 7517, RFC 8037: public keys and nothing but.
#[tokio::test]
async fn the_keys_that_verify_tokens_are_published() {
    let test = TestApp::start().await;
    let answer = test.anonymous().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    assert_eq!(names(&keys[0]), ["alg", "crv", "kid", "kty", "use", "x"]);
    let expected = [("alg", "EdDSA"), ("crv", "Ed25519"), ("kty", "OKP"), ("use", "sig")];
    assert!(expected.iter().all(|(name, value)| keys[0][*name] == *value));
    let x = data_encoding::BASE64URL_NOPAD.decode(keys[0]["x"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(x.len(), 32);
    let token = test.sign_in("mia").await.token.unwrap();
    let header = data_encoding::BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": keys[0]["kid"] }));
}

/// Metrics have a listener of their own: the public one does not know them.
#[tokio::test]
async fn metrics_are_for_the_operators_listener() {
    let test = TestApp::start().await;
    test.anonymous().get("/metrics").await.expect(404);
    let public_url = "http://localhost:8080".parse().unwrap();
    let listen: SocketAddr = "127.0.0.1:8080".parse().unwrap();
    let http = HttpConfig::new(public_url, listen, vec![]).unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    let state = WebState::new(Arc::clone(&test.app), http, recorder.handle()).unwrap();
    let router = twinlock_web::operations(&state);
    for (path, part) in [("/metrics", ""), ("/healthz", "ok"), ("/readyz", "ready")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains(part));
    }
    let request = Request::get("/login").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 404);
}
