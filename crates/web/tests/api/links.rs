//! Mailed and printed links: forgotten passwords, invitations, new addresses, the first start.

use axum::{
    body::Body,
    http::{HeaderName, Method},
};
use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::{
    Client,
    admin::{self, CreateUser},
    setup::{self, NewOwner},
};
use twinlock_testkit::{Answer, TestApp, TestSettings, app::PASSWORD};

use crate::support::{enrolled, mail_about, subjects, together};

const RESET: &str = "/api/v1/auth/password-reset";
const CONFIRM_RESET: &str = "/api/v1/auth/password-reset/confirm";
const ACCEPT: &str = "/api/v1/auth/invitation/accept";
const CONFIRM_ADDRESS: &str = "/api/v1/account/email/confirm";
const NEW: &str = "seven blue doors in autumn";
const DAY: i64 = 86_400;

async fn ask_reset(test: &TestApp) {
    let body = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post(RESET, body).await.expect(202);
}

async fn reset_token(test: &TestApp) -> String {
    ask_reset(test).await;
    mail_about(test, "mia@demo.example", "Set a new password").await.token()
}

async fn reset(test: &TestApp, token: &str, new: &str) -> Answer {
    test.anonymous().post(CONFIRM_RESET, json!({ "token": token, "new_password": new })).await
}

/// The link of somebody invited to the demo tenant, as the operator is shown it.
async fn invite(test: &TestApp, username: &str) -> String {
    let wanted = CreateUser {
        username: username.into(),
        email: Some(format!("{username}@demo.example")),
        display_name: None,
        role: Role::Member,
        password: None,
    };
    let created = admin::create_user(&test.app, "demo", wanted).await.unwrap();
    created.invitation.unwrap()
}

fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

async fn accept(test: &TestApp, token: &str, password: &str) -> Answer {
    test.anonymous().post(ACCEPT, json!({ "token": token, "password": password })).await
}

