//! What ends a session: the acting one goes on, the others end, on every server.

use axum::http::Method;
use serde_json::{Value, json};
use twinlock_service::admin;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use super::{SESSION, is_alive, is_dead};

const OTHER_PASSWORD: &str = "quite another passphrase";

/// An act of the person that must end their other sessions.
#[derive(Clone, Copy, Debug)]
enum Act {
    AddFactor,
    RemoveFactor,
    Disable,
    Password,
    EndOthers,
}

async fn act(test: &TestApp, caller: &mut Caller<'_>, act: Act) {
    let answer = match act {
        Act::AddFactor => {
            caller.enrol().await;
            return;
        }
        Act::RemoveFactor => {
            let methods: Value = caller.get("/api/v1/mfa").await.expect(200).json();
            let id = methods["methods"][0]["id"].as_str().unwrap().to_owned();
            caller.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200)
        }
        Act::Disable => caller.post("/api/v1/mfa/disable", json!({})).await.expect(200),
        Act::Password => {
            let change = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
            caller.post("/api/v1/account/password", change).await.expect(200)
        }
        Act::EndOthers => {
            caller.delete("/api/v1/sessions").await.expect(204);
            return;
        }
    };
    caller.token = Some(answer.string("token"));
    is_alive(&test.anonymous().with_token(caller.token.as_ref().unwrap())).await;
}

/// attacks.md row 45: adding or removing a factor, switching off, a new password and "all others" end the person's
/// other sessions at once here, within a second elsewhere; the acting one goes on; nobody else's ends.
#[tokio::test]
async fn a_change_ends_the_other_sessions_only() {
    for kind in [Act::AddFactor, Act::RemoveFactor, Act::Disable, Act::Password, Act::EndOthers] {
        let test = TestApp::start().await;
        let node = test.second_node().await;
        let (_, phone) = test.enrolled("mia").await;
        let other = test.anonymous().sign_in_with_code("mia", &phone.recovery_codes[0]).await;
        let mut own = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
        let bob = test.sign_in("bob").await;
        let elsewhere = |caller: &Caller<'_>| caller.request(&Method::GET, SESSION, "", "");
        is_alive(&other).await;
        node.send(elsewhere(&other)).await.expect(200);

        act(&test, &mut own, kind).await;
        is_dead(&other).await;
        for caller in [&own, &bob] {
            is_alive(caller).await;
        }
        test.clock.advance_secs(1);
        node.send(elsewhere(&other)).await.refused(401, "unauthenticated");
        node.send(elsewhere(&own)).await.expect(200);
    }
}

/// attacks.md row 45: switching a first factor on ends the sessions that were opened without it.
#[tokio::test]
async fn enabling_ends_the_sessions_of_the_password_alone() {
    let test = TestApp::start().await;
    let thief = test.sign_in("mia").await;
    let mut mia = test.sign_in("mia").await;
    is_alive(&thief).await;
    mia.enrol().await;
    is_dead(&thief).await;
    is_alive(&mia).await;
}

/// attacks.md row 45: a password set by a mailed link, a reset of the factors, and suspending end all
/// sessions, the command line's acts within a second on servers that did not do them.
#[tokio::test]
async fn what_others_do_ends_every_session() {
    let test = TestApp::start().await;
    let node = test.second_node().await;
    let elsewhere = |caller: &Caller<'_>| caller.request(&Method::GET, SESSION, "", "");
    let sign_in = async |code: &str| {
        let caller = test.anonymous().sign_in_with_code("mia", code).await;
        is_alive(&caller).await;
        node.send(elsewhere(&caller)).await.expect(200);
        caller
    };
    let (_, phone) = test.enrolled("mia").await;

    let mia = sign_in(&phone.recovery_codes[0]).await;
    let link = test.reset_token("demo", "mia@demo.example").await;
    let confirm = json!({ "token": link, "new_password": PASSWORD });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    is_dead(&mia).await;
    test.clock.advance_secs(1);
    node.send(elsewhere(&mia)).await.refused(401, "unauthenticated");

    let mia = sign_in(&phone.recovery_codes[1]).await;
    admin::suspend(&node.app, "demo", "mia").await.unwrap();
    node.send(elsewhere(&mia)).await.refused(401, "unauthenticated");
    test.clock.advance_secs(1);
    is_dead(&mia).await;
    admin::activate(&node.app, "demo", "mia").await.unwrap();
    test.clock.advance_secs(1);
    is_dead(&mia).await;

    let mia = sign_in(&phone.recovery_codes[2]).await;
    admin::reset_mfa(&node.app, "demo", "mia").await.unwrap();
    test.clock.advance_secs(1);
    is_dead(&mia).await;
}

/// attacks.md row 45: an hour without use and the absolute end, exact; use moves the one and not the other.
#[tokio::test]
async fn a_session_ends_when_idle_and_after_a_day() {
    let test = TestApp::start().await;
    let (idle, busy) = (test.sign_in("bob").await, test.sign_in("bob").await);
    test.clock.advance_secs(3599);
    is_alive(&busy).await;
    test.clock.advance_secs(1);
    is_dead(&idle).await;
    for _ in 0..23 {
        is_alive(&busy).await;
        test.clock.advance_secs(3590);
    }
    is_alive(&busy).await;
    // 24 hours after the beginning, less a second.
    test.clock.advance_secs(86_400 - 3600 - 23 * 3590 - 1);
    is_alive(&busy).await;
    test.clock.advance_secs(1);
    is_dead(&busy).await;
}

/// attacks.md row 45: one's sessions can be ended one by one, others' cannot.
#[tokio::test]
async fn sessions_are_ended_one_by_one() {
    let test = TestApp::start().await;
    let (one, two) = (test.sign_in("bob").await, test.sign_in("bob").await);
    let mallory = test.sign_in("mia").await;
    let path = format!("/api/v1/sessions/{}", is_alive(&two).await["session"]["id"].as_str().unwrap());
    mallory.delete(&path).await.refused(404, "not_found");
    is_alive(&two).await;
    one.delete(&path).await.expect(204);
    is_dead(&two).await;
    is_alive(&one).await;
    one.delete(&path).await.refused(404, "not_found");
}
