//! Each link is for one purpose, once, for a day.

use axum::http::Method;
use serde_json::json;
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use super::{
    ACCEPT, CONFIRM_ADDRESS, CONFIRM_RESET, NEW, accept, address_token, confirm_address, head, invite, reset,
    reset_token, token_of,
};
use crate::support::{mail_about, together};

const DAY: i64 = 86_400;

/// A link of each mailed kind, and what using it answers.
async fn link_of(test: &TestApp, kind: &str) -> String {
    match kind {
        "reset" => reset_token(test).await,
        "invite" => token_of(&invite(test, "ines").await),
        _ => address_token(test).await,
    }
}

async fn use_link(test: &TestApp, kind: &str, token: &str) -> Answer {
    match kind {
        "reset" => reset(test, token, NEW).await,
        "invite" => accept(test, token, NEW).await,
        _ => confirm_address(test, token).await,
    }
}

const KINDS: [&str; 3] = ["reset", "invite", "confirm"];

/// attacks.md row 32: each link works once, also when two use it at once.
#[tokio::test]
async fn a_link_works_once() {
    for kind in KINDS {
        for at_once in [2, 10] {
            let test = TestApp::start().await;
            let token = link_of(&test, kind).await;
            let answers = together((0..at_once).map(|_| use_link(&test, kind, &token))).await;
            let won = answers.iter().filter(|answer| answer.status.is_success()).count();
            assert_eq!(won, 1, "{kind}");
            for lost in answers.into_iter().filter(|answer| !answer.status.is_success()) {
                lost.refused(401, "invalid_credentials");
            }
            use_link(&test, kind, &token).await.refused(401, "invalid_credentials");
        }
    }
}

/// attacks.md row 32: a day, and an invitation a week, to the second.
#[tokio::test]
async fn a_link_lives_a_day_and_an_invitation_a_week() {
    for kind in KINDS {
        let life = if kind == "invite" { 7 * DAY } else { DAY };
        for (age, good) in [(life - 1, true), (life, false), (life + 1, false)] {
            let test = TestApp::start().await;
            let token = link_of(&test, kind).await;
            test.clock.advance_secs(age);
            let answer = use_link(&test, kind, &token).await;
            assert_eq!(answer.status.is_success(), good, "{kind} after {age} s");
            if !good {
                answer.refused(401, "invalid_credentials");
            }
        }
    }
}

/// attacks.md row 32: a newer link kills the older one, where only its owner can ask for one. (Anybody can
/// ask for a reset: `a_strangers_request_voids_no_link`.)
#[tokio::test]
async fn only_the_newest_link_to_an_address_counts() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let body = json!({ "email": "mia@one.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", body).await.expect(200);
    let old = mail_about(&test, "mia@one.example", "Confirm your address").await.token();
    let body = json!({ "email": "mia@two.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", body).await.expect(200);
    let new = mail_about(&test, "mia@two.example", "Confirm your address").await.token();
    confirm_address(&test, &old).await.refused(401, "invalid_credentials");
    confirm_address(&test, &new).await.expect(200);
}

/// attacks.md row 32: a new password voids whatever was mailed before it.
#[tokio::test]
async fn a_new_password_voids_the_links_mailed_before() {
    for by_reset in [false, true] {
        let test = TestApp::start().await;
        let (reset_link, address) = (reset_token(&test).await, address_token(&test).await);
        if by_reset {
            reset(&test, &reset_link, NEW).await.expect(204);
        } else {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            test.sign_in("mia").await.post("/api/v1/account/password", body).await.expect(200);
        }
        reset(&test, &reset_link, "another fine long phrase").await.refused(401, "invalid_credentials");
        confirm_address(&test, &address).await.refused(401, "invalid_credentials");
        test.anonymous().sign_in("demo", "mia", NEW).await;
    }
}

/// attacks.md row 32: a link is for one purpose; cut, changed or foreign text is none.
#[tokio::test]
async fn a_link_of_one_kind_is_no_link_of_another() {
    let test = TestApp::start().await;
    let mut tokens = Vec::new();
    for kind in KINDS {
        tokens.push((kind, link_of(&test, kind).await));
    }
    for (kind, token) in &tokens {
        for other in KINDS.iter().filter(|other| *other != kind) {
            use_link(&test, other, token).await.refused(401, "invalid_credentials");
        }
        let mut changed = token.clone().into_bytes();
        changed[7] = if changed[7] == b'A' { b'B' } else { b'A' };
        let bad = [
            String::new(),
            token[..42].to_owned(),
            token[1..].to_owned(),
            format!("{token}="),
            format!("{token} "),
            token.to_lowercase(),
            "A".repeat(43),
            "' OR 1=1--".to_owned(),
            String::from_utf8(changed).unwrap(),
        ];
        for text in bad {
            use_link(&test, kind, &text).await.refused(401, "invalid_credentials");
        }
    }
    // All that used nothing up. (The reset comes last: it voids the other link of its account.)
    for (kind, token) in tokens.iter().rev() {
        assert!(use_link(&test, kind, token).await.status.is_success(), "{kind}");
    }
}

/// attacks.md row 32: a link preview, by GET or HEAD, uses nothing up; neither does an API call by GET.
#[tokio::test]
async fn opening_a_link_uses_nothing_up() {
    for kind in KINDS {
        let test = TestApp::start().await;
        let token = link_of(&test, kind).await;
        let page = format!("/{kind}/{token}");
        for _ in 0..3 {
            let shown = test.anonymous().get(&page).await.expect(200);
            assert_eq!(shown.header("cache-control"), "no-store");
            assert_eq!(shown.header("referrer-policy"), "same-origin");
            head(&test, &page).await.expect(200);
        }
        for api in [CONFIRM_RESET, ACCEPT, CONFIRM_ADDRESS] {
            test.anonymous().get(&format!("{api}?token={token}")).await.refused(405, "method_not_allowed");
        }
        // A form that brings no token of this browser does nothing either.
        let form = "application/x-www-form-urlencoded";
        let body = "new_password=seven+blue+doors+in+autumn&password=seven+blue+doors+in+autumn";
        test.anonymous().raw(Method::POST, &page, form, body).await.expect(403);
        assert!(use_link(&test, kind, &token).await.status.is_success(), "{kind}");
        test.anonymous().get(&page).await.expect(410);
    }
}

#[tokio::test]
async fn a_password_that_breaks_a_rule_uses_no_link_up() {
    let test = TestApp::start().await;
    let token = reset_token(&test).await;
    for bad in ["short", "password1234", &"x".repeat(200)] {
        let answer = reset(&test, &token, bad).await.refused(422, "validation_failed").json();
        assert_eq!(answer["errors"][0]["field"], "new_password");
    }
    reset(&test, &token, NEW).await.expect(204);
    let invitation = token_of(&invite(&test, "ines").await);
    let answer = accept(&test, &invitation, "short").await.refused(422, "validation_failed").json();
    assert_eq!(answer["errors"][0]["field"], "password");
    accept(&test, &invitation, NEW).await.expect(200);
}
