//! Tokens that we did not issue.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{
    SESSION, is_alive,
    jwt::{Parts, take_apart},
};

async fn is_refused(test: &TestApp, what: &str, token: &str) {
    let Ok(_) = axum::http::HeaderValue::from_str(token) else { return };
    let answer = test.anonymous().with_token(token).get(SESSION).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthenticated"), "{what}: {token}");
}

async fn genuine(test: &TestApp) -> (String, Parts) {
    let bob = test.sign_in("bob").await;
    let token = bob.token.unwrap();
    let parts = take_apart(&token);
    (token, parts)
}

/// attacks.md row 47: no algorithm but ours, whatever the header says.
#[tokio::test]
async fn other_algorithms_are_refused() {
    let test = TestApp::start().await;
    let (_, parts) = genuine(&test).await;
    for alg in
        ["none", "None", "nOnE", "NONE", "", "HS256", "HS512", "ES256", "RS256", "PS256", "Ed25519", "eddsa"]
    {
        let forged = parts.clone().header("alg", json!(alg));
        for signature in [&b""[..], &parts.signature, &[0; 64], &[0; 32], &[1; 256]] {
            is_refused(&test, alg, &forged.with_signature(signature)).await;
        }
        is_refused(&test, alg, &format!("{}.", forged.signing_input())).await;
        is_refused(&test, alg, &forged.signing_input()).await;
        is_refused(&test, alg, &forged.signed(&test.signing_seed().await)).await;
    }
    for alg in [Value::Null, json!(null), json!(1), json!(["EdDSA"]), json!({})] {
        let forged = parts.clone().header("alg", alg.clone());
        is_refused(&test, "alg of another type", &forged.signed(&test.signing_seed().await)).await;
    }
}

/// attacks.md row 47: the public key, in every form it has, is no HMAC secret.
#[tokio::test]
async fn the_public_key_is_no_secret() {
    let test = TestApp::start().await;
    let (_, parts) = genuine(&test).await;
    let jwks = test.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let key = jwks.json()["keys"][0].clone();
    let text = key["x"].as_str().unwrap().to_owned();
    let raw = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410).
    let der = [HEXLOWER.decode(b"302a300506032b6570032100").unwrap(), raw.clone()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&der));
    let forms = [
        raw.clone(),
        text.into_bytes(),
        HEXLOWER.encode(&raw).into_bytes(),
        der,
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        key.to_string().into_bytes(),
        jwks.body,
        Vec::new(),
    ];
    for form in forms {
        let forged = parts.clone().header("alg", json!("HS256"));
        is_refused(&test, "HS256", &forged.maced(&form)).await;
        is_refused(&test, "EdDSA in name", &parts.maced(&form)).await;
    }
}

/// attacks.md row 47: a key of the forger's own is not used, however it is brought along, and `kid` finds
/// our keys only.
#[tokio::test]
async fn keys_that_come_with_the_token_are_not_used() {
    let test = TestApp::start().await;
    let (_, parts) = genuine(&test).await;
    let (own, ours) = ([7; 32], test.signing_seed().await);
    let public = ed25519_dalek::SigningKey::from_bytes(&own).verifying_key();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(public.as_bytes()) });
    is_refused(&test, "own key", &parts.signed(&own)).await;
    let brought = [
        ("jwk", jwk.clone()),
        ("jku", json!("http://localhost:8080/.well-known/jwks.json")),
        ("x5u", json!("https://evil.example/key.pem")),
        ("x5c", json!([BASE64.encode(public.as_bytes())])),
        ("x5t", json!("x")),
    ];
    for (name, value) in brought {
        let forged = parts.clone().header(name, value);
        is_refused(&test, name, &forged.signed(&own)).await;
        is_refused(&test, name, &forged.signed(&ours)).await;
        is_refused(&test, name, &forged.clone().header("kid", Value::Null).signed(&own)).await;
    }
    let long = "k".repeat(10_000);
    let kids = ["", "../../", "../../../../dev/null", "' OR '1'='1", "0", "\u{0}", &long];
    for kid in kids {
        let forged = parts.clone().header("kid", json!(kid));
        for token in [forged.signed(&own), forged.signed(&ours), forged.maced(b""), forged.unsigned()] {
            is_refused(&test, "kid", &token).await;
        }
    }
    for kid in [Value::Null, json!(1), json!(["x"]), json!({})] {
        is_refused(&test, "kid", &parts.clone().header("kid", kid).signed(&ours)).await;
    }
}

