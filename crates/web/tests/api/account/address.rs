//! A new address.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::{
    admin::{self, CreateUser},
    maintenance,
};
use twinlock_testkit::{Answer, TestApp, app::PASSWORD};

use super::{ACCOUNT, NEW, change, new_address};
use crate::support::{mail_about, subjects, together};

#[tokio::test]
async fn a_new_address_asks_for_the_password_where_there_is_no_factor() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let missing =
        mia.patch(ACCOUNT, json!({ "email": "mia@new.example" })).await.refused(422, "validation_failed");
    assert_eq!(missing.json()["errors"][0]["field"], "current_password");
    let wrong = json!({ "email": "mia@new.example", "current_password": "wrong horse battery" });
    mia.patch(ACCOUNT, wrong).await.refused(401, "invalid_credentials");
    assert_eq!(mia.get(ACCOUNT).await.json()["pending_email"], Value::Null);
    for bad in [
        "",
        "mia",
        "mia@",
        "@new.example",
        "mia@new.example, eve@evil.example",
        "mia@new.example\r\nBcc: eve@evil.example",
        "mia@new.example\n",
        "Mia <mia@new.example>",
        "mia@new@evil.example",
        "m\u{200b}ia@new.example",
        "\"mia\"@new.example",
        "mia@[127.0.0.1]",
        "mia@127.0.0.1",
    ] {
        let answer = mia.patch(ACCOUNT, new_address(bad)).await.refused(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], "email", "{bad:?}");
    }
    assert!(test.mails().await.is_empty());
    let asked = mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200).json();
    assert_eq!(asked["email"], "mia@demo.example");
    assert_eq!(asked["pending_email"], "mia@new.example");
}

/// The one on file, in whatever case, is no change.
#[tokio::test]
async fn the_address_on_file_needs_no_confirmation() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let same = mia.patch(ACCOUNT, json!({ "email": "MIA@Demo.Example" })).await.expect(200).json();
    assert_eq!((&same["email"], &same["pending_email"]), (&json!("mia@demo.example"), &Value::Null));
    assert!(test.mails().await.is_empty());
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_is_used_and_both_are_told() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200);
    let told = mail_about(&test, "mia@demo.example", "A new address was asked for").await;
    assert!(told.text.contains("m…@new.example") && !told.text.contains("mia@new.example"), "{}", told.text);
    let link = mail_about(&test, "mia@new.example", "Confirm your address").await;
    // Until then nothing has changed.
    test.anonymous().sign_in("demo", "mia@demo.example", PASSWORD).await;
    test.anonymous()
        .login("demo", "mia@new.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");

    test.clock.advance_secs(60);
    let confirm = json!({ "token": link.token() });
    let user =
        test.anonymous().post("/api/v1/account/email/confirm", confirm.clone()).await.expect(200).json();
    assert_eq!((&user["email"], &user["username"]), (&json!("mia@new.example"), &json!("mia")));
    assert!(user["token"].is_null());
    test.anonymous().post("/api/v1/account/email/confirm", confirm).await.refused(401, "invalid_credentials");
    test.anonymous().sign_in("demo", "mia@new.example", PASSWORD).await;
    test.anonymous()
        .login("demo", "mia@demo.example", PASSWORD, None)
        .await
        .refused(401, "invalid_credentials");
    for address in ["mia@demo.example", "mia@new.example"] {
        mail_about(&test, address, "Your address was changed").await;
    }
    let account = mia.get(ACCOUNT).await.expect(200).json();
    assert_eq!((&account["email"], &account["pending_email"]), (&json!("mia@new.example"), &Value::Null));
}

/// For three days a reset goes to the address before, and notices go to both.
#[tokio::test]
async fn the_earlier_address_keeps_the_reset_for_72_hours() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200);
    let token = mail_about(&test, "mia@new.example", "Confirm your address").await.token();
    test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
    let resets = async |address: &str| {
        let subjects = subjects(&test, address).await;
        subjects.iter().filter(|subject| *subject == "Set a new password").count()
    };
    let ask = async || {
        let body = json!({ "tenant_id": "demo", "email": "mia@new.example" });
        test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
    };
    test.clock.advance_secs(72 * 3600 - 1);
    ask().await;
    assert_eq!((resets("mia@demo.example").await, resets("mia@new.example").await), (1, 0));
    change(&test.sign_in("mia").await, PASSWORD, NEW).await.expect(200);
    for address in ["mia@demo.example", "mia@new.example"] {
        mail_about(&test, address, "Your password was changed").await;
    }
    test.clock.advance_secs(60);
    ask().await;
    assert_eq!((resets("mia@demo.example").await, resets("mia@new.example").await), (1, 1));
}

