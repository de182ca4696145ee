//! A session has one live token; the ones before it end at once, or within a minute of a step-up.

use axum::http::Method;
use serde_json::json;
use twinlock_service::clock_guard;
use twinlock_testkit::{
    Authenticator, Caller, SecurityKey, TestApp,
    app::{Node, PASSWORD},
};

use super::{SESSION, is_alive, is_dead};
use crate::{
    keys::support::register,
    support::{enrolled, together},
};

const STEP_UP: &str = "/api/v1/auth/step-up";
const CODES: &str = "/api/v1/mfa/recovery-codes";
const NEW: &str = "quite another passphrase";

/// What changes a password or factors.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Password,
    FirstApp,
    AnotherApp,
    Key,
    Remove,
    Disable,
}

impl Change {
    const ALL: [Self; 6] =
        [Self::Password, Self::FirstApp, Self::AnotherApp, Self::Key, Self::Remove, Self::Disable];

    /// Done by whoever holds `old`; answers them with the fresh token.
    async fn by<'a>(self, test: &'a TestApp, old: &Caller<'a>) -> Caller<'a> {
        let answer = match self {
            Self::Password => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW });
                old.post("/api/v1/account/password", body).await.expect(200)
            }
            Self::FirstApp | Self::AnotherApp => {
                let setup = old.post("/api/v1/mfa/setup", json!({})).await.expect(200).json();
                let code = Authenticator::of(test, &setup).code();
                old.post("/api/v1/mfa/verify", json!({ "code": code })).await.expect(200)
            }
            Self::Key => {
                let mut new = old.clone();
                register(&mut new, &mut SecurityKey::new(5), "security_key").await;
                return new;
            }
            Self::Remove => {
                let mine = old.get("/api/v1/mfa").await.expect(200).json();
                let id = mine["methods"][0]["id"].as_str().unwrap().to_owned();
                old.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200)
            }
            Self::Disable => old.post("/api/v1/mfa/disable", json!({})).await.expect(200),
        };
        old.clone().with_token(&answer.string("token"))
    }
}

async fn is_alive_on(node: &Node, caller: &Caller<'_>) {
    node.send(caller.request(&Method::GET, SESSION, "", "")).await.expect(200);
}

async fn is_dead_on(node: &Node, caller: &Caller<'_>) {
    node.send(caller.request(&Method::GET, SESSION, "", "")).await.refused(401, "unauthenticated");
}

/// attacks.md row 44: whoever copied a token loses it with the next change of password or factors, here at once,
/// on other servers within a second.
#[tokio::test]
async fn a_change_ends_the_older_tokens_of_its_session() {
    for change in Change::ALL {
        let test = TestApp::start().await;
        let node = test.second_node().await;
        let old = if change == Change::FirstApp {
            test.sign_in("mia").await
        } else {
            enrolled(&test, "mia").await.0
        };
        is_alive(&old).await;
        is_alive_on(&node, &old).await;
        let new = change.by(&test, &old).await;
        is_dead(&old).await;
        is_alive(&new).await;
        test.clock.advance_secs(1);
        is_dead_on(&node, &old).await;
        is_alive_on(&node, &new).await;
    }
}

/// attacks.md row 44: the token that a step-up replaced reads on for a minute, for requests under way, and never has
/// what the step-up proved. The minute ends to the second, on every server.
#[tokio::test]
async fn a_step_up_leaves_the_older_token_a_minute() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    let (old, phone) = enrolled(&test, "mia").await;
    test.clock.advance_secs(601);
    let mut new = old.clone();
    new.step_up(&phone.code()).await;
    for _ in 0..60 {
        is_alive(&old).await;
        is_alive_on(&node, &old).await;
        old.post(CODES, json!({})).await.refused(403, "step_up_required");
        test.clock.advance_secs(1);
    }
    is_dead(&old).await;
    is_dead_on(&node, &old).await;
    old.post(STEP_UP, json!({ "code": phone.code() })).await.refused(401, "unauthenticated");
    is_alive(&new).await;
    is_alive_on(&node, &new).await;
    new.post(CODES, json!({})).await.expect(200);
}

