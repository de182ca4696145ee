//! The pages of the policy: who has a second factor, and what is asked of everybody.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, Browser, TestApp, TestSettings, app::PASSWORD};

use super::{both_locks, page_of, signed_in, with_phone};

const SETTINGS: &str = "/console/settings";
const PREVIEW: &str = "/console/settings/preview";

/// An owner with both locks, signed in with them a moment ago.
async fn owner(test: &TestApp) -> Browser<'_> {
    let (_, phone) = test.enrolled("olga").await;
    both_locks(test, "olga", &phone).await
}

fn form<'a>(version: &'a str, days: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("mfa_required", "yes"),
        ("mfa_grace_period_days", days),
        ("totp", "yes"),
        ("webauthn", "yes"),
        ("session_lifetime_minutes", "1440"),
        ("password_min_length", "12"),
        ("version", version),
    ]
}

fn version_in(html: &str) -> String {
    let value = html.split("name=\"version\" value=\"").nth(1).expect("a version");
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_owner_sees_what_requiring_a_factor_does_before_it_is_saved() {
    let test = TestApp::start().await;
    let bob = test.sign_in("bob").await;
    let mut olga = owner(&test).await;
    let html = olga.get(SETTINGS).await.expect(200).text();
    assert!(html.contains("Require MFA for all users") && html.contains("Grace period"));
    let version = version_in(&html);
    let preview = olga.submit(PREVIEW, &form(&version, "7")).await.expect(200).text();
    assert!(
        preview.contains("Have time") && preview.contains("<dt>Require MFA for all users</dt>"),
        "{preview}"
    );
    assert!(preview.contains("no → <b>yes</b>"), "{preview}");
    bob.get("/api/v1/auth/session").await.expect(200);
    let saved = olga.submit(SETTINGS, &form(&version, "7")).await.expect(303);
    assert_eq!(saved.location(), "/console/settings?done=saved");
    bob.get("/api/v1/auth/session").await.refused(401, "unauthenticated");
    let html = olga.get(SETTINGS).await.expect(200).text();
    assert!(html.contains("name=\"mfa_required\" value=\"yes\" checked"), "{html}");
    // A stale version is told, and the settings are shown as they are.
    let stale = olga.submit(PREVIEW, &form(&version, "9")).await.expect(409).text();
    assert!(stale.contains("Somebody else changed the settings") && stale.contains("value=\"7\""), "{stale}");
}

#[tokio::test]
async fn mistakes_stand_at_their_fields_and_what_was_typed_stays() {
    let test = TestApp::start().await;
    let mut olga = owner(&test).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    for days in ["400", "x", "-1", ""] {
        let html = olga.submit(PREVIEW, &form(&version, days)).await.expect(422).text();
        assert!(html.contains("mfa_grace_period_days-error") && html.contains(&format!("value=\"{days}\"")));
    }
    let mut none = form(&version, "7");
    none.retain(|(name, _)| !["totp", "webauthn"].contains(name));
    let html = olga.submit(PREVIEW, &none).await.expect(422).text();
    assert!(html.contains("Choose at least one"), "{html}");
}

/// attacks.md row 74: an administrator without a factor cannot lock everybody else, or themselves, out.
#[tokio::test]
async fn who_has_no_factor_is_sent_to_set_one_up_first() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let preview = olga.submit(PREVIEW, &form(&version, "7")).await.expect(200).text();
    assert!(preview.contains("You first.") && !preview.contains(">Save<"), "{preview}");
    let refused = olga.submit(SETTINGS, &form(&version, "7")).await.expect(409).text();
    assert!(refused.contains("You first."), "{refused}");
}

#[tokio::test]
async fn the_status_lists_who_lacks_a_factor_and_reminds_them() {
    let test = TestApp::start().await;
    let mut olga = owner(&test).await;
    let html = olga.get("/console/mfa").await.expect(200).text();
    assert!(html.contains("bob@demo.example") && !html.contains("olga@demo.example"), "{html}");
    assert!(html.contains(&page_of(&mut olga, "bob").await), "each leads to their page");
    olga.get("/console/mfa").await.expect(200);
    let sent = olga.submit("/console/mfa/remind", &[]).await.expect(303).location().to_owned();
    let html = olga.get(&sent).await.expect(200).text();
    assert!(html.contains("reminders are on their way"), "{html}");
    let again = olga.submit("/console/mfa/remind", &[]).await.expect(303).location().to_owned();
    assert!(olga.get(&again).await.expect(200).text().contains("No reminder was sent."));
    assert!(!test.mails_to("bob@demo.example").await.is_empty());
}