/// attacks.md row 33: who took over an account cannot take the way back from its owner, who may know the
/// earlier address only. It opens a reset, signs nobody in, and is nobody else's name meanwhile.
#[tokio::test]
async fn the_earlier_address_finds_its_account_for_a_reset_and_for_nothing_else() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    mia.patch(ACCOUNT, new_address("mia@new.example")).await.expect(200);
    let token = mail_about(&test, "mia@new.example", "Confirm your address").await.token();
    test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
    let reset_mails = async || {
        let body = json!({ "tenant_id": "demo", "email": "Mia@demo.example" });
        test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
        let subjects = subjects(&test, "mia@demo.example").await;
        subjects.iter().filter(|subject| *subject == "Set a new password").count()
    };
    let links_to_confirm = async || {
        let bob = test.sign_in("bob").await;
        bob.patch(ACCOUNT, new_address("mia@demo.example")).await.expect(200);
        let subjects = subjects(&test, "mia@demo.example").await;
        subjects.iter().filter(|subject| *subject == "Confirm your address").count()
    };
    let created = async || {
        let wanted = CreateUser {
            username: "mia2".into(),
            email: Some("MIA@demo.example".into()),
            display_name: None,
            role: Role::Member,
            password: Some(PASSWORD.to_owned().into()),
        };
        admin::create_user(&test.app, "demo", wanted).await.is_ok()
    };
    test.clock.advance_secs(72 * 3600 - 1);
    maintenance::tick(&test.app).await;
    assert_eq!(reset_mails().await, 1);
    let login = test.anonymous().login("demo", "mia@demo.example", PASSWORD, None).await;
    login.refused(401, "invalid_credentials");
    assert_eq!((links_to_confirm().await, created().await), (0, false));

    test.clock.advance_secs(61);
    assert_eq!(reset_mails().await, 1);
    maintenance::tick(&test.app).await;
    assert_eq!((links_to_confirm().await, created().await), (1, true));
}

/// Two changes in a row do not push the original address out.
#[tokio::test]
async fn a_second_change_leaves_the_first_address_in_charge() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    for address in ["mia@one.example", "mia@two.example"] {
        mia.patch(ACCOUNT, new_address(address)).await.expect(200);
        let token = mail_about(&test, address, "Confirm your address").await.token();
        test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await.expect(200);
        test.clock.advance_secs(3000);
    }
    let body = json!({ "tenant_id": "demo", "email": "mia@two.example" });
    test.anonymous().post("/api/v1/auth/password-reset", body).await.expect(202);
    mail_about(&test, "mia@demo.example", "Set a new password").await;
    assert!(!subjects(&test, "mia@two.example").await.contains(&"Set a new password".to_owned()));
}

/// attacks.md row 42: whether somebody has an address cannot be learned by asking for it.
#[tokio::test]
async fn a_taken_address_looks_like_a_free_one() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let free = mia.patch(ACCOUNT, new_address("nobody@demo.example")).await.expect(200);
    let taken = mia.patch(ACCOUNT, new_address("bob@demo.example")).await.expect(200);
    let name = mia.patch(ACCOUNT, new_address("bob")).await;
    name.refused(422, "validation_failed");
    let masked = |answer: &Answer| answer.text().replace("bob@", "nobody@");
    assert_eq!(masked(&free), masked(&taken));
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&free), names(&taken));
    assert_eq!(mia.get(ACCOUNT).await.json()["pending_email"], "bob@demo.example");
    assert!(test.mails_to("bob@demo.example").await.is_empty());
    assert_eq!(test.mails_to("nobody@demo.example").await.len(), 1);
    // The owner so far is told of both.
    assert_eq!(test.mails_to("mia@demo.example").await.len(), 2);
    // The one asked for first is void, for there is a newer one.
    let token = mail_about(&test, "nobody@demo.example", "Confirm your address").await.token();
    let confirm = test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await;
    confirm.refused(401, "invalid_credentials");
    test.anonymous().sign_in("demo", "bob@demo.example", PASSWORD).await;
}

/// Two people who ask for the same free address: the first to confirm has it.
#[tokio::test]
async fn of_two_who_confirm_the_same_address_one_gets_it() {
    let test = TestApp::start().await;
    let mut tokens = Vec::new();
    for name in ["mia", "bob"] {
        let person = test.sign_in(name).await;
        person.patch(ACCOUNT, new_address("shared@demo.example")).await.expect(200);
        tokens.push(mail_about(&test, "shared@demo.example", "Confirm your address").await.token());
        test.clock.advance_secs(1);
    }
    let confirm = async |token: &str| {
        test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": token })).await
    };
    let answers = together(tokens.iter().map(|token| confirm(token))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}
