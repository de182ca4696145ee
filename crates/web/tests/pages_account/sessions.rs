//! Where one is signed in.

use twinlock_testkit::TestApp;

use crate::{address_ending, signed_in};

const PAGE: &str = "/account/sessions";

#[tokio::test]
async fn one_other_session_is_ended() {
    let test = TestApp::start().await;
    let mut elsewhere = signed_in(&test, "mia").await;
    let mut browser = signed_in(&test, "mia").await;
    let page = browser.get(PAGE).await.expect(200).text();
    assert_eq!(page.matches("This one").count(), 1);
    let end = address_ending(&page, "/end").expect("another session").to_owned();
    assert!(browser.get(&end).await.expect(200).text().contains("End this session?"));
    elsewhere.get("/account").await.expect(200);
    let answer = browser.submit(&end, &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/sessions?done=session-stopped");
    elsewhere.get("/account").await.expect(303);
    browser.get(answer.location()).await.expect(200);
    browser.get(&end).await.expect(404);
    browser.submit(&end, &[]).await.expect(404);
}

#[tokio::test]
async fn all_others_are_ended_programs_too() {
    let test = TestApp::start().await;
    let program = test.sign_in("mia").await;
    let mut elsewhere = signed_in(&test, "mia").await;
    let mut browser = signed_in(&test, "mia").await;
    assert!(browser.get("/account").await.text().contains("Signed in at 3 places"));
    assert!(browser.get(PAGE).await.expect(200).text().contains("A program"));
    browser.get("/account/sessions/end-others").await.expect(200);
    let answer = browser.submit("/account/sessions/end-others", &[]).await.expect(303);
    assert_eq!(answer.location(), "/account/sessions?done=others-stopped");
    let page = browser.get(answer.location()).await.expect(200).text();
    assert!(address_ending(&page, "/end").is_none() && !page.contains("End all others"));
    elsewhere.get("/account").await.expect(303);
    program.get("/api/v1/account").await.refused(401, "unauthenticated");
}

/// attacks.md row 52: nobody ends, or sees, another person's session.
#[tokio::test]
async fn somebody_elses_session_is_not_found() {
    let test = TestApp::start().await;
    let mut bob = signed_in(&test, "bob").await;
    signed_in(&test, "bob").await;
    let page = bob.get(PAGE).await.text();
    let end = address_ending(&page, "/end").expect("bob's other session").to_owned();
    let mut browser = signed_in(&test, "mia").await;
    browser.get(&end).await.expect(404);
    browser.submit(&end, &[]).await.expect(404);
    browser.get("/account/sessions/1/end").await.expect(404);
    assert!(bob.get(PAGE).await.text().contains(&end));
}

#[tokio::test]
async fn long_lists_come_in_parts() {
    let test = TestApp::start().await;
    let mut browser = signed_in(&test, "mia").await;
    let oldest = signed_in(&test, "mia").await;
    for _ in 0..24 {
        test.clock.advance_secs(1);
        test.sign_in("mia").await;
    }
    let first = browser.get(PAGE).await.expect(200).text();
    assert_eq!(first.matches("This one").count(), 1);
    let more = address_ending_in_query(&first).expect("a second part").to_owned();
    let second = browser.get(&more).await.expect(200).text();
    assert!(!second.contains("This one") && address_ending_in_query(&second).is_none());
    let ends = |html: &str| html.matches("/end\"").count();
    assert_eq!(ends(&first) + ends(&second), 25);
    drop(oldest);
    // A cursor that is none begins at the beginning.
    assert_eq!(browser.get("/account/sessions?cursor=AAAA").await.expect(303).location(), PAGE);
}

fn address_ending_in_query(html: &str) -> Option<&str> {
    html.split('"').find(|text| text.starts_with("/account/sessions?cursor="))
}
