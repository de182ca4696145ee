//! Whoever only has the password does not enrol first: the code that opens an enrollment.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, Caller, TestApp, app::PASSWORD};

use crate::support::{audit, enrolled, mail_about, together};

mod code;
mod handed;

const SETUP: &str = "/api/v1/mfa/setup";
const VERIFY: &str = "/api/v1/mfa/verify";
const SEND: &str = "/api/v1/mfa/enrollment-proof";
const GIVE: &str = "/api/v1/mfa/enrollment-proof/verify";
const DISABLE: &str = "/api/v1/mfa/disable";
const MIA: &str = "mia@demo.example";

/// What the caller is told beforehand; null where nothing is asked.
async fn asked(caller: &Caller<'_>) -> Value {
    caller.get("/api/v1/mfa").await.expect(200).json()["enrollment_proof"].clone()
}

/// Nothing of an enrollment is possible without the code.
async fn is_closed(caller: &Caller<'_>) {
    assert_eq!(asked(caller).await, "email");
    caller.post(SETUP, json!({})).await.refused(403, "enrollment_proof_required");
    caller.post(VERIFY, json!({ "code": "123456" })).await.refused(403, "enrollment_proof_required");
}

/// Somebody of the demo tenant who has no address.
async fn without_address<'a>(test: &'a TestApp, username: &str) -> Caller<'a> {
    let user = CreateUser {
        username: username.into(),
        email: None,
        display_name: None,
        role: Role::Member,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", user).await.unwrap();
    test.sign_in(username).await
}

/// The tenant asks for the code whenever somebody enrols first.
async fn tenant_asks(test: &TestApp) {
    let olga = test.sign_in("olga").await;
    let answer = olga.patch("/api/v1/tenants/demo/settings", json!({ "enrollment_proof": "email" })).await;
    assert_eq!(answer.expect(200).json()["enrollment_proof"], "email");
}

#[tokio::test]
async fn who_never_had_a_factor_needs_no_code_by_default() {
    let test = TestApp::start().await;
    let mut mia = test.sign_in("mia").await;
    assert_eq!(asked(&mia).await, "password");
    mia.enrol().await;
    assert_eq!(asked(&mia).await, Value::Null);
}

/// Who lost a phone comes back with a recovery code, switches off, and enrols the new one at once.
#[tokio::test]
async fn whoever_switched_off_on_a_proof_of_their_own_needs_no_code() {
    for remove in [false, true] {
        let test = TestApp::start().await;
        let (mut mia, _) = enrolled(&test, "mia").await;
        let off = if remove {
            let id = mia.get("/api/v1/mfa").await.json()["methods"][0]["id"].as_str().unwrap().to_owned();
            mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200)
        } else {
            mia.post(DISABLE, json!({})).await.expect(200)
        };
        mia.token = Some(off.string("token"));
        assert_eq!(asked(&mia).await, "password");
        mia.enrol().await;
    }
}

#[tokio::test]
async fn removing_one_of_two_asks_for_nothing() {
    let test = TestApp::start().await;
    let (mut mia, _) = enrolled(&test, "mia").await;
    test.clock.advance_secs(1);
    mia.enrol().await;
    let id = mia.get("/api/v1/mfa").await.json()["methods"][0]["id"].as_str().unwrap().to_owned();
    let removed = mia.delete(&format!("/api/v1/mfa/methods/{id}")).await.expect(200);
    mia.token = Some(removed.string("token"));
    assert_eq!(asked(&mia).await, Value::Null);
    mia.post(SETUP, json!({})).await.expect(200);
}

/// attacks.md row 23: after a reset the password does not enrol, in no session; the code opens it for the
/// session that gave it, and not for a thief who waits beside it.
#[tokio::test]
async fn after_a_reset_a_thief_with_the_password_does_not_enrol_first() {
    let test = TestApp::start().await;
    let (before, _) = enrolled(&test, "mia").await;
    let reset = admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    assert!(reset.enrollment_code.is_none() && !reset.user.mfa_enabled);
    before.get("/api/v1/mfa").await.refused(401, "unauthenticated");

    let (thief, mut mia) = (test.sign_in("mia").await, test.sign_in("mia").await);
    is_closed(&thief).await;
    is_closed(&mia).await;
    mia.open_enrollment(MIA).await;
    assert_eq!(asked(&mia).await, "password");
    is_closed(&thief).await;
    is_closed(&test.sign_in("mia").await).await;
    mia.enrol().await;
    thief.get("/api/v1/mfa").await.refused(401, "unauthenticated");
    let told = mail_about(&test, MIA, "Multi-factor authentication is on").await;
    assert!(told.text.contains("This was not you?"), "{}", told.text);
    let kinds: Vec<_> = audit(&test, &mia).await.into_iter().map(|(kind, _)| kind).collect();
    for kind in ["user.mfa_reset", "mfa.enrollment_code_sent", "mfa.enrollment_proof_given", "mfa.enabled"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}: {kinds:?}");
    }
}

