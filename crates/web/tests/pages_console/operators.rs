//! The console of operators: organisations, and the server itself.

use twinlock_service::operators::accounts;
use twinlock_testkit::{Answer, Browser, TestApp};

use super::{address_with, page_of, signed_in};

const ORGANISATIONS: &str = "/console/organisations";
const PASSWORD: &str = "seven blue doors in autumn";

/// An operator who has just set up a phone, at the browser.
async fn operator<'a>(test: &'a TestApp, username: &str) -> Browser<'a> {
    let email = Some(format!("{username}@ops.example"));
    let made = accounts::create_operator(&test.app, username.into(), email, None).await.unwrap();
    let token = made.invitation.expect("a link").rsplit('/').next().unwrap().to_owned();
    let body = serde_json::json!({ "token": token, "password": PASSWORD });
    let answer = test.anonymous().post("/api/v1/auth/invitation/accept", body).await.expect(200);
    let mut caller = test.anonymous().with_token(&answer.string("enrollment_token"));
    let phone = caller.enrol().await;
    let mut browser = test.browser();
    browser.open("/t/system/login").await.expect(200);
    let name = [("tenant_id", "system"), ("username", username), ("next", "")];
    browser.submit("/login", &name).await.expect(303);
    browser.open("/login/password").await.expect(200);
    let fields = [("tenant_id", "system"), ("username", username), ("password", PASSWORD), ("next", "")];
    browser.submit("/login/password", &fields).await.expect(303);
    browser.open("/login/mfa").await.expect(200);
    browser.submit("/login/mfa/app", &[("code", &phone.next_code())]).await.expect(303);
    browser.open("/account").await.expect(200);
    browser
}

async fn make(browser: &mut Browser<'_>, id: &str, name: &str) -> Answer {
    let email = format!("owner@{id}.example");
    let form =
        [("id", id), ("name", name), ("username", "owner"), ("email", email.as_str()), ("display_name", "")];
    browser.submit(&format!("{ORGANISATIONS}/new"), &form).await
}

#[tokio::test]
async fn operators_have_a_home_of_their_own() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    let home = ona.get("/console").await.expect(200).text();
    for way in [ORGANISATIONS, "/console/users", "/console/server", "/console/server#mail"] {
        assert!(home.contains(&format!("href=\"{way}\"")), "{way}: {home}");
    }
    let server = ona.get("/console/server").await.expect(200).text();
    for told in ["Ready", env!("CARGO_PKG_VERSION"), "Schema", "Clock", "Mail queue"] {
        assert!(server.contains(told), "{told}: {server}");
    }
    assert!(ona.get("/console/users").await.expect(200).text().contains("<h1>Operators</h1>"));
}

#[tokio::test]
async fn an_organisation_is_made_suspended_resumed_deleted_and_restored() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    ona.get(&format!("{ORGANISATIONS}/new")).await.expect(200);
    let made = make(&mut ona, "acme", "Acme & Sons").await.expect(303).location().to_owned();
    assert!(ona.get(&made).await.expect(200).text().contains("Its owner has an invitation"));
    assert_eq!(test.mails_to("owner@acme.example").await.len(), 1);
    let acme = format!("{ORGANISATIONS}/acme");
    let mut act = async |act: &str| {
        let asked = ona.get(&format!("{acme}/{act}")).await.expect(200).text();
        let done = ona.submit(&format!("{acme}/{act}"), &[]).await.expect(303).location().to_owned();
        (asked, ona.get(&done).await.expect(200).text())
    };
    let (asked, done) = act("suspend").await;
    assert!(asked.contains("Suspend Acme &#38; Sons?") && done.contains("Suspended since"), "{done}");
    assert!(act("resume").await.1.contains("Not suspended any more."));
    let (asked, done) = act("delete").await;
    let last = "9 Mar 2026";
    assert!(asked.contains(last) && done.contains(&format!("It goes for good on {last}")), "{done}");
    assert!(act("restore").await.1.contains("It stays."));
    assert!(act("resume").await.1.contains("Active"));
    let renamed =
        ona.submit(&format!("{acme}/rename"), &[("name", "Acme")]).await.expect(303).location().to_owned();
    assert!(ona.get(&renamed).await.expect(200).text().contains("<h1>Acme</h1>"));
    let wrong = ona.submit(&format!("{acme}/rename"), &[("name", " ")]).await.shown_again().text();
    assert!(wrong.contains("name-error"));
    // What cannot be done leads to how things stand.
    assert_eq!(ona.get(&format!("{acme}/restore")).await.expect(303).location(), acme);
    assert_eq!(ona.submit(&format!("{acme}/restore"), &[]).await.expect(303).location(), acme);
    ona.get(&format!("{acme}/burn")).await.expect(404);
    ona.get(&format!("{ORGANISATIONS}/nowhere")).await.expect(404);
    ona.get(&format!("{ORGANISATIONS}/system")).await.expect(404);
}

