//! What a stranger learns about who has an account: nothing.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Answer, Caller, TestApp, app::PASSWORD};

/// Names and passwords that all fail, each for a reason of its own.
fn failures() -> Vec<(&'static str, &'static str, String, &'static str)> {
    vec![
        ("known, wrong password", "demo", "bob".into(), "wrong"),
        ("known with a second factor", "demo", "mia".into(), "wrong"),
        ("known by address", "demo", "bob@demo.example".into(), "wrong"),
        ("unknown", "demo", "nobody".into(), "wrong"),
        ("unknown, a right password of others", "demo", "nobody".into(), PASSWORD),
        ("suspended", "demo", "adam".into(), "wrong"),
        ("suspended, right password", "demo", "adam".into(), PASSWORD),
        ("invited", "demo", "ivy".into(), "wrong"),
        ("of another tenant", "demo", "otto".into(), PASSWORD),
        ("unknown tenant", "nowhere", "bob".into(), PASSWORD),
        ("impossible tenant", "../demo", "bob".into(), PASSWORD),
        ("no tenant", "", "bob".into(), PASSWORD),
        ("no name", "demo", String::new(), PASSWORD),
        ("a long name", "demo", "n".repeat(300), "wrong"),
        ("a longer name", "demo", "n".repeat(3000), "wrong"),
        ("an invisible name", "demo", "bo\u{200b}b".into(), PASSWORD),
        ("no password", "demo", "bob".into(), ""),
        ("a long password", "demo", "bob".into(), Box::leak("p".repeat(5000).into_boxed_str())),
    ]
}

/// Status, `Retry-After`, body.
type Attempt = (u16, String, String);

async fn with_people() -> TestApp {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    admin::suspend(&test.app, "demo", "adam").await.unwrap();
    let invited = CreateUser {
        username: "ivy".into(),
        email: Some("ivy@demo.example".into()),
        display_name: None,
        role: Role::Member,
        password: None,
    };
    admin::create_user(&test.app, "demo", invited).await.unwrap();
    test
}

/// attacks.md row 41: unknown, suspended, invited, another tenant's, wrong password: one status, one set of
/// headers, one body; as many statements and one derivation each.
/// attacks.md row 46: a suspended account looks like any wrong password, its right one included.
#[tokio::test]
async fn all_failed_sign_ins_look_and_cost_the_same() {
    let test = with_people().await;
    // The first use of anything may cost more.
    test.anonymous().login("demo", "first", "wrong", None).await;
    let mut expected = None;
    for (why, tenant, username, password) in failures() {
        for code in [None, Some("123456"), Some("12345678")] {
            // The same again within ten minutes would not be another try.
            test.clock.advance_secs(600);
            let before = test.app.store().statements();
            let answer = test.anonymous().login(tenant, &username, password, code).await;
            let statements = test.app.store().statements() - before;
            assert_eq!(answer.code(), "invalid_credentials", "{why}");
            let seen = (answer.seen(), statements);
            assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "{why} {code:?}");
        }
        admin::unlock(&test.app, "demo", "bob").await.unwrap();
    }
}

/// attacks.md row 41: the waits begin after as many failures and grow in the same way for names that
/// nobody has, with the same answers.
#[tokio::test]
async fn names_that_nobody_has_are_throttled_like_accounts() {
    let test = with_people().await;
    let mut runs: Vec<(&str, Vec<Attempt>)> = Vec::new();
    let names = [("demo", "bob"), ("demo", "nobody"), ("demo", "adam"), ("demo", "ivy"), ("nowhere", "bob")];
    for (n, (tenant, username)) in names.into_iter().enumerate() {
        let caller = test.anonymous().at(&format!("203.0.113.{n}"));
        let mut run = Vec::new();
        for _ in 0..16 {
            let answer = caller.guess(tenant, username).await;
            let wait = answer.header("retry-after").to_owned();
            run.push((answer.status.as_u16(), wait.clone(), answer.text()));
            test.clock.advance_secs(wait.parse().unwrap_or(0));
        }
        assert!(run.iter().any(|(status, ..)| *status == 429), "{username}");
        runs.push((username, run));
    }
    for (username, run) in &runs[1..] {
        assert_eq!(*run, runs[0].1, "{username}");
    }
}

