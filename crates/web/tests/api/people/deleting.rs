//! Deleting people.

use serde_json::json;
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{GIVEN, USERS, change, first_sign_in, id_of, is_live, owner, page_of, person};
use crate::support::{audit, enrolled, mail_about};

/// attacks.md row 69: whoever has a name next has nothing of whom it was before.
#[tokio::test]
async fn nothing_is_left_for_whoever_has_the_name_next() {
    let test = TestApp::start().await;
    let (session, phone) = enrolled(&test, "mia").await;
    let reset = test.reset_token("demo", "mia@demo.example").await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    for n in 0..12 {
        test.anonymous().login("demo", "mia", &format!("wrong {n}"), None).await;
    }
    let (olga, _) = owner(&test).await;
    let path = page_of(&olga, "mia").await;
    olga.delete(&path).await.expect(204);
    for path in [path.clone(), format!("{path}/mfa"), format!("{path}/sessions")] {
        olga.get(&path).await.refused(404, "not_found");
    }
    olga.delete(&path).await.refused(404, "not_found");
    assert!(!is_live(&session).await);
    mail_about(&test, "mia@demo.example", "Your account was deleted").await;

    let again = json!({ "username": "mia", "email": "mia@demo.example", "password": GIVEN });
    let made = olga.post(USERS, again).await.expect(201);
    assert!(!path.ends_with(&made.string("id")));
    assert!(!is_live(&session).await);
    // No second factor is asked for, no wait goes on, and old codes and links are worth nothing.
    let fresh = first_sign_in(&test, "mia", GIVEN).await;
    let overview = fresh.get("/api/v1/mfa").await.expect(200).json();
    assert_eq!((&overview["methods"], &overview["recovery_codes_remaining"]), (&json!([]), &json!(0)));
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    let new = json!({ "token": reset, "new_password": "seven blue doors in autumn" });
    test.anonymous()
        .post("/api/v1/auth/password-reset/confirm", new)
        .await
        .refused(401, "invalid_credentials");
    let about: Vec<_> = audit(&test, &olga).await;
    let (_, detail) = about.iter().find(|(kind, _)| kind == "user.deleted").unwrap();
    assert_eq!(*detail, json!({ "username": "mia", "role": "member", "status": "active" }));
}

#[tokio::test]
async fn a_person_without_factors_is_deleted_by_an_administrator_without_one() {
    let test = TestApp::start().await;
    let (_, _) = enrolled(&test, "mia").await;
    let adam = test.sign_in("adam").await;
    adam.delete(&page_of(&adam, "bob").await).await.expect(204);
    let asked = adam.delete(&page_of(&adam, "mia").await).await.refused(403, "step_up_required");
    assert_eq!(asked.json()["methods"], json!([]));
    for name in ["olga", "adam"] {
        adam.delete(&page_of(&adam, name).await).await.refused(403, "forbidden");
    }
    assert_eq!(person(&adam, "mia").await["mfa_enabled"], true);
}

#[tokio::test]
async fn an_owner_deletes_an_owner_while_one_is_left() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    change(&olga, "adam", json!({ "role": "owner" })).await.expect(200);
    let adam = test.sign_in("adam").await;
    let id = id_of(&olga, "adam").await;
    olga.delete(&format!("{USERS}/{id}")).await.expect(204);
    adam.get(USERS).await.refused(401, "unauthenticated");
    olga.delete(&page_of(&olga, "olga").await).await.refused(403, "forbidden");
}
