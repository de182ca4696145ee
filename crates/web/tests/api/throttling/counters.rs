//! What keeps, shares and clears the counters.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, AdminError, CreateUser};
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{LOGIN, guess, pending, wrong_codes, wrong_password};

/// attacks.md row 2: neither a new sign-in, nor another's success from the same address, nor the right
/// password, a reset mail or a new set-up clears what was counted.
#[tokio::test]
async fn starting_again_does_not_reset_the_counter() {
    let test = TestApp::start().await;
    let (_, bobs) = test.enrolled("bob").await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.code()).await;

    wrong_codes(&test, "mia", &phone, 4).await;
    for _ in 0..20 {
        pending(&test, "mia").await;
    }
    guess(&test, "bob", &bobs.code()).await.expect(200);
    let reset = json!({ "tenant_id": "demo", "email": "mia@demo.example" });
    test.anonymous().post("/api/v1/auth/password-reset", reset).await.expect(202);
    test.mails().await;
    mia.post("/api/v1/mfa/setup", json!({})).await.expect(200);

    guess(&test, "mia", &phone.wrong_code(4)).await.refused(401, "invalid_mfa_code");
    guess(&test, "mia", &phone.code_at(1)).await.refused(429, "too_many_attempts");
}

/// attacks.md row 2: a new password does not clear the counter of codes either.
#[tokio::test]
async fn a_new_password_does_not_reset_the_counter_of_codes() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    let link = test.reset_token("demo", "mia@demo.example").await;
    let confirm = json!({ "token": link, "new_password": "quite another passphrase" });
    test.anonymous().post("/api/v1/auth/password-reset/confirm", confirm).await.expect(204);
    let login = test.anonymous().login("demo", "mia", "quite another passphrase", Some(&phone.code())).await;
    login.refused(429, "too_many_attempts");
}

/// attacks.md row 2: only a success with a factor clears it.
#[tokio::test]
async fn a_success_with_a_factor_clears_the_counter() {
    let test = TestApp::start().await;
    let (mia, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 4).await;
    guess(&test, "mia", &phone.code()).await.expect(200);
    wrong_codes(&test, "mia", &phone, 4).await;
    mia.post("/api/v1/auth/step-up", json!({ "code": phone.next_code() })).await.expect(200);
    wrong_codes(&test, "mia", &phone, 4).await;
    guess(&test, "mia", &phone.recovery_codes[0]).await.expect(200);
    wrong_codes(&test, "mia", &phone, 5).await;
    guess(&test, "mia", &phone.code_at(1)).await.refused(429, "too_many_attempts");
}

/// attacks.md row 3: the lock is in the database before the answer leaves: another server on it, or the
/// same one started again, knows it.
#[tokio::test]
async fn another_server_knows_the_lock() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    let node = test.second_node().await;
    let body = json!({
        "tenant_id": "demo", "username": "mia", "password": PASSWORD, "mfa_code": phone.code(),
    });
    let request = |body: &serde_json::Value| {
        let caller = test.anonymous();
        caller.request(&axum::http::Method::POST, LOGIN, "application/json", body.to_string())
    };
    node.send(request(&body)).await.refused(429, "too_many_attempts");

    for _ in 0..10 {
        wrong_password(&test, "bob").await.refused(401, "invalid_credentials");
    }
    let bob = json!({ "tenant_id": "demo", "username": "bob", "password": PASSWORD });
    node.send(request(&bob)).await.refused(429, "too_many_attempts");
}

/// attacks.md row 3: failures of names that nobody has push no real counter out.
#[tokio::test]
async fn junk_names_evict_no_counter() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    wrong_codes(&test, "mia", &phone, 5).await;
    for _ in 0..10 {
        wrong_password(&test, "bob").await.refused(401, "invalid_credentials");
    }
    for n in 0..90 {
        let far = test.anonymous().at(&format!("198.51.100.{n}"));
        far.login("demo", &format!("nobody{n}"), "x", None).await.refused(401, "invalid_credentials");
    }
    guess(&test, "mia", &phone.code()).await.refused(429, "too_many_attempts");
    test.anonymous().login("demo", "bob", PASSWORD, None).await.refused(429, "too_many_attempts");
}