async fn address_token(test: &TestApp) -> String {
    let mia = test.sign_in("mia").await;
    let body = json!({ "email": "mia@new.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", body).await.expect(200);
    mail_about(test, "mia@new.example", "Confirm your address").await.token()
}

async fn confirm_address(test: &TestApp, token: &str) -> Answer {
    test.anonymous().post(CONFIRM_ADDRESS, json!({ "token": token })).await
}

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

/// attacks.md row 32: a day, to the second.
#[tokio::test]
async fn a_link_lives_a_day() {
    for kind in KINDS {
        for (age, good) in [(DAY - 1, true), (DAY, false), (DAY + 1, false)] {
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

/// attacks.md row 32: a newer link kills the older one.
#[tokio::test]
async fn only_the_newest_link_counts() {
    let test = TestApp::start().await;
    let old = reset_token(&test).await;
    // Within a minute no second mail goes out, so the first stays good.
    test.clock.advance_secs(59);
    assert_eq!(reset_token(&test).await, old);
    test.clock.advance_secs(1);
    let new = reset_token(&test).await;
    assert_ne!(new, old);
    reset(&test, &old, NEW).await.refused(401, "invalid_credentials");
    reset(&test, &new, NEW).await.expect(204);

    let mia = test.anonymous().sign_in("demo", "mia", NEW).await;
    let body = json!({ "email": "mia@one.example", "current_password": NEW });
    mia.patch("/api/v1/account", body).await.expect(200);
    let old = mail_about(&test, "mia@one.example", "Confirm your address").await.token();
    let body = json!({ "email": "mia@two.example", "current_password": NEW });
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

async fn head(test: &TestApp, path: &str) -> Answer {
    let request = test.anonymous().request(&Method::HEAD, path, "", Body::empty());
    test.send(request).await
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

/// attacks.md row 33: a reset opens no session, touches no factor, and ends what was open.
#[tokio::test]
async fn a_reset_gives_no_session_and_leaves_the_second_lock() {
    let test = TestApp::start().await;
    let (mia, phone) = enrolled(&test, "mia").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let token = reset_token(&test).await;
    let done = reset(&test, &token, NEW).await.expect(204);
    assert!(done.body.is_empty() && done.header("set-cookie").is_empty());
    for dead in [&token, &pending, mia.token.as_ref().unwrap()] {
        let caller = test.anonymous().with_token(dead);
        caller.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    }
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let login = async |password: &str, code: Option<&str>| {
        test.anonymous().login("demo", "mia", password, code).await
    };
    login(PASSWORD, Some(&phone.code())).await.refused(401, "invalid_credentials");
    assert_eq!(login(NEW, None).await.expect(200).json()["mfa_required"], true);
    login(NEW, Some(&phone.wrong_code(0))).await.refused(401, "invalid_mfa_code");
    let done = login(NEW, Some(&phone.code())).await.expect(200).json();
    assert_eq!(done["user"]["mfa_enabled"], true);
    mail_about(&test, "mia@demo.example", "Your password was changed").await;
}

/// attacks.md row 33: only the stored address gets the mail, and the answer tells nothing.
#[tokio::test]
async fn a_reset_mail_goes_to_the_stored_address_and_nowhere_else() {
    let test = TestApp::start().await;
    let mut answers = Vec::new();
    for (tenant, email) in [
        ("demo", "mia@demo.example"),
        ("demo", "nobody@demo.example"),
        ("demo", "otto@other.example"),
        ("other", "bob@demo.example"),
        ("nowhere", "mia@demo.example"),
        ("demo", "mia@demo.example, eve@evil.example"),
        ("demo", "mia@demo.example\r\nBcc: eve@evil.example"),
        ("demo", "mia@demo.example\u{200b}"),
        ("demo", "%@demo.example"),
        ("demo", "m_a@demo.example"),
        ("de%", "mia@demo.example"),
        ("demo", ""),
        ("", ""),
        ("DEMO", "mia@demo.example"),
    ] {
        let answer =
            test.anonymous().post(RESET, json!({ "tenant_id": tenant, "email": email })).await.expect(202);
        answers.push((
            answer.status,
            answer.body,
            answer.headers.keys().cloned().collect::<Vec<HeaderName>>(),
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    for wrong in [
        json!({ "tenant_id": "demo", "email": ["mia@demo.example", "eve@evil.example"] }),
        json!({ "tenant_id": "demo", "email": { "0": "mia@demo.example" } }),
        json!({ "tenant_id": "demo" }),
        json!({ "tenant_id": "demo", "email": "mia@demo.example", "cc": "eve@evil.example" }),
    ] {
        test.anonymous().post(RESET, wrong).await.refused(422, "validation_failed");
    }
    let mails = test.mails().await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["mia@demo.example"]);
}

/// attacks.md row 46: an account that is closed gets no mail, and a link from before is dead.
#[tokio::test]
async fn a_suspended_account_cannot_be_reset() {
    let test = TestApp::start().await;
    let token = reset_token(&test).await;
    admin::suspend(&test.app, "demo", "mia").await.unwrap();
    reset(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.clock.advance_secs(60);
    ask_reset(&test).await;
    assert_eq!(subjects(&test, "mia@demo.example").await, ["Set a new password"]);
    admin::activate(&test.app, "demo", "mia").await.unwrap();
    reset(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.sign_in("mia").await;
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

/// Whoever reads the mailbox does not wait for what a stranger typed.
#[tokio::test]
async fn a_reset_lifts_the_wait_of_wrong_passwords() {
    let test = TestApp::start().await;
    let token = reset_token(&test).await;
    for n in 0..10 {
        let wrong = test.anonymous().login("demo", "mia", &format!("wrong {n}"), None).await;
        wrong.refused(401, "invalid_credentials");
    }
    test.anonymous().login("demo", "mia", PASSWORD, None).await.refused(429, "too_many_attempts");
    reset(&test, &token, NEW).await.expect(204);
    test.anonymous().sign_in("demo", "mia", NEW).await;
}

#[tokio::test]
async fn accepting_an_invitation_is_a_sign_in() {
    let test = TestApp::start().await;
    let link = invite(&test, "ines").await;
    let mail = mail_about(&test, "ines@demo.example", "Your new account at Demo organisation").await;
    assert_eq!(mail.link(), link);
    assert!(link.starts_with("http://localhost:8080/invite/"));
    // Before, there is nothing to sign in to, and nothing to reset.
    test.anonymous().login("demo", "ines", "", None).await.refused(401, "invalid_credentials");
    test.anonymous().login("demo", "ines", NEW, None).await.refused(401, "invalid_credentials");
    let body = json!({ "tenant_id": "demo", "email": "ines@demo.example" });
    test.anonymous().post(RESET, body).await.expect(202);
    assert_eq!(test.mails_to("ines@demo.example").await.len(), 1);

    let done = accept(&test, &token_of(&link), NEW).await.expect(200).json();
    let user = &done["user"];
    assert_eq!(
        (&user["username"], &user["status"], &user["role"]),
        (&json!("ines"), &json!("active"), &json!("member"))
    );
    assert_eq!(done["mfa_required"], Value::Null);
    let ines = test.anonymous().with_token(done["token"].as_str().unwrap());
    ines.get("/api/v1/auth/session").await.expect(200);
    test.anonymous().sign_in("demo", "ines", NEW).await;
    accept(&test, &token_of(&link), "another fine long phrase").await.refused(401, "invalid_credentials");
}

/// attacks.md row 46: an invitation to an account that was closed meanwhile opens nothing.
#[tokio::test]
async fn an_invitation_dies_with_a_suspension() {
    let test = TestApp::start().await;
    let token = token_of(&invite(&test, "ines").await);
    admin::suspend(&test.app, "demo", "ines").await.unwrap();
    accept(&test, &token, NEW).await.refused(401, "invalid_credentials");
    test.anonymous().login("demo", "ines", NEW, None).await.refused(401, "invalid_credentials");
}

fn owner(slug: &str) -> NewOwner {
    NewOwner {
        tenant_name: "Acme".into(),
        slug: slug.into(),
        username: format!("{slug}-root"),
        email: Some("root@acme.example".into()),
        display_name: None,
        password: NEW.to_owned().into(),
    }
}

fn somebody() -> Client {
    Client {
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        address_key: "127.0.0.1".into(),
        user_agent: String::new(),
        request_id: String::new(),
        known_browser: None,
    }
}

/// attacks.md row 34: the first account needs the printed link, which has one winner and never comes back.
#[tokio::test]
async fn the_first_start_has_one_winner() {
    let test = TestApp::empty(TestSettings::default()).await;
    let link = setup::offer(&test.app).await.unwrap().unwrap();
    assert!(link.starts_with("http://localhost:8080/setup/"));
    let token = token_of(&link);
    let page = format!("/setup/{token}");
    for _ in 0..2 {
        test.anonymous().get(&page).await.expect(200);
        head(&test, &page).await.expect(200);
    }
    for guess in ["", "A", &"A".repeat(43), &token[..42], &token.to_lowercase()] {
        assert!(!test.anonymous().get(&format!("/setup/{guess}")).await.status.is_success(), "{guess}");
        assert!(setup::complete(&test.app, &somebody(), guess, owner("thief")).await.is_err());
    }
    let slugs: Vec<_> = (0..10).map(|n| format!("acme{n}")).collect();
    let client = somebody();
    let outcomes =
        together(slugs.iter().map(|slug| setup::complete(&test.app, &client, &token, owner(slug)))).await;
    let winners: Vec<_> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    let (tenant, username) = (&winners[0].tenant_id, &winners[0].username);
    assert_eq!(winners[0].role, Role::Owner);
    test.anonymous().sign_in(tenant, username, NEW).await;

    test.anonymous().get(&page).await.expect(410);
    assert_eq!(setup::offer(&test.app).await.unwrap(), None);
    admin::suspend(&test.app, tenant, username).await.unwrap();
    assert_eq!(setup::offer(&test.app).await.unwrap(), None);
    assert!(setup::complete(&test.app, &somebody(), &token, owner("later")).await.is_err());
}

/// attacks.md row 34: the printed link lives an hour or until the next start.
#[tokio::test]
async fn the_printed_link_lives_an_hour_or_until_the_next_one() {
    for (age, good) in [(3599, true), (3600, false)] {
        let test = TestApp::empty(TestSettings::default()).await;
        let old = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
        let token = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
        assert!(setup::complete(&test.app, &somebody(), &old, owner("old")).await.is_err());
        test.clock.advance_secs(age);
        assert_eq!(setup::complete(&test.app, &somebody(), &token, owner("acme")).await.is_ok(), good);
    }
}

/// attacks.md row 34: an account made at the command line closes the first start.
#[tokio::test]
async fn a_tenant_made_meanwhile_kills_the_printed_link() {
    let test = TestApp::empty(TestSettings::default()).await;
    let token = token_of(&setup::offer(&test.app).await.unwrap().unwrap());
    admin::create_tenant(&test.app, "first", "First").await.unwrap();
    test.anonymous().get(&format!("/setup/{token}")).await.expect(410);
    assert!(setup::complete(&test.app, &somebody(), &token, owner("acme")).await.is_err());
    test.anonymous().login("acme", "acme-root", NEW, None).await.refused(401, "invalid_credentials");
}
