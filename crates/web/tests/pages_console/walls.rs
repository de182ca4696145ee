//! Who may not see the console.

use twinlock_testkit::TestApp;

use crate::signed_in;

const PAGES: [&str; 7] = [
    "/console",
    "/console/audit",
    "/console/audit.csv",
    "/console/settings",
    "/console/users",
    "/console/users/import",
    "/console/users/new",
];

/// attacks.md row 68: the console is for those who administer the organisation.
#[tokio::test]
async fn a_member_is_refused_and_sees_no_way_there() {
    let test = TestApp::start().await;
    let mut mia = signed_in(&test, "demo", "mia").await;
    assert!(!mia.get("/account").await.expect(200).text().contains("/console"));
    for page in PAGES {
        let refused = mia.get(page).await.expect(403).text();
        assert!(refused.contains("Not for this account"), "{refused}");
    }
}

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_and_back() {
    let test = TestApp::start().await;
    for page in PAGES {
        let next = page.replace('/', "%2F");
        assert_eq!(test.browser().get(page).await.expect(303).location(), format!("/login?next={next}"));
    }
}

#[tokio::test]
async fn an_administrator_finds_the_way_in_the_navigation() {
    let test = TestApp::start().await;
    for name in ["olga", "adam"] {
        let mut browser = signed_in(&test, "demo", name).await;
        let home = browser.get("/account").await.expect(200).text();
        assert!(
            home.contains("/console/audit")
                && home.contains("/console/users")
                && home.contains("Demo organisation")
        );
    }
}

/// The forms of the console. An id stands for a person there is not.
const FORMS: [&str; 19] = [
    "/console/mfa/remind",
    "/console/settings",
    "/console/settings/preview",
    "/console/users/new",
    "/console/users/import",
    "/console/users/invitations",
    "/console/users/{id}/edit",
    "/console/users/{id}/approve",
    "/console/users/{id}/deadline",
    "/console/users/{id}/methods/{id}/remove",
    "/console/users/{id}/invite",
    "/console/users/{id}/suspend",
    "/console/users/{id}/reset-mfa",
    "/console/users/{id}/delete",
    "/console/organisations/new",
    "/console/organisations/acme/rename",
    "/console/organisations/acme/suspend",
    "/console/organisations/acme/owners/{id}/invite",
    "/console/organisations/acme/delete",
];

/// attacks.md row 68: who may not learns nothing of how a form is judged: whatever is sent, the role comes first.
#[tokio::test]
async fn the_role_comes_before_the_form() {
    let test = TestApp::start().await;
    let mut mia = signed_in(&test, "demo", "mia").await;
    mia.get("/account").await.expect(200);
    let mut stranger = test.browser();
    stranger.get("/login").await.expect(200);
    for form in FORMS {
        let path = form.replace("{id}", "0192f3c4-7a1b-7c2d-8f4a-0123456789ab");
        for browser in [&mut mia, &mut stranger] {
            let csrf = browser.csrf.clone();
            let (good, bad) = (("csrf", csrf.as_str()), ("csrf", "x"));
            let many = "a".repeat(60_000);
            let sent: [&[(&str, &str)]; 6] = [
                &[],
                &[bad],
                &[good],
                &[good, good],
                &[good, ("role", "king"), ("role", "king")],
                &[good, ("day", "never"), ("reason", &many), ("username", "\u{0}")],
            ];
            let mut answers = Vec::new();
            for fields in sent {
                let answer = browser.post_once(&path, fields).await;
                let location = answer.headers.get("location").cloned();
                answers.push((answer.status.as_u16(), location));
            }
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{path}: {answers:?}");
            assert!([303, 403, 404].contains(&answers[0].0), "{path}: {answers:?}");
        }
    }
}
