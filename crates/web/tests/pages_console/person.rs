//! `/console/users/{id}`

use twinlock_core::user::Role;
use twinlock_testkit::{TestApp, TestSettings};

use crate::{DAY, USERS, add, both_locks, enforce, page_of, person, signed_in, with_phone};

#[tokio::test]
async fn an_administrator_sees_a_person_without_any_secret() {
    let test = TestApp::start().await;
    let mia = test.enrolled("mia").await.0;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let page = page_of(&mut olga, "mia").await;
    let html = olga.get(&page).await.expect(200).text();
    for shown in
        ["mia@demo.example", "Member", "Phone", "Reset MFA", "End all", "Suspend", "10 recovery codes"]
    {
        assert!(html.contains(shown), "{shown}");
    }
    let id = mia.get("/api/v1/account").await.expect(200).string("id");
    assert!(html.contains(&format!("/console/audit?person={id}")));
    assert!(olga.get(&format!("/console/audit?person={id}")).await.text().contains("mfa.enabled"));
    test.no_secret(&html);
}

/// attacks.md row 67: what somebody may not do is not offered, and on oneself nothing is.
#[tokio::test]
async fn nobody_is_offered_what_is_not_theirs() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk, None).await;
    for (who, whom) in
        [("olga", "olga"), ("adam", "adam"), ("adam", "olga"), ("hana", "hana"), ("hana", "adam")]
    {
        let mut browser = signed_in(&test, "demo", who).await;
        let page = page_of(&mut browser, whom).await;
        let html = browser.get(&page).await.expect(200).text();
        assert!(!html.contains("data-dialog") && !html.contains("Reset MFA") && !html.contains("/edit"));
        assert_eq!(html.contains("This is you"), who == whom);
        for act in
            ["edit", "deadline", "reset-mfa", "end-sessions", "suspend", "activate", "delete", "invite"]
        {
            browser.get(&format!("{page}/{act}")).await.expect(403);
            browser.get(&page).await.expect(200);
            let fields = [("reason", "x"), ("day", "2026-03-09"), ("username", "x"), ("role", "member")];
            let fields: &[_] = match act {
                "edit" => &fields[2..],
                "deadline" => &fields[..2],
                "reset-mfa" => &fields[..1],
                _ => &[],
            };
            browser.submit(&format!("{page}/{act}"), fields).await.expect(403);
        }
    }
}

#[tokio::test]
async fn helpdesk_sees_members_and_resets_them_and_no_more() {
    let test = TestApp::start().await;
    add(&test, "hana", Role::Helpdesk, None).await;
    test.enrolled("mia").await;
    let (mut hana, _) = with_phone(&test, "hana").await;
    let page = page_of(&mut hana, "mia").await;
    let html = hana.get(&page).await.expect(200).text();
    assert!(html.contains("Reset MFA") && html.contains("Phone"));
    for hidden in ["End all", "Suspend", "/edit", "/remove", "Audit log"] {
        assert!(!html.contains(hidden), "{hidden}");
    }
    hana.get(&format!("{page}/suspend")).await.expect(403);
    hana.get(&format!("{page}/reset-mfa")).await.expect(200);
    let reset = hana.submit(&format!("{page}/reset-mfa"), &[]).await.expect(303);
    assert_eq!(reset.location(), format!("{page}?done=mfa-reset"));
}

/// attacks.md row 66: a person of another organisation is one that does not exist.
#[tokio::test]
async fn somebody_of_another_organisation_is_not_found() {
    let test = TestApp::start().await;
    let mut otto = signed_in(&test, "other", "otto").await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let page = page_of(&mut olga, "bob").await;
    for end in ["", "/edit", "/suspend", "/reset-mfa", "/deadline"] {
        otto.get(&format!("{page}{end}")).await.expect(404);
        olga.get(&format!("/console/users/0198c3a2-7b10-7c3e-8f4a-0123456789ab{end}")).await.expect(404);
    }
    otto.get("/console/users").await.expect(200);
    otto.submit(&format!("{page}/delete"), &[]).await.expect(404);
    olga.get(&page).await.expect(200);
    olga.get(&format!("{page}/promote")).await.expect(404);
}

