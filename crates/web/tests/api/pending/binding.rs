//! A pending login belongs to one person of one tenant, and to one client.

use std::{net::Ipv4Addr, sync::Arc};

use axum::http::Method;
use serde_json::json;
use twinlock_core::audit::EventKind;
use twinlock_service::{
    Channel, Client,
    login::{Credentials, LoginError, Outcome, Target, expose, with_password},
    second_step,
};
use twinlock_testkit::{TestApp, app::PASSWORD, at_once};

use super::{MFA, finish, pending, who};

/// attacks.md row 17: another's code does not finish it, within the tenant or from one where somebody has
/// the same name; nothing in the second request says who signs in.
#[tokio::test]
async fn another_persons_code_does_not_finish_a_login() {
    let test = TestApp::start().await;
    let (_, bobs) = test.enrolled("bob").await;
    let mut namesake = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let theirs = namesake.enrol().await;
    let (_, phone) = test.enrolled("mia").await;
    let token = pending(&test, "mia").await;
    for code in [bobs.code(), theirs.code(), bobs.recovery_codes[0].clone(), theirs.recovery_codes[0].clone()]
    {
        finish(&test, &token, &code).await.refused(401, "invalid_mfa_code");
    }
    let done = finish(&test, &token, &phone.code()).await.expect(200);
    let mia = who(&test.anonymous().with_token(&done.string("token"))).await;
    assert_eq!((&mia["username"], &mia["tenant_id"]), (&json!("mia"), &json!("demo")));
    // Nobody else's code was used up on the way.
    test.anonymous().sign_in_with_code("bob", &bobs.code()).await;
    test.anonymous().login("other", "mia", PASSWORD, Some(&theirs.recovery_codes[0])).await.expect(200);
}

/// attacks.md row 17: two sign-ins finished in crossed order end as whose passwords opened them.
#[tokio::test]
async fn crossed_logins_end_as_their_own_people() {
    let test = TestApp::start().await;
    let (_, bobs) = test.enrolled("bob").await;
    let (_, mias) = test.enrolled("mia").await;
    let (first, second) = (pending(&test, "mia").await, pending(&test, "bob").await);
    let bob = finish(&test, &second, &bobs.code()).await.expect(200).string("token");
    let mia = finish(&test, &first, &mias.code()).await.expect(200).string("token");
    assert_eq!(who(&test.anonymous().with_token(&mia)).await["username"], "mia");
    assert_eq!(who(&test.anonymous().with_token(&bob)).await["username"], "bob");
}

/// attacks.md row 17: a login that began on a page is that browser's; the API or another browser cannot
/// finish it, nor a page one that began in the API.
#[tokio::test]
async fn a_login_of_a_browser_is_finished_in_that_browser() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let client = Client::at(Ipv4Addr::LOCALHOST.into());
    let in_browser = |secret: &'static str| Target { channel: Channel::Browser, browser: Some(secret) };
    let credentials = Credentials {
        tenant: "demo".into(),
        username: "mia".into(),
        password: PASSWORD.to_owned().into(),
        code: None,
    };
    let step = with_password(&test.app, &client, credentials, in_browser("one browser")).await.unwrap();
    let Outcome::NeedFactor(need) = step else { panic!("{step:?}") };
    let token = expose(&need.token);
    finish(&test, &token, &phone.code()).await.refused(401, "mfa_token_invalid");
    let finish_in = |token: String, target: Target<'static>| {
        let (app, client, code) = (&test.app, &client, phone.code());
        async move { second_step::with_code(app, client, &token, &code, target).await }
    };
    let stolen = finish_in(token.clone(), in_browser("another browser")).await;
    assert!(matches!(stolen, Err(LoginError::TokenInvalid)), "{stolen:?}");
    let from_api = finish_in(pending(&test, "mia").await, in_browser("one browser")).await;
    assert!(matches!(from_api, Err(LoginError::TokenInvalid)), "{from_api:?}");
    let done = finish_in(token, in_browser("one browser")).await;
    assert!(matches!(done, Ok(Outcome::Done(_))), "{done:?}");
}

/// attacks.md row 18: single use, also when twenty codes, each of them good, arrive at once; those that
/// came too late are not used up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pending_login_is_finished_once() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (_, phone) = test.enrolled("mia").await;
    let token = pending(&test, "mia").await;
    let answers = at_once((0..20).map(|n| {
        let body = json!({ "mfa_token": token, "mfa_code": phone.recovery_codes[n / 2] }).to_string();
        let request = test.anonymous().request(&Method::POST, MFA, "application/json", body);
        let (test, node) = (Arc::clone(&test), Arc::clone(&node));
        async move { if n % 2 == 0 { test.send(request).await } else { node.send(request).await } }
    }))
    .await;
    let done: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(done.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "mfa_token_invalid").count(), 19);
    assert_eq!(done[0].json()["recovery_codes_remaining"], 9);
    let mia = test.anonymous().with_token(&done[0].string("token"));
    assert_eq!(mia.get("/api/v1/mfa").await.expect(200).json()["recovery_codes_remaining"], 9);
    finish(&test, &token, &phone.code()).await.refused(401, "mfa_token_invalid");
}

/// attacks.md row 18: the same with one app's code: whoever comes too late hears that the login is over,
/// whether they waited for the one before or not, and nothing is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_too_late_hears_that_the_login_is_over() {
    let test = Arc::new(TestApp::start().await);
    let node = Arc::new(test.second_node().await);
    let (_, phone) = test.enrolled("mia").await;
    for _ in 0..4 {
        let token = pending(&test, "mia").await;
        let (right, wrong) = (phone.next_code(), phone.wrong_code(0));
        // The wrong ones are too few to make anybody wait before the right one comes.
        let answers =
            at_once((0..12).map(|n| {
                let code = if n % 4 == 3 { &wrong } else { &right };
                let body = json!({ "mfa_token": token, "mfa_code": code }).to_string();
                let request = test.anonymous().request(&Method::POST, MFA, "application/json", body);
                let (test, node) = (Arc::clone(&test), Arc::clone(&node));
                async move {
                    (n % 4, if n % 2 == 0 { test.send(request).await } else { node.send(request).await })
                }
            }))
            .await;
        let of = |wrong: bool, code: &str| {
            let same = answers.iter().filter(|(n, answer)| (*n == 3) == wrong && answer.code() == code);
            same.count()
        };
        assert_eq!(of(false, "mfa_token_invalid"), 8, "{answers:?}");
        assert_eq!(of(true, "mfa_token_invalid") + of(true, "invalid_mfa_code"), 3, "{answers:?}");
    }
    assert!(test.events(EventKind::SignInCodeReplayed).await.is_empty());
}
