//! Who is one loss from lock-out, and how the organisation came to where it is.

use twinlock_service::maintenance;
use twinlock_testkit::{Browser, TestApp};

use crate::{DAY, both_locks, page_of, signed_in, with_phone};

const LIST: &str = "/console/users?mfa=at_risk";

/// Enrols an app and uses up all recovery codes.
async fn without_codes(test: &TestApp, username: &str) {
    let phone = test.sign_in(username).await.enrol().await;
    for code in &phone.recovery_codes {
        test.anonymous().sign_in_with_code(username, code).await;
    }
}

async fn text(browser: &mut Browser<'_>, path: &str) -> String {
    browser.get(path).await.expect(200).text()
}

#[tokio::test]
async fn those_at_risk_are_counted_listed_and_shown() {
    let test = TestApp::start().await;
    let (mut olga, _) = with_phone(&test, "olga").await;
    let none = text(&mut olga, "/console/mfa").await;
    assert!(none.contains("losing one thing locks nobody out") && !none.contains(LIST), "{none}");
    without_codes(&test, "mia").await;
    let advice = text(&mut olga, "/console").await;
    assert!(advice.contains("Help people to a second way in") && advice.contains(LIST), "{advice}");
    let status = text(&mut olga, "/console/mfa").await;
    assert!(status.contains("At risk of lock-out") && status.contains(LIST), "{status}");
    let list = text(&mut olga, LIST).await;
    assert!(list.contains("mia@demo.example") && !list.contains("bob@demo.example"), "{list}");
    assert!(list.contains("value=\"at_risk\" selected") && list.contains(">At risk<"), "{list}");
    let found = text(&mut olga, &format!("{LIST}&search=bob")).await;
    assert!(found.contains("Nobody found"), "{found}");
    let page = page_of(&mut olga, "mia").await;
    let mia = text(&mut olga, &page).await;
    assert!(mia.contains("One lost phone from lock-out.") && mia.contains("their second lock"), "{mia}");
}

#[tokio::test]
async fn enrollment_over_time_is_a_drawing_and_a_table() {
    let test = TestApp::start().await;
    let (mut olga, phone) = with_phone(&test, "olga").await;
    let first = text(&mut olga, "/console/mfa").await;
    assert!(first.contains("Nothing to compare with yet") && !first.contains("<polyline"), "{first}");
    assert!(first.contains("Today 1 of 4"), "{first}");
    maintenance::tick(&test.app).await;
    test.clock.advance_secs(DAY);
    let mut olga = both_locks(&test, "olga", &phone).await;
    test.sign_in("mia").await.enrol().await;
    let html = text(&mut olga, "/console/mfa").await;
    assert!(html.contains("points=\"0,225 1000,150\""), "{html}");
    assert!(
        html.contains("On 2 Mar 2026, 1 of 4 had a second lock; on 3 Mar 2026, 2 of 4 have one."),
        "{html}"
    );
    assert!(html.contains("<th scope=\"row\">3 Mar 2026</th><td>2</td><td>4</td>"), "{html}");
    assert!(!html.contains("style="), "{html}");
}

/// The page of a member says nothing of others.
#[tokio::test]
async fn members_see_none_of_it() {
    let test = TestApp::start().await;
    let mut bob = signed_in(&test, "demo", "bob").await;
    bob.get(LIST).await.expect(403);
}
