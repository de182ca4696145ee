//! One press too many: the same form sent again before the next page is there.
//!
//! A browser that has the cookies of the first answer is led where that one led. One that lost them with the answer
//! is told that it was done, and signs in. Neither is given anything by the repeat.

use serde_json::json;
use twinlock_testkit::{Answer, Browser, TestApp, app::PASSWORD};

use crate::{
    ANSWERED, BEFORE, PENDING, SESSION, at_the_second_lock, forgot, give_password, is_in,
    keys::{ORIGIN, public_key},
    links::{GOOD, invite, path},
    name_oneself,
    passkeys::{self, DEMO},
    setup, with_password,
};

const APP: &str = "/login/mfa/app";

/// What a browser holds and shows, to send a form again as if the first answer had never come.
struct Moment(std::collections::BTreeMap<String, String>, String);

impl Moment {
    fn of(browser: &Browser<'_>) -> Self {
        Self(browser.cookies.clone(), browser.csrf.clone())
    }

    fn back(&self, browser: &mut Browser<'_>) {
        browser.cookies = self.0.clone();
        browser.csrf.clone_from(&self.1);
    }
}

/// Sends the form twice, the second time with the cookies of the first answer; answers where both led.
async fn twice(browser: &mut Browser<'_>, address: &str, form: &[(&str, &str)]) -> String {
    let first = browser.submit(address, form).await.expect(303).location().to_owned();
    for _ in 0..2 {
        assert_eq!(browser.submit(address, form).await.expect(303).location(), first);
    }
    first
}

/// Sends the form, loses the answer with its cookies, and sends it again.
async fn lost(browser: &mut Browser<'_>, address: &str, form: &[(&str, &str)]) -> Answer {
    let before = Moment::of(browser);
    browser.submit(address, form).await.expect(303);
    before.back(browser);
    browser.submit(address, form).await
}

#[track_caller]
fn says_it_was_done(answer: Answer) -> String {
    let page = answer.shown_again().text();
    assert!(page.contains("That was done") && page.contains("sign in again"), "{page}");
    assert!(!page.contains("othing was changed"), "{page}");
    page
}

/// Sends the form twice at once.
async fn at_once(test: &TestApp, browser: &Browser<'_>, address: &str, form: &[(&str, &str)]) -> [Answer; 2] {
    let mut two = [test.browser(), test.browser()];
    for one in &mut two {
        Moment::of(browser).back(one);
    }
    let [one, other] = &mut two;
    let (one, other) = tokio::join!(one.submit(address, form), other.submit(address, form));
    [one, other]
}

async fn sign_ins_in_browsers(test: &TestApp) -> usize {
    let sessions = test.column("sessions.channel").await;
    sessions.iter().filter(|channel| *channel == b"browser").count()
}

/// attacks.md row 8: a code opens one session, however often its form comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_sent_twice_leads_to_the_account() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    assert_eq!(twice(&mut browser, APP, &[("code", &phone.code())]).await, "/account");
    assert!(is_in(&mut browser).await);
    assert_eq!(sign_ins_in_browsers(&test).await, 1);

    test.clock.advance_secs(30);
    let (browser, code) = (with_password(&test, "mia").await, phone.code());
    let mut browser = browser;
    browser.open(APP).await.expect(200);
    let mut both = at_once(&test, &browser, APP, &[("code", &code)]).await;
    both.sort_by_key(|answer| answer.again);
    let [first, second] = both;
    assert_eq!(first.expect(303).location(), "/account");
    says_it_was_done(second);
    assert_eq!(sign_ins_in_browsers(&test).await, 2);
}

/// attacks.md row 18: whoever lost the answer is told so, and signs in again; a session there is not.
#[tokio::test]
async fn a_code_whose_answer_was_lost_says_that_it_was_done() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let page = says_it_was_done(lost(&mut browser, APP, &[("code", &phone.code())]).await);
    assert!(!browser.cookies.contains_key(PENDING) && !browser.cookies.contains_key(SESSION));
    assert!(page.contains("value=\"mia\""), "{page}");
    assert!(!is_in(&mut browser).await);
}

/// attacks.md row 17: what became of a sign-in is told to its own browser only.
#[tokio::test]
async fn another_browser_does_not_learn_that_it_was_done() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let pending = browser.cookies[PENDING].clone();
    let code = phone.code();
    browser.submit(APP, &[("code", &code)]).await.expect(303);
    let mut thief = test.browser();
    thief.get("/login").await.expect(200);
    thief.cookies.insert(PENDING.into(), pending);
    let page = thief.submit(APP, &[("code", &code)]).await.shown_again().text();
    assert!(page.contains("Please start again.") && !page.contains("That was done"), "{page}");
}