#[tokio::test]
async fn an_owner_who_let_the_invitation_run_out_is_invited_again() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    ona.get(&format!("{ORGANISATIONS}/new")).await.expect(200);
    let made = make(&mut ona, "acme", "Acme").await.expect(303).location().to_owned();
    let acme = ona.get(&made).await.expect(200).text();
    assert!(acme.contains("Nobody has come in yet") && acme.contains("owner@acme.example"), "{acme}");
    let invite = address_with(&acme, &format!("{ORGANISATIONS}/acme/owners/")).expect("a way");
    assert!(ona.get(&invite).await.expect(200).text().contains("owner@acme.example"));
    let done = ona.submit(&invite, &[]).await.expect(303).location().to_owned();
    assert!(ona.get(&done).await.expect(200).text().contains("The invitation is on its way."));
    let mails = test.mails_to("owner@acme.example").await;
    assert_eq!(mails.len(), 2);
    // Of a suspended organisation nobody is invited, and once an owner is in, there is nothing to send.
    ona.get(&format!("{ORGANISATIONS}/acme/suspend")).await.expect(200);
    ona.submit(&format!("{ORGANISATIONS}/acme/suspend"), &[]).await.expect(303);
    assert_eq!(ona.submit(&invite, &[]).await.expect(303).location(), format!("{ORGANISATIONS}/acme"));
    ona.submit(&format!("{ORGANISATIONS}/acme/resume"), &[]).await.expect(303);
    ona.submit(&invite, &[]).await.expect(303);
    let link = test.mails_to("owner@acme.example").await[2].link();
    let token = link.rsplit('/').next().unwrap();
    let body = serde_json::json!({ "token": token, "password": PASSWORD });
    test.anonymous().post("/api/v1/auth/invitation/accept", body).await.expect(200);
    assert!(
        !ona.get(&format!("{ORGANISATIONS}/acme")).await.expect(200).text().contains("Nobody has come in")
    );
    assert_eq!(ona.get(&invite).await.expect(303).location(), format!("{ORGANISATIONS}/acme"));
    assert_eq!(ona.submit(&invite, &[]).await.expect(303).location(), format!("{ORGANISATIONS}/acme"));
    ona.get(&invite.replace("acme", "nowhere")).await.expect(404);
    ona.submit(&invite.replace("acme", "nowhere"), &[]).await.expect(404);
}

#[tokio::test]
async fn organisations_are_found_by_id_and_by_name_part_by_part() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    ona.get(&format!("{ORGANISATIONS}/new")).await.expect(200);
    for number in 0..52 {
        make(&mut ona, &format!("org-{number:02}"), &format!("Number {number:02} Ltd")).await.expect(303);
    }
    let rows = |html: &str| html.matches("href=\"/console/organisations/org-").count();
    let first = ona.get(&format!("{ORGANISATIONS}?search=org-")).await.expect(200).text();
    let next = address_with(&first, "/console/organisations?search=org-&").expect("more");
    let second = ona.get(&next).await.expect(200).text();
    assert_eq!((rows(&first), rows(&second)), (50, 2));
    for (search, found) in
        [("org-07", 1), ("NUMBER 5", 2), ("ltd", 50), ("07", 1), ("nothing", 0), ("demo", 0)]
    {
        let html =
            ona.get(&format!("{ORGANISATIONS}?search={}", search.replace(' ', "+"))).await.expect(200).text();
        assert_eq!(rows(&html), found, "{search}");
    }
    let mistakes = make(&mut ona, "org-01", "Again").await.shown_again().text();
    assert!(mistakes.contains("There is an organisation with this id."));
    let mistakes = make(&mut ona, "Ä", "").await.shown_again().text();
    assert!(mistakes.contains("id=\"id-error\"") && mistakes.contains("id=\"name-error\""), "{mistakes}");
}