#[tokio::test]
async fn a_deadline_that_runs_is_shown_and_can_be_changed() {
    let test = TestApp::start().await;
    let (mut olga, phone) = with_phone(&test, "olga").await;
    let by = test.anonymous().sign_in_with_code("olga", &phone.next_code()).await;
    let page = page_of(&mut olga, "mia").await;
    let deadline = format!("{page}/deadline");
    assert_eq!(olga.get(&deadline).await.expect(303).location(), page);
    enforce(&by, 7).await;
    // The sessions of everybody else ended.
    let mut olga = both_locks(&test, "olga", &phone).await;
    assert!(olga.get(&page).await.expect(200).text().contains("due by 9 Mar 2026"));
    assert!(olga.get(&deadline).await.expect(200).text().contains("9 Mar 2026"));
    for (day, reason, said) in [
        ("", "on leave", "Choose a day."),
        ("2026-02-30", "on leave", "within a year"),
        ("2028-01-01", "on leave", "within a year"),
        ("2026-03-20", " ", "Say why."),
    ] {
        let refused = olga.submit(&deadline, &[("day", day), ("reason", reason)]).await.shown_again().text();
        assert!(refused.contains(said), "{day} {reason}");
    }
    let set = olga.submit(&deadline, &[("day", "2026-03-20"), ("reason", "on leave")]).await.expect(303);
    let html = olga.get(set.location()).await.expect(200).text();
    assert!(html.contains("The new deadline is set.") && html.contains("20 Mar 2026"));
    test.clock.advance_secs(17 * DAY);
    test.sign_in("mia").await;
}

#[tokio::test]
async fn without_second_factors_on_the_server_nothing_is_said_of_them() {
    let test = TestApp::with(TestSettings { mfa_enabled: false, ..TestSettings::default() }).await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    let list = olga.get("/console/users").await.expect(200).text();
    assert!(!list.contains("name=\"mfa\"") && !list.contains(">MFA</th>"));
    let page = page_of(&mut olga, "mia").await;
    assert!(!olga.get(&page).await.expect(200).text().contains("Second factors"));
    olga.get(&format!("{page}/reset-mfa")).await.expect(404);
    olga.get(&format!("{page}/deadline")).await.expect(404);
    olga.get(&format!("{page}/suspend")).await.expect(200);
    olga.submit(&format!("{page}/reset-mfa"), &[]).await.expect(404);
    olga.get(&format!("{page}/suspend")).await.expect(200);
    olga.submit(&format!("{page}/suspend"), &[]).await.expect(303);
    let by = test.sign_in("olga").await;
    assert_eq!(person(&by, "mia").await["status"], "suspended");
    by.get(USERS).await.expect(200);
}

#[tokio::test]
async fn the_page_says_of_a_password_only_what_is_true_and_offers_a_reset_only_of_something() {
    let test = TestApp::start().await;
    test.enrolled("bob").await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let form = [
        ("username", "nora"),
        ("email", "nora@demo.example"),
        ("display_name", ""),
        ("role", "member"),
        ("password", ""),
    ];
    olga.get("/console/users/new").await.expect(200);
    olga.submit("/console/users/new", &form).await.expect(303);
    for (name, alone, reset) in [("mia", true, false), ("nora", false, false), ("bob", false, true)] {
        let page = page_of(&mut olga, name).await;
        let html = olga.get(&page).await.expect(200).text();
        assert_eq!(html.contains("The password alone opens this account."), alone, "{name}");
        assert_eq!(html.contains(&format!("{page}/reset-mfa")), reset, "{name}");
    }
    let mia = page_of(&mut olga, "mia").await;
    olga.get(&format!("{mia}/suspend")).await.expect(200);
    olga.submit(&format!("{mia}/suspend"), &[]).await.expect(303);
    let html = olga.get(&mia).await.expect(200).text();
    assert!(html.contains("Nobody can sign in to this account.") && !html.contains("password alone"));
}
