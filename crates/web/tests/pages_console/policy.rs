//! The pages of the policy: who has a second factor, and what is asked of everybody.

use serde_json::json;
use twinlock_core::user::Role;
use twinlock_service::admin::{self, CreateUser};
use twinlock_testkit::{Authenticator, Browser, TestApp, TestSettings, app::PASSWORD};

use super::{add, address_with, both_locks, page_of, signed_in, with_phone};

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

/// The preview of a form that is sent.
async fn preview_of(browser: &mut Browser<'_>, form: &[(&str, &str)]) -> String {
    let page = browser.submit(PREVIEW, form).await.expect(303).location().to_owned();
    browser.get(&page).await.expect(200).text()
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
    let preview = preview_of(&mut olga, &form(&version, "7")).await;
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
    let stale = olga.submit(PREVIEW, &form(&version, "9")).await.shown_again().text();
    assert!(stale.contains("Somebody else changed the settings") && stale.contains("value=\"7\""), "{stale}");
}

/// What does not touch whom is asked for a factor is saved by one press; what does shows whom it touches first.
#[tokio::test]
async fn save_saves_at_once_what_blocks_nobody() {
    let test = TestApp::start().await;
    let mut olga = owner(&test).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let mut harmless = form(&version, "0");
    harmless.retain(|(name, _)| !["mfa_required", "session_lifetime_minutes"].contains(name));
    harmless.extend([("session_lifetime_minutes", "8"), ("session_lifetime_unit", "hours")]);
    harmless.extend([("attestation", "yes"), ("sso_policy", "trust_idp"), ("then", "save")]);
    harmless.push(("allowed_makes", "2fc0579f-8113-47ea-b116-bb5a8db9202a the blue ones\r\n"));
    let saved = olga.submit(PREVIEW, &harmless).await.expect(303);
    assert_eq!(saved.location(), "/console/settings?done=saved");
    let html = olga.get(SETTINGS).await.expect(200).text();
    for told in [
        "value=\"8\"",
        "<option value=\"hours\" selected>",
        "name=\"attestation\" value=\"yes\" checked",
        "value=\"trust_idp\" checked",
        "2fc0579f-8113-47ea-b116-bb5a8db9202a YubiKey",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    let version = version_in(&html);
    let mut strict = form(&version, "7");
    strict.push(("then", "save"));
    let preview = preview_of(&mut olga, &strict).await;
    assert!(preview.contains("Nothing is changed yet.") && preview.contains(">Save</button>"), "{preview}");
    assert!(preview.contains("8 hours → <b>1 day</b>"), "lengths are told as people do: {preview}");
}

/// The preview names whom it touches and until when, page by page and as a file.
#[tokio::test]
async fn the_preview_names_people() {
    let test = TestApp::start().await;
    for number in 0..55 {
        add(&test, &format!("n-{number:02}"), Role::Member, None).await;
    }
    test.sign_in("bob").await;
    let mut olga = owner(&test).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let preview = preview_of(&mut olga, &form(&version, "7")).await;
    assert!(preview.contains("The deadline is 9 Mar 2026."), "{preview}");
    assert!(preview.contains("bob@demo.example") && preview.contains("<details"), "{preview}");
    let all = address_with(&preview, "/console/settings/preview/in_grace").expect("the whole list");
    let first = olga.get(&all).await.expect(200).text();
    let more = address_with(&first, "/console/settings/preview/in_grace?typed=").expect("its next part");
    let second = olga.get(&more).await.expect(200).text();
    let count = |html: &str| html.matches("href=\"/console/users/").count();
    assert_eq!((count(&first), count(&second)), (50, 8));
    let file = address_with(&preview, "/console/settings/preview.csv").expect("a file");
    let file = olga.get(&file).await.expect(200).text();
    assert!(file.starts_with("\u{FEFF}\"effect\",\"username\""), "{file}");
    assert_eq!(file.matches("\"in_grace\"").count(), 58);
    assert!(file.contains("\"sessions_ended\",\"bob\"") && file.contains("2026-03-09T"), "{file}");
    // The way back has what was typed.
    let back = address_with(&first, "/console/settings?typed=").expect("a way back");
    assert!(olga.get(&back).await.expect(200).text().contains("Nothing is saved yet."));
    // What is not signed for this person shows nobody.
    let mut adam = signed_in(&test, "demo", "adam").await;
    assert_eq!(adam.get(&all).await.expect(303).location(), SETTINGS);
    assert_eq!(adam.get("/console/settings/preview.csv?typed=x").await.expect(303).location(), SETTINGS);
    let mut mia = signed_in(&test, "demo", "mia").await;
    mia.get(&all).await.expect(403);
}

#[tokio::test]
async fn no_words_of_machines_stand_in_the_settings() {
    let test = TestApp::start().await;
    let mut olga = owner(&test).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let mut all = form(&version, "7");
    all.retain(|(name, _)| *name != "totp");
    all.extend([("two_codes", "yes"), ("enrollment_by_mail", "yes"), ("long_codes", "yes")]);
    all.extend([("user_verification", "yes"), ("attestation", "yes"), ("sso_policy", "trust_idp")]);
    let preview = preview_of(&mut olga, &all).await;
    let changes = preview.split("id=\"changes\"").nth(1).unwrap().split("</section>").next().unwrap();
    for words in [
        "authenticator app, security key or passkey → <b>security key or passkey</b>",
        "8 digits → <b>16 letters and digits</b>",
        "0 days → <b>7 days</b>",
        "the password → <b>the password, and a code by mail</b>",
        "where they can → <b>always</b>",
    ] {
        assert!(changes.contains(words), "{words}: {changes}");
    }
    for machine in ["totp", "webauthn", "8digits", "trust_idp", "minutes", "_"] {
        assert!(!changes.contains(machine), "{machine}: {changes}");
    }
    let mut none = form(&version, "7");
    none.retain(|(name, _)| !["totp", "webauthn"].contains(name));
    none.push(("allowed_makes", "YubiKey"));
    let wrong = olga.submit(PREVIEW, &none).await.shown_again().text();
    assert!(wrong.contains("allowed_makes-error") && !wrong.contains("must name"), "{wrong}");
    none.retain(|(name, _)| *name != "allowed_makes");
    let wrong = olga.submit(PREVIEW, &none).await.shown_again().text();
    assert!(wrong.contains("Choose at least one.") && !wrong.contains("must name"), "{wrong}");
}

#[tokio::test]
async fn mistakes_stand_at_their_fields_and_what_was_typed_stays() {
    let test = TestApp::start().await;
    let mut olga = owner(&test).await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    for days in ["400", "x", "-1", ""] {
        let html = olga.submit(PREVIEW, &form(&version, days)).await.shown_again().text();
        assert!(html.contains("mfa_grace_period_days-error") && html.contains(&format!("value=\"{days}\"")));
    }
    let mut none = form(&version, "7");
    none.retain(|(name, _)| !["totp", "webauthn"].contains(name));
    let html = olga.submit(PREVIEW, &none).await.shown_again().text();
    assert!(html.contains("Choose at least one"), "{html}");
}

/// attacks.md row 74: an administrator without a factor cannot lock everybody else, or themselves, out.
#[tokio::test]
async fn who_has_no_factor_is_sent_to_set_one_up_first() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let version = version_in(&olga.get(SETTINGS).await.expect(200).text());
    let preview = preview_of(&mut olga, &form(&version, "7")).await;
    assert!(preview.contains("You first.") && !preview.contains(">Save<"), "{preview}");
    let refused = olga.submit(SETTINGS, &form(&version, "7")).await.shown_again().text();
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
    preview_of(&mut olga, &form(&version, "9")).await;
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