const SPELLINGS: [&str; 6] = ["mia", "MIA", "Mia ", " mia", "\u{ff4d}\u{ff49}\u{ff41}", "\u{a0}mia\u{2003}"];

const ADDRESSES: [&str; 4] =
    ["mia@demo.example", "MIA@DEMO.EXAMPLE", " Mia@demo.example", "mia@demo.\u{ff45}xample"];

/// attacks.md row 5: all spellings of a name are one account with one budget of codes.
#[tokio::test]
async fn all_spellings_of_a_name_share_one_budget_of_codes() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let all = || SPELLINGS.into_iter().chain(ADDRESSES);
    for spelling in all().skip(3).take(5) {
        guess(&test, spelling, &phone.wrong_code(0)).await.refused(401, "invalid_mfa_code");
    }
    for spelling in all() {
        guess(&test, spelling, &phone.code()).await.refused(429, "too_many_attempts");
    }
}

/// attacks.md row 5: and one budget of passwords, whether or not anybody has the name. A user name and an address are
/// two names, for whoever does not know that they are one person's.
#[tokio::test]
async fn all_spellings_of_a_name_share_one_budget_of_passwords() {
    let test = TestApp::start().await;
    let unknown = ["nobody", "NOBODY", "Nobody ", " nobody", "\u{ff4e}obody", "\u{a0}nobody\u{2003}"];
    for spellings in [&SPELLINGS[..], &ADDRESSES, &unknown] {
        for n in 0..10 {
            wrong_password(&test, spellings[n % spellings.len()]).await.refused(401, "invalid_credentials");
        }
        for spelling in spellings {
            wrong_password(&test, spelling).await.refused(429, "too_many_attempts");
        }
    }
}

/// attacks.md row 5: a name with something invisible in it is nobody's, and other spellings of a tenant are
/// no tenant with counters of its own.
#[tokio::test]
async fn names_with_invisible_characters_are_nobodys() {
    let test = TestApp::start().await;
    for name in ["mi\u{200b}a", "mia\u{202e}", "\u{feff}mia", "mi\u{ad}a", "mia\t"] {
        let answer = test.anonymous().login("demo", name, PASSWORD, None).await;
        answer.refused(401, "invalid_credentials");
    }
    for tenant in ["DEMO", " demo", "demo ", "\u{ff44}emo", "demo/", "../demo"] {
        let answer = test.anonymous().login(tenant, "mia", PASSWORD, None).await;
        assert!(answer.status == 401 || answer.status == 200, "{}", answer.text());
        if answer.status == 200 {
            assert_eq!(answer.json()["user"]["tenant_id"], "demo");
        }
    }
}

/// attacks.md row 5: nobody can be made whose name differs only in its spelling.
#[tokio::test]
async fn a_second_account_of_another_spelling_cannot_be_made() {
    let test = TestApp::start().await;
    let wanted = |username: &str| CreateUser {
        username: username.into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted("ali\u{e7}e")).await.unwrap();
    for spelling in ["MIA", " mia ", "\u{ff4d}\u{ff49}\u{ff41}", "alic\u{327}e", "ALI\u{c7}E"] {
        let made = admin::create_user(&test.app, "demo", wanted(spelling)).await;
        assert!(matches!(made, Err(AdminError::Taken)), "{spelling}: {made:?}");
    }
    for hidden in ["mi\u{200b}a", "mia\u{202e}"] {
        let made = admin::create_user(&test.app, "demo", wanted(hidden)).await;
        assert!(matches!(made, Err(AdminError::Invalid(_))), "{hidden}: {made:?}");
    }
}