/// attacks.md row 68: the helpdesk sees who lacks a factor, and changes nothing.
#[tokio::test]
async fn the_helpdesk_sees_the_status_and_no_settings() {
    let test = TestApp::start().await;
    let wanted = CreateUser {
        username: "hana".into(),
        email: None,
        display_name: None,
        role: Role::Helpdesk,
        password: Some(PASSWORD.to_owned().into()),
    };
    admin::create_user(&test.app, "demo", wanted).await.unwrap();
    let mut hana = signed_in(&test, "demo", "hana").await;
    let html = hana.get("/console/mfa").await.expect(200).text();
    assert!(html.contains("bob@demo.example") && !html.contains("Remind all"), "{html}");
    hana.get("/account").await.expect(200);
    hana.submit("/console/mfa/remind", &[]).await.expect(403);
    hana.get(SETTINGS).await.expect(403);
    let mut bob = signed_in(&test, "demo", "bob").await;
    bob.get("/console/mfa").await.expect(403);
}

/// attacks.md row 31: who proves a recovery code, which opens no administration, is told so and not asked for ever.
#[tokio::test]
async fn a_factor_enrolled_on_a_recovery_code_does_not_lead_in_circles() {
    let test = TestApp::start().await;
    let (mut caller, phone) = test.enrolled("olga").await;
    caller.step_up(&phone.recovery_codes[0]).await;
    let setup = caller.post("/api/v1/mfa/setup", json!({ "name": "New" })).await.expect(200).json();
    // No codes come with a further factor.
    let fresh = Authenticator::of(&test, &setup);
    caller.post("/api/v1/mfa/verify", json!({ "code": fresh.code() })).await.expect(200);
    let mut olga = both_locks(&test, "olga", &fresh).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let html = olga.submit(SETTINGS, &form(&version, "7")).await.expect(403).text();
    assert!(html.contains("Not for a day yet"), "{html}");
}

/// The settings are seen without a fresh proof; saving asks for one, and nothing that was typed is lost.
#[tokio::test]
async fn saving_asks_for_a_fresh_proof_and_keeps_what_was_typed() {
    let test = TestApp::start().await;
    let (mut olga, phone) = with_phone(&test, "olga").await;
    test.clock.advance_secs(601);
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    olga.submit(PREVIEW, &form(&version, "9")).await.expect(200);
    let asked = olga.submit(SETTINGS, &form(&version, "9")).await.expect(303).location().to_owned();
    assert!(asked.starts_with("/account/confirm?next=%2Fconsole%2Fsettings%3Ftyped%3D"), "{asked}");
    olga.get(&asked).await.expect(200);
    let next: String = url::form_urlencoded::parse(asked.split_once('?').unwrap().1.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    let given = [("next", next.as_str()), ("code", &phone.next_code())];
    let back = olga.submit("/account/confirm", &given).await.expect(303).location().to_owned();
    let html = olga.get(&back).await.expect(200).text();
    assert!(html.contains("Nothing is saved yet.") && html.contains("value=\"9\""), "{html}");
    assert!(html.contains("name=\"mfa_required\" value=\"yes\" checked"), "{html}");
    olga.submit(SETTINGS, &form(&version_in(&html), "9")).await.expect(303);
    // What is not signed for this person is not shown.
    let mut adam = signed_in(&test, "demo", "adam").await;
    for forged in [back.as_str(), "/console/settings?typed=bWZhX3JlcXVpcmVkPXllcw"] {
        let html = adam.open(forged).await.text();
        assert!(!html.contains("Nothing is saved yet."), "{html}");
    }
}

/// With second factors switched off on the server there is no status of them.
#[tokio::test]
async fn without_second_factors_there_is_no_way_to_their_status() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let home = olga.get("/account").await.expect(200).text();
    assert!(home.contains("/console/settings") && !home.contains("/console/mfa"), "{home}");
    olga.get("/console/mfa").await.expect(404);
}