/// attacks.md row 67: to everybody else, owners of organisations too, these pages are not there.
#[tokio::test]
async fn nobody_else_sees_the_operators_pages() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let pages =
        ["", "/new", "/demo", "/demo/suspend", "/demo/rename"].map(|end| format!("{ORGANISATIONS}{end}"));
    for page in pages.iter().map(String::as_str).chain(["/console/server"]) {
        olga.get(page).await.expect(404);
    }
    for page in &pages[1..] {
        olga.submit(page, &[("name", "Mine")]).await.status.is_client_error().then_some(()).expect("refused");
    }
    let html = olga.get("/console").await.expect(200).text();
    assert!(!html.contains(ORGANISATIONS) && !html.contains("/console/server"));
    test.sign_in("mia").await.get("/api/v1/account").await.expect(200);
}

/// attacks.md row 29: an old proof leads to a fresh one, and nothing happens before.
#[tokio::test]
async fn acts_ask_for_a_fresh_proof() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    test.clock.advance_secs(601);
    ona.get(ORGANISATIONS).await.expect(200);
    ona.get(&format!("{ORGANISATIONS}/demo")).await.expect(200);
    for path in ["/new", "/demo/suspend", "/demo/rename"].map(|end| format!("{ORGANISATIONS}{end}")) {
        assert!(ona.get(&path).await.expect(303).location().starts_with("/account/confirm?next="), "{path}");
    }
    ona.get("/account").await.expect(200);
    let asked =
        ona.submit(&format!("{ORGANISATIONS}/demo/suspend"), &[]).await.expect(303).location().to_owned();
    assert!(asked.starts_with("/account/confirm?next="), "{asked}");
    test.sign_in("mia").await.get("/api/v1/account").await.expect(200);
    ona.csrf = "x".repeat(43);
    ona.submit(&format!("{ORGANISATIONS}/demo/suspend"), &[]).await.expect(403);
}

#[tokio::test]
async fn the_mail_queue_tells_what_has_not_left_and_not_to_whom_it_goes() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    ona.get(&format!("{ORGANISATIONS}/new")).await.expect(200);
    make(&mut ona, "acme", "Acme").await.expect(303);
    let html = ona.get("/console/server").await.expect(200).text();
    assert!(html.contains("Waiting") && !html.contains("owner@acme.example"), "{html}");
}

/// attacks.md row 68: one operator alone makes no second: another one approves, never whoever invited.
#[tokio::test]
async fn an_operator_is_invited_by_one_and_approved_by_another() {
    let test = TestApp::start().await;
    let mut ona = operator(&test, "ona").await;
    let mut ole = operator(&test, "ole").await;
    let form = ona.get("/console/users/new").await.expect(200).text();
    assert!(form.contains("Invite an operator") && !form.contains("name=\"password\""));
    let fields = [
        ("username", "ida"),
        ("email", "ida@ops.example"),
        ("display_name", ""),
        ("role", "owner"),
        ("password", ""),
    ];
    let made = ona.submit("/console/users/new", &fields).await.expect(303).location().to_owned();
    let page = ona.get(&made).await.expect(200).text();
    assert!(page.contains("The invitation waits.") && page.contains("It is your own"), "{page}");
    assert!(test.mails_to("ida@ops.example").await.is_empty());
    let listed = async |ona: &mut Browser<'_>| ona.get("/console/users").await.expect(200).text();
    assert!(listed(&mut ona).await.contains(">Waits for approval</span>"));
    let ida = made.split('?').next().unwrap().to_owned();
    let approve = format!("{ida}/approve");
    assert_eq!(ona.get(&approve).await.expect(303).location(), ida);
    ona.submit(&approve, &[]).await.expect(403);
    assert!(ole.get(&ida).await.expect(200).text().contains(&approve));
    assert!(ole.get(&approve).await.expect(200).text().contains("ona invited them."));
    let done = ole.submit(&approve, &[]).await.expect(303).location().to_owned();
    assert!(ole.get(&done).await.expect(200).text().contains("Approved."));
    assert_eq!(test.mails_to("ida@ops.example").await.len(), 1);
    let list = listed(&mut ona).await;
    assert!(!list.contains("Waits for approval") && list.contains(">Invited</span>"));
    assert_eq!(ole.submit(&approve, &[]).await.expect(303).location(), ida);
    // What takes the server's command line is not offered.
    let other = page_of(&mut ole, "ona").await;
    let html = ole.get(&other).await.expect(200).text();
    for closed in ["/edit", "/suspend", "/reset-mfa", "/delete"] {
        assert!(!html.contains(&format!("{other}{closed}")), "{closed}");
    }
}
