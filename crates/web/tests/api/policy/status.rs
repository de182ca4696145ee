//! Who has a second factor, and who has not.

use serde_json::json;
use twinlock_testkit::TestApp;

use super::{STATUS, enforced, newcomer};

#[tokio::test]
async fn the_numbers_follow_every_change() {
    let test = TestApp::start().await;
    let mut olga = test.sign_in("olga").await;
    let before = olga.get(STATUS).await.expect(200).json();
    let total = before["users_total"].as_u64().unwrap();
    assert_eq!(before["users_not_enrolled"].as_u64().unwrap(), total);
    assert_eq!((&before["required"], before.get("grace")), (&json!(false), None));
    olga.enrol().await;
    newcomer(&test, "nina", None).await;
    let after = olga.get(STATUS).await.expect(200).json();
    assert_eq!(after["users_total"].as_u64().unwrap(), total + 1);
    assert_eq!(
        (&after["users_enrolled"], &after["by_method"]),
        (&json!(1), &json!({ "totp": 1, "webauthn": 0 }))
    );
    twinlock_service::admin::suspend(&test.app, "demo", "nina").await.unwrap();
    assert_eq!(olga.get(STATUS).await.expect(200).json()["users_total"].as_u64().unwrap(), total);
}

#[tokio::test]
async fn who_lacks_a_factor_is_listed_page_by_page_with_their_deadline() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 7).await;
    test.clock.advance_secs(60);
    for number in 0..5 {
        newcomer(&test, &format!("late{number}"), None).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = olga.get(&format!("{STATUS}?limit=2{cursor}")).await.expect(200).json();
        let people = &page["users_without_mfa"];
        assert_eq!(page["grace"]["deadline"], "2026-03-09T10:00:07Z");
        seen.extend(people["items"].as_array().unwrap().clone());
        match people["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let total = olga.get(STATUS).await.expect(200).json()["users_not_enrolled"].as_u64().unwrap();
    assert_eq!(seen.len() as u64, total);
    let of = |name: &str| seen.iter().find(|person| person["username"] == name).unwrap();
    assert_eq!(of("bob")["deadline"], "2026-03-09T10:00:07Z");
    assert_eq!(of("late3")["deadline"], json!(null), "due at the first sign-in");
    assert!(seen.iter().all(|person| person["username"] != "olga"));
}

#[tokio::test]
async fn members_do_not_see_it() {
    let test = TestApp::start().await;
    test.sign_in("bob").await.get(STATUS).await.refused(403, "forbidden");
    test.sign_in("bob").await.get("/api/v1/tenants/other/mfa/status").await.refused(404, "not_found");
    test.anonymous().get(STATUS).await.refused(401, "unauthenticated");
}