/// What the older token could do in its minute it can: list, and sign out, which ends the fresh one, too.
#[tokio::test]
async fn in_its_minute_the_older_token_can_sign_out() {
    let test = TestApp::start().await;
    let (old, phone) = enrolled(&test, "mia").await;
    let mut new = old.clone();
    new.step_up(&phone.next_code()).await;
    let listed = old.get("/api/v1/sessions").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    old.post("/api/v1/auth/logout", json!({})).await.expect(204);
    is_dead(&old).await;
    is_dead(&new).await;
}

/// How many of these are good.
async fn alive(callers: &[Caller<'_>]) -> usize {
    let mut count = 0;
    for caller in callers {
        count += usize::from(caller.get(SESSION).await.status == 200);
    }
    count
}

/// attacks.md row 44: step-ups that race leave one live token; the others have their minute.
#[tokio::test]
async fn step_ups_that_race_leave_one_live_token() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let answers = together((0..6).map(|_| bob.post(STEP_UP, json!({ "password": PASSWORD })))).await;
    let fresh = answers.into_iter().map(|answer| bob.clone().with_token(&answer.expect(200).string("token")));
    let tokens: Vec<_> = fresh.chain([bob.clone()]).collect();
    assert_eq!(alive(&tokens).await, 7);
    test.clock.advance_secs(59);
    assert_eq!(alive(&tokens).await, 7);
    test.clock.advance_secs(1);
    assert_eq!(alive(&tokens).await, 1);
}

/// attacks.md row 44: nobody gathers tokens by stepping up again and again: a few of a minute are kept.
#[tokio::test]
async fn step_ups_gather_no_tokens() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let mut tokens = vec![bob.clone()];
    for _ in 0..12 {
        test.clock.advance_secs(1);
        let answer = bob.post(STEP_UP, json!({ "password": PASSWORD })).await;
        if answer.status != 200 {
            // Its own was one too many: the oldest go first.
            break;
        }
        tokens.push(bob.clone().with_token(&answer.string("token")));
    }
    assert_eq!(alive(&tokens).await, 9);
}

/// attacks.md row 44: a step-up that races a new password: whichever is first, one token is good afterwards, and
/// no older one has a minute.
#[tokio::test]
async fn a_step_up_that_races_a_new_password_saves_no_token() {
    let test = TestApp::start().await;
    let (mut mia, phone) = enrolled(&test, "mia").await;
    let mut password = PASSWORD.to_owned();
    for round in 0..4 {
        let new = format!("{NEW} {round}");
        let change = json!({ "current_password": password, "new_password": new });
        let proof = json!({ "code": phone.next_code() });
        let answers =
            together([mia.post(STEP_UP, proof), mia.post("/api/v1/account/password", change)]).await;
        let changed = mia.clone().with_token(&answers[1].clone().expect(200).string("token"));
        if answers[0].status == 200 {
            is_dead(&mia.clone().with_token(&answers[0].string("token"))).await;
        } else {
            answers[0].clone().refused(401, "unauthenticated");
        }
        is_dead(&mia).await;
        is_alive(&changed).await;
        (mia, password) = (changed, new);
    }
}

/// attacks.md row 99: a clock that is set back does not lengthen the minute.
#[tokio::test]
async fn a_clock_set_back_gives_no_second_minute() {
    let test = TestApp::start().await;
    let (old, phone) = enrolled(&test, "mia").await;
    let mut new = old.clone();
    new.step_up(&phone.next_code()).await;
    for back in [-30, -3600] {
        test.clock.advance_secs(back);
        clock_guard::watch(&test.app).await.unwrap();
        is_dead(&old).await;
    }
}

/// New recovery codes are no change of factors: no token, no session and no sign-in under way ends with them.
#[tokio::test]
async fn new_codes_end_nothing() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let other = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let answer = mia.post(CODES, json!({})).await.expect(200).json();
    assert!(answer["token"].is_null() && answer["backup_codes"].as_array().unwrap().len() == 10);
    is_alive(&other).await;
    is_alive(&mia).await;
    let code = answer["backup_codes"][0].as_str().unwrap();
    let finish = json!({ "mfa_token": pending, "mfa_code": code });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.expect(200);
    mia.post(CODES, json!({})).await.expect(200);
}