#[tokio::test]
async fn a_password_sent_twice_goes_on_as_the_first_one_did() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "mia").await;
    let form =
        [("tenant_id", "demo"), ("username", "mia"), ("password", PASSWORD), ("next", "/account/sessions")];
    assert_eq!(twice(&mut browser, "/login/password", &form).await, "/account/sessions");
    assert!(is_in(&mut browser).await && !browser.cookies.contains_key(BEFORE));

    let (_, phone) = at_the_second_lock(&test, "bob").await;
    let mut browser = test.browser();
    name_oneself(&mut browser, "demo", "bob").await;
    let form = [("tenant_id", "demo"), ("username", "bob"), ("password", PASSWORD), ("next", "")];
    assert_eq!(twice(&mut browser, "/login/password", &form).await, "/login/mfa");
    let again = lost(&mut browser, "/login/password", &form).await;
    assert_eq!(again.expect(303).location(), "/login/mfa");
    browser.open("/login/mfa").await.expect(200);
    browser.submit(APP, &[("code", &phone.next_code())]).await.expect(303);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_passkeys_answer_sent_twice_leads_to_the_account() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = passkeys::at_the_first_page(&test).await;
    let options = public_key(&browser.submit(passkeys::OPTIONS, &[DEMO]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    let form = [DEMO, ("credential", credential.as_str())];
    assert_eq!(twice(&mut browser, passkeys::PASSKEY, &form).await, "/account");
    assert!(is_in(&mut browser).await);
}

/// attacks.md row 18: in the browser that lost the answer it says that it was done; in any other, and after ten minutes, it
/// is an answer to nothing.
#[tokio::test]
async fn a_passkeys_answer_that_was_lost_says_that_it_was_done() {
    let test = TestApp::start().await;
    let (mut browser, mut key) = passkeys::at_the_first_page(&test).await;
    let options = public_key(&browser.submit(passkeys::OPTIONS, &[DEMO]).await);
    let credential = key.authenticate(&options, ORIGIN).to_string();
    let form = [DEMO, ("username", "mia"), ("credential", credential.as_str())];
    let before = Moment::of(&browser);
    says_it_was_done(lost(&mut browser, passkeys::PASSKEY, &form).await);
    assert!(!is_in(&mut browser).await);
    let mut thief = test.browser();
    thief.get("/t/demo/login").await.expect(200);
    let page = thief.submit(passkeys::PASSKEY, &form).await.shown_again().text();
    assert!(page.contains("not accepted") && !page.contains("That was done"), "{page}");
    test.clock.advance_secs(601);
    twinlock_service::maintenance::tick(&test.app).await;
    before.back(&mut browser);
    let page = browser.submit(passkeys::PASSKEY, &form).await.shown_again().text();
    assert!(page.contains("not accepted"), "{page}");
    assert_eq!(sign_ins_in_browsers(&test).await, 1);
}

/// A page that says that a link is over is an address of its own: loaded again, and come back to, it sends no form.
#[tokio::test]
async fn a_dead_link_answers_its_form_with_an_address() {
    let test = TestApp::start().await;
    for (kind, field) in [("reset", "new_password"), ("invite", "password"), ("setup", "password")] {
        let mut browser = test.browser();
        browser.get("/login").await.expect(200);
        let csrf = browser.csrf.clone();
        let link = format!("/{kind}/{}", "A".repeat(43));
        let mut form = vec![("csrf", csrf.as_str())];
        if kind == "setup" {
            form.extend(setup::FIELDS);
        } else {
            form.push((field, GOOD));
        }
        let led = browser.post_once(&link, &form).await.expect(303).location().to_owned();
        assert_eq!(led, format!("/link-over/{kind}"));
        for _ in 0..2 {
            assert!(browser.get(&led).await.expect(410).text().contains("This link no longer works"));
        }
    }
    test.browser().get("/link-over/other").await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_accepted_twice_is_accepted() {
    let test = TestApp::start().await;
    let link = invite(&test).await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    let fresh = Moment::of(&browser);
    assert_eq!(twice(&mut browser, &link, &[("password", GOOD)]).await, "/account");
    assert!(is_in(&mut browser).await);
    fresh.back(&mut browser);
    says_it_was_done(browser.submit(&link, &[("password", GOOD)]).await);
    // Later, and to anybody else, it is a link that was used.
    let mut stranger = test.browser();
    stranger.get("/login").await.expect(200);
    stranger.submit(&link, &[("password", GOOD)]).await.expect(410);
    test.clock.advance_secs(601);
    browser.submit(&link, &[("password", GOOD)]).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_sent_twice_is_done_once_and_leads_on() {
    let test = TestApp::start().await;
    forgot::ask(&test, "demo", "mia@demo.example").await;
    let link = forgot::path_of_the_mailed_link(&test, "mia@demo.example").await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    let form = [("new_password", GOOD)];
    for answer in at_once(&test, &browser, &link, &form).await {
        assert_eq!(answer.expect(303).location(), "/login?done=password-reset");
    }
    assert_eq!(browser.submit(&link, &form).await.expect(303).location(), "/login?done=password-reset");
    test.anonymous().sign_in("demo", "mia", GOOD).await;
    let told = test.mails_to("mia@demo.example").await;
    assert_eq!(told.iter().filter(|mail| mail.subject.contains("password was changed")).count(), 1);
    let mut stranger = test.browser();
    stranger.get(&link).await.expect(410);
    stranger.get("/login").await.expect(200);
    stranger.submit(&link, &form).await.expect(410);
}

#[tokio::test]
async fn an_address_confirmed_twice_is_confirmed() {
    let test = TestApp::start().await;
    let mia = test.sign_in("mia").await;
    let change = json!({ "email": "mia@new.example", "current_password": PASSWORD });
    mia.patch("/api/v1/account", change).await.expect(200);
    let link = path(&test.mails_to("mia@new.example").await[0].link());
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    let before = Moment::of(&browser);
    for _ in 0..2 {
        before.back(&mut browser);
        assert!(browser.submit(&link, &[]).await.shown_again().text().contains("is confirmed"));
    }
}

#[tokio::test]
async fn a_set_up_sent_twice_leads_on() {
    let (test, link) = setup::offered().await;
    let mut browser = test.browser();
    browser.get(&link).await.expect(200);
    let first = Moment::of(&browser);
    twice(&mut browser, &link, &setup::FIELDS).await;
    browser.get("/login/enrol/choose").await.expect(200);
    first.back(&mut browser);
    says_it_was_done(browser.submit(&link, &setup::FIELDS).await);
}

/// attacks.md rows 44 and 48: the note of a form that was answered is of use to its browser, for that form and for a
/// short time, and even there it only leads on.
#[tokio::test]
async fn the_note_of_an_answered_form_opens_nothing() {
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let stale = browser.csrf.clone();
    let form = [("csrf", stale.as_str()), ("code", "123456")];
    browser.submit(APP, &[("code", &phone.code())]).await.expect(303);
    let note = browser.cookies[ANSWERED].clone();
    assert_eq!(browser.post_form(APP, &form).await.expect(303).location(), "/account");
    // Another form, another token, another browser, none signed in.
    browser.post_form("/account/profile", &form).await.expect(403);
    browser.post_form(APP, &[("csrf", "another"), form[1]]).await.expect(403);
    browser.post_form(APP, &[form[0], form[0], form[1]]).await.expect(403);
    let mut thief = with_password(&test, "adam").await;
    thief.cookies.insert(ANSWERED.into(), note.clone());
    thief.post_form(APP, &form).await.expect(403);
    let mut nobody = test.browser();
    nobody.cookies.insert(ANSWERED.into(), note.clone());
    nobody.post_form(APP, &form).await.expect(403);
    assert!(!is_in(&mut nobody).await);
    for at in [0, note.len() / 2, note.len() - 1] {
        let mut forged = note.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        browser.cookies.insert(ANSWERED.into(), String::from_utf8(forged).unwrap());
        browser.post_form(APP, &form).await.expect(403);
    }
    browser.cookies.insert(ANSWERED.into(), note);
    browser.post_form(APP, &form).await.expect(303);
    test.clock.advance_secs(121);
    browser.post_form(APP, &form).await.expect(403);
}

/// A page that is shown again after a refusal is shown once, in its own browser, at its own address.
#[tokio::test]
async fn a_refused_form_is_shown_again_once() {
    const AGAIN: &str = "twinlock_again";
    let test = TestApp::start().await;
    let (mut browser, phone) = at_the_second_lock(&test, "mia").await;
    let words = "Codes change every 30 seconds";
    assert!(
        browser.submit(APP, &[("code", &phone.wrong_code(0))]).await.shown_again().text().contains(words)
    );
    assert!(!browser.cookies.contains_key(AGAIN));
    assert!(!browser.get(APP).await.expect(200).text().contains(words));
    // Where scripts and redirects are looked at by hand: 303, and a cookie for a minute.
    let refused = test.browser();
    let mut refused = refused;
    name_oneself(&mut refused, "demo", "mia").await;
    let csrf = refused.csrf.clone();
    let wrong = [("csrf", csrf.as_str()), ("tenant_id", "demo"), ("username", "mia"), ("password", "wrong")];
    let answer = refused.post_once("/login/password", &wrong).await.expect(303);
    assert_eq!(answer.location(), "/login/password");
    let note = refused.cookies[AGAIN].clone();
    let words = "Check the password, and that the name above is yours.";
    // Not at another page, not in another browser, not after a minute.
    assert!(!refused.get("/login/forgot").await.expect(200).text().contains("Check the password"));
    let mut other = test.browser();
    name_oneself(&mut other, "demo", "mia").await;
    other.cookies.insert(AGAIN.into(), note.clone());
    assert!(!other.get("/login/password").await.expect(200).text().contains(words));
    assert!(refused.get("/login/password").await.expect(200).text().contains(words));
    refused.cookies.insert(AGAIN.into(), note);
    test.clock.advance_secs(61);
    assert!(!refused.get("/login/password").await.expect(200).text().contains(words));
    give_password(&mut refused, "demo", "mia", PASSWORD).await.expect(303);
}