/// attacks.md row 41: a locked name is a locked name, and costs as many statements whether it is known.
#[tokio::test]
async fn a_locked_name_looks_the_same_known_or_not() {
    let test = with_people().await;
    let mut expected = None;
    for (n, username) in ["bob", "mia", "nobody", "adam", "ivy"].into_iter().enumerate() {
        let caller = test.anonymous().at(&format!("203.0.113.{n}"));
        for _ in 0..10 {
            caller.guess("demo", username).await.refused(401, "invalid_credentials");
        }
        for password in ["wrong", PASSWORD] {
            let before = test.app.store().statements();
            let answer = caller.login("demo", username, password, Some("123456")).await;
            let seen =
                (answer.refused(429, "too_many_attempts").seen(), test.app.store().statements() - before);
            assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "{username}");
        }
    }
}

/// attacks.md row 41: asking for a reset answers at once and the same for everybody; whoever has no account
/// that could use it gets no mail.
#[tokio::test]
async fn a_reset_request_tells_nothing() {
    let test = with_people().await;
    let before = test.mails().await.len();
    test.clock.advance_secs(1);
    let mut expected = None;
    let asked = [
        ("demo", "bob@demo.example"),
        ("demo", "nobody@demo.example"),
        ("demo", "adam@demo.example"),
        ("demo", "otto@other.example"),
        ("nowhere", "bob@demo.example"),
        ("demo", "not an address"),
        ("", ""),
    ];
    for (tenant, email) in asked {
        let before = test.app.store().statements();
        let body = json!({ "tenant_id": tenant, "email": email });
        let answer = test.anonymous().post("/api/v1/auth/password-reset", body).await;
        // Work in the background has not begun: this thread did not pause since the answer.
        let seen = (answer.expect(202).seen(), test.app.store().statements() - before);
        assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "{email}");
        test.app.settle().await;
    }
    let mails = test.mails().await;
    let to: Vec<_> = mails[before..].iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["bob@demo.example"]);
}

/// attacks.md row 46: a suspended person gets in by none of the ways, at once, with the generic answer.
#[tokio::test]
async fn a_suspended_person_gets_in_by_no_way() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let reset = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    let link = test.reset_token("demo", "mia@demo.example").await;
    test.clock.advance_secs(90);

    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    mia.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    is_shut_out(&test, &phone.code(), &phone.recovery_codes[0]).await;
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.code() });
    test.anonymous().post("/api/v1/auth/mfa", finish.clone()).await.refused(401, "mfa_token_invalid");
    let confirm = json!({ "token": link, "new_password": "quite another passphrase" });
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", confirm.clone())
        .await
        .refused(401, "invalid_credentials");
    let mails = test.mails().await.len();
    test.anonymous().post("/api/v1/auth/password-reset", reset).await.expect(202);
    assert_eq!(test.mails().await.len(), mails);

    // What was open before stays closed after.
    admin::activate(&test.app, "demo", "mia").await.unwrap();
    mia.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", confirm)
        .await
        .refused(401, "invalid_credentials");
    test.anonymous().sign_in_with_code("mia", &phone.code()).await;
}

/// attacks.md row 46: the same for everybody of a suspended tenant, on a server that has seen their tokens
/// within a second.
#[tokio::test]
async fn nobody_of_a_suspended_tenant_gets_in() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;
    mia.get("/api/v1/auth/session").await.expect(200);
    test.by_hand("UPDATE tenants SET suspended_at = 1 WHERE slug = 'demo'").await;
    test.clock.advance_secs(30);
    mia.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    is_shut_out(&test, &phone.code(), &phone.recovery_codes[0]).await;
    test.anonymous().login("other", "mia", PASSWORD, None).await.expect(200);
}

async fn is_shut_out(test: &TestApp, code: &str, recovery_code: &str) {
    let caller: Caller<'_> = test.anonymous();
    let unknown = caller.login("demo", "nobody", PASSWORD, None).await;
    let same = |answer: Answer| assert_eq!(answer.seen(), unknown.seen());
    same(caller.login("demo", "mia", PASSWORD, None).await);
    same(caller.login("demo", "mia", PASSWORD, Some(code)).await);
    same(caller.login("demo", "mia", PASSWORD, Some(recovery_code)).await);
    same(caller.login("demo", "mia@demo.example", PASSWORD, Some(code)).await);
}