/// attacks.md row 23: an organisation may ask for the code whenever somebody enrols first.
#[tokio::test]
async fn where_the_tenant_asks_everybody_needs_a_code_for_the_first_factor() {
    let test = TestApp::start().await;
    let mut elsewhere = test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let mia = test.sign_in("mia").await;
    let begun = mia.post(SETUP, json!({})).await.expect(200).json();
    tenant_asks(&test).await;
    // A set-up that was begun before is not confirmed without the code either.
    let code = Authenticator::of(&test, &begun).code();
    mia.post(VERIFY, json!({ "code": code })).await.refused(403, "enrollment_proof_required");
    is_closed(&mia).await;
    mia.open_enrollment(MIA).await;
    mia.post(VERIFY, json!({ "code": code })).await.expect(200);

    let mut bob = test.sign_in("bob").await;
    bob.open_enrollment("bob@demo.example").await;
    bob.enrol().await;
    // The second factor is opened by the first.
    test.clock.advance_secs(1);
    bob.enrol().await;
    bob.post(SEND, json!({})).await.refused(409, "conflict");
    bob.post(GIVE, json!({ "code": "12345678" })).await.refused(409, "conflict");
    assert_eq!(asked(&elsewhere).await, "password");
    elsewhere.enrol().await;
}

#[tokio::test]
async fn an_enrollment_uses_up_what_the_code_opened() {
    let test = TestApp::start().await;
    tenant_asks(&test).await;
    let mut mia = test.sign_in("mia").await;
    mia.open_enrollment(MIA).await;
    mia.enrol().await;
    mia.token = Some(mia.post(DISABLE, json!({})).await.expect(200).string("token"));
    is_closed(&mia).await;
}

/// The code takes nothing else's place.
#[tokio::test]
async fn the_password_must_be_fresh_all_the_same() {
    let test = TestApp::start().await;
    tenant_asks(&test).await;
    let mut mia = test.sign_in("mia").await;
    test.clock.advance_secs(601);
    // Which of the two is missing first is told first, and it is the code.
    is_closed(&mia).await;
    mia.open_enrollment(MIA).await;
    mia.post(SETUP, json!({})).await.refused(403, "step_up_required");
    let fresh = mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
    mia.token = Some(fresh.string("token"));
    mia.enrol().await;
}

/// attacks.md row 23: what the code opened closes by itself.
#[tokio::test]
async fn an_opened_enrollment_closes_after_half_an_hour() {
    for (wait, status) in [(1799, 200), (1800, 403)] {
        let test = TestApp::start().await;
        tenant_asks(&test).await;
        let mut mia = test.sign_in("mia").await;
        mia.open_enrollment(MIA).await;
        test.clock.advance_secs(wait);
        let fresh = mia.post("/api/v1/auth/step-up", json!({ "password": PASSWORD })).await.expect(200);
        mia.token = Some(fresh.string("token"));
        mia.post(SETUP, json!({})).await.expect(status);
    }
}

/// attacks.md row 45: codes and opened enrollments end with a change of password, address or factors.
#[tokio::test]
async fn a_change_of_password_or_address_closes_it() {
    let test = TestApp::start().await;
    tenant_asks(&test).await;
    let mut mia = test.sign_in("mia").await;
    let password = json!({ "current_password": PASSWORD, "new_password": "another long password" });
    let change = async |caller: &mut Caller<'_>| {
        let answer = caller.post("/api/v1/account/password", password.clone()).await.expect(200);
        caller.token = Some(answer.string("token"));
    };
    mia.post(SEND, json!({})).await.expect(202);
    let code = test.enrollment_code(MIA).await;
    change(&mut mia).await;
    mia.post(GIVE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");

    let bob = test.sign_in("bob").await;
    bob.post(SEND, json!({})).await.expect(202);
    let code = test.enrollment_code("bob@demo.example").await;
    let address = json!({ "email": "robert@demo.example", "current_password": PASSWORD });
    let confirm = async |body: Value| {
        bob.patch("/api/v1/account", body).await.expect(200);
        let link = mail_about(&test, "robert@demo.example", "Confirm your address").await.token();
        test.anonymous().post("/api/v1/account/email/confirm", json!({ "token": link })).await.expect(200);
    };
    confirm(address).await;
    bob.post(GIVE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    // For three days a code still goes to the earlier address.
    test.clock.advance_secs(60);
    bob.open_enrollment("bob@demo.example").await;
    assert_eq!(asked(&bob).await, "password");
}

#[tokio::test]
async fn a_reset_closes_what_a_code_had_opened() {
    let test = TestApp::start().await;
    tenant_asks(&test).await;
    let mia = test.sign_in("mia").await;
    mia.post(SEND, json!({})).await.expect(202);
    let code = test.enrollment_code(MIA).await;
    admin::reset_mfa(&test.app, "demo", "mia").await.unwrap();
    let mia = test.sign_in("mia").await;
    mia.post(GIVE, json!({ "code": code })).await.refused(401, "invalid_mfa_code");
    is_closed(&mia).await;
}

#[tokio::test]
async fn the_setting_has_two_values() {
    let test = TestApp::start().await;
    let olga = test.sign_in("olga").await;
    let path = "/api/v1/tenants/demo/settings";
    assert_eq!(olga.get(path).await.expect(200).json()["enrollment_proof"], "password");
    for bad in [json!("none"), json!("Email"), json!(true), json!("")] {
        olga.patch(path, json!({ "enrollment_proof": bad })).await.refused(422, "validation_failed");
    }
    for good in ["email", "password"] {
        let after = olga.patch(path, json!({ "enrollment_proof": good })).await.expect(200).json();
        assert_eq!(after["enrollment_proof"], good);
    }
}