/// attacks.md row 47: a good signature over other claims: another issuer or audience, no end, an end that
/// is no number or past, another type, a token that was never issued.
#[tokio::test]
async fn other_claims_are_refused_even_when_signed_by_us() {
    let test = TestApp::start().await;
    let (token, parts) = genuine(&test).await;
    let seed = test.signing_seed().await;
    let resigned = parts.signed(&seed);
    is_alive(&test.anonymous().with_token(&resigned)).await;
    let now = parts.claims["iat"].as_i64().unwrap();
    let jti = parts.claims["jti"].as_str().unwrap().to_owned();
    let cases = [
        ("aud", json!("http://localhost:9090")),
        ("aud", json!("")),
        ("aud", json!([])),
        ("aud", json!("http://localhost:8080/")),
        ("aud", Value::Null),
        ("iss", json!("https://evil.example")),
        ("iss", json!("http://localhost:8080/")),
        ("iss", Value::Null),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("exp", json!("9999999999")),
        ("exp", json!(1e300)),
        ("exp", json!(now)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("sub", Value::Null),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("0189-0000")),
        ("jti", json!("01890000-0000-7000-8000-000000000000")),
        ("jti", json!(format!("{jti} "))),
        ("jti", json!(1)),
        ("jti", parts.claims["sid"].clone()),
        ("jti", parts.claims["sub"].clone()),
    ];
    for (name, value) in cases {
        let forged = parts.clone().claim(name, value.clone());
        is_refused(&test, &format!("{name} {value}"), &forged.signed(&seed)).await;
    }
    for typ in [Value::Null, json!("JWT"), json!("jwt"), json!("at+JWT "), json!("id_token"), json!("")] {
        is_refused(&test, "typ", &parts.clone().header("typ", typ).signed(&seed)).await;
    }
    is_alive(&test.anonymous().with_token(&token)).await;
}

/// attacks.md row 47: claims of one's own choice without a good signature change nothing, and with one the
/// session in the database says who it is, not the claims.
#[tokio::test]
async fn the_session_says_who_it_is() {
    let test = TestApp::start().await;
    let (_, parts) = genuine(&test).await;
    let olga = test.sign_in("olga").await.get(SESSION).await.json()["user"]["id"].clone();
    for (name, value) in [
        ("sub", olga),
        ("acr", json!("aal2")),
        ("amr", json!(["pwd", "otp", "mfa"])),
        ("tid", json!("other")),
    ] {
        let forged = parts.clone().claim(name, value);
        is_refused(&test, name, &forged.unsigned()).await;
        let signed = test.anonymous().with_token(&forged.signed(&test.signing_seed().await));
        let session = is_alive(&signed).await;
        assert_eq!(session["user"]["username"], "bob");
        assert_eq!(session["user"]["tenant_id"], "demo");
        assert_eq!(session["session"]["acr"], "aal1");
        signed.get("/api/v1/tenants/demo/settings").await.refused(403, "forbidden");
    }
}

/// attacks.md row 47: cut, padded, spliced and case-flipped tokens, and text that never was one.
#[tokio::test]
async fn mangled_tokens_are_refused() {
    let test = TestApp::start().await;
    let (token, parts) = genuine(&test).await;
    for cut in 1..=8 {
        is_refused(&test, "cut at the end", &token[..token.len() - cut]).await;
        is_refused(&test, "cut at the start", &token[cut..]).await;
    }
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let flipped: String = token
        .chars()
        .map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
        .collect();
    let mut bits = parts.signature.clone();
    bits[40] ^= 1;
    let mangled = [
        format!("{token}A"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}."),
        format!("{token}.e30"),
        format!(".{token}"),
        format!("{signed}.{signature}{signature}"),
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&bits)),
        format!("{signed}..{signature}"),
        token.replace('.', " "),
        token.replace('.', "%2e"),
        flipped,
        "A".repeat(100_000),
        "..".into(),
        "...".into(),
        "e30.e30.e30".into(),
        "null".into(),
        String::new(),
    ];
    for token in mangled {
        is_refused_or_too_large(&test, &token).await;
    }
    // The last character of 64 bytes in base64 holds four bits that mean nothing: only one spelling counts.
    let last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .filter(|c| !token.ends_with(*c));
    for c in last {
        is_refused(&test, "another last character", &format!("{}{c}", &token[..token.len() - 1])).await;
    }
}

async fn is_refused_or_too_large(test: &TestApp, token: &str) {
    let answer = test.anonymous().with_token(token).get(SESSION).await;
    assert!(matches!(answer.status.as_u16(), 401 | 431), "{}: {token}", answer.status);
}

/// attacks.md row 47: a token of another kind is no access token.
#[tokio::test]
async fn tokens_of_other_kinds_are_refused() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.string("mfa_token");
    is_refused(&test, "pending login", &pending).await;
    let link = test.reset_token("demo", "mia@demo.example").await;
    is_refused(&test, "reset link", &link).await;
    let (_, parts) = genuine(&test).await;
    for name in ["sid", "jti", "sub"] {
        is_refused(&test, name, parts.claims[name].as_str().unwrap()).await;
    }
    // And an access token is no link and no pending login.
    let bob = test.sign_in("bob").await.token.unwrap();
    let finish = json!({ "mfa_token": bob, "mfa_code": "123456" });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let confirm = json!({ "token": bob, "new_password": "quite another passphrase" });
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", confirm)
        .await
        .refused(401, "invalid_credentials");
}

/// attacks.md row 47: another server's keys are not ours.
#[tokio::test]
async fn another_installations_token_is_refused() {
    let test = TestApp::start().await;
    let settings = twinlock_testkit::TestSettings { seed: 99, ..twinlock_testkit::TestSettings::default() };
    let other = TestApp::with(settings).await;
    let (theirs, parts) = genuine(&other).await;
    is_refused(&test, "another installation's", &theirs).await;
    let (_, ours) = genuine(&test).await;
    let with_our_kid = parts.header("kid", ours.header["kid"].clone());
    is_refused(&test, "with our kid", &with_our_kid.signed(&other.signing_seed().await)).await;
}
