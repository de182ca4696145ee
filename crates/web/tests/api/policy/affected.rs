//! Whom a change would touch, by name.

use serde_json::{Value, json};
use twinlock_core::clock::Clock;
use twinlock_testkit::{Caller, TestApp};

use super::{SETTINGS, deadlines::id_of, enforced, login, newcomer};

const DAY: i64 = 86_400;

/// What a dry run tells of people.
async fn told(by: &Caller<'_>, query: &str, change: &Value) -> Value {
    by.patch(&format!("{SETTINGS}?dry_run=true{query}"), change.clone()).await.expect(200).json()
}

/// The names on one of its lists.
fn names(told: &Value, list: &str) -> Vec<String> {
    let items = told["people"][list]["items"].as_array().unwrap_or_else(|| panic!("{list}: {told}"));
    let mut names: Vec<_> = items.iter().map(|item| item["username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The lists name as many as the numbers count, and these are the people to whom it then happens.
#[tokio::test]
async fn the_preview_names_those_to_whom_it_happens() {
    let test = TestApp::start().await;
    newcomer(&test, "nina", None).await;
    let mut bob = test.sign_in("bob").await;
    bob.enrol().await;
    test.sign_in("mia").await;
    test.sign_in("mia").await;
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let now = told(&olga, "", &json!({ "mfa_required": true })).await;
    assert_eq!(names(&now, "blocked_now"), ["adam", "mia", "nina"]);
    assert_eq!(names(&now, "in_grace"), [""; 0]);
    assert_eq!(names(&now, "sessions_ended"), ["bob", "mia"]);
    assert_eq!(names(&now, "without_email"), ["nina"]);
    assert_eq!(now["impact"]["deadline"], json!(null));
    let mia = now["people"]["sessions_ended"]["items"].as_array().unwrap().iter();
    let mia = mia.filter(|item| item["username"] == "mia").map(|item| item["sessions_ended"].clone());
    assert_eq!(mia.collect::<Vec<_>>(), [json!(2)]);

    let wanted = json!({ "mfa_required": true, "mfa_grace_period_days": 7 });
    let later = told(&olga, "", &wanted).await;
    assert_eq!(names(&later, "in_grace"), ["adam", "mia", "nina"]);
    assert_eq!(names(&later, "blocked_now"), [""; 0]);
    let deadline = later["impact"]["deadline"].clone();
    assert_eq!(deadline, json!(test.clock.now().plus_secs(7 * DAY).to_string()));
    for item in later["people"]["in_grace"]["items"].as_array().unwrap() {
        assert_eq!(item["deadline"], deadline);
    }
    olga.patch(SETTINGS, wanted).await.expect(200);
    assert_eq!(login(&test, "mia").await.expect(200).json()["mfa_grace"]["deadline"], deadline);
    bob.get("/api/v1/account").await.refused(401, "unauthenticated");
}

/// Who has a deadline of their own has it in the preview of a longer grace, and no longer in that of a new start.
#[tokio::test]
async fn deadlines_of_peoples_own_are_told_as_they_would_be() {
    let test = TestApp::start().await;
    let (olga, _) = enforced(&test, 7).await;
    let mia = id_of(&olga, "mia").await;
    let own = test.clock.now().plus_secs(30 * DAY).to_string();
    let path = format!("/api/v1/tenants/demo/users/{mia}/mfa/deadline");
    olga.call(axum::http::Method::PUT, &path, &json!({ "deadline": own, "reason": "At sea." }))
        .await
        .expect(200);
    test.clock.advance_secs(60);
    let none = told(&olga, "", &json!({ "mfa_grace_period_days": 0 })).await;
    assert_eq!(names(&none, "in_grace"), ["mia"]);
    assert_eq!(none["people"]["in_grace"]["items"][0]["deadline"], own);
    assert_eq!(names(&none, "blocked_now"), ["adam", "bob"]);
    assert_eq!(names(&none, "sessions_ended"), [""; 0]);
    let count = |told: &Value, list: &str| told["people"][list]["items"].as_array().unwrap().len();
    assert_eq!(none["impact"]["users_blocked_now"], count(&none, "blocked_now"));
    assert_eq!(none["impact"]["users_in_grace"], count(&none, "in_grace"));
}

#[tokio::test]
async fn a_long_list_is_read_part_by_part() {
    let test = TestApp::start().await;
    for number in 0..7 {
        newcomer(&test, &format!("n{number}"), None).await;
    }
    let mut olga = test.sign_in("olga").await;
    olga.enrol().await;
    let change = json!({ "mfa_required": true });
    let whole = names(&told(&olga, "", &change).await, "blocked_now");
    assert_eq!(whole.len(), 10);
    let (mut found, mut query) = (Vec::new(), "&list=blocked_now&limit=3".to_owned());
    loop {
        let part = told(&olga, &query, &change).await;
        assert_eq!(part["people"].as_object().unwrap().len(), 1);
        found.extend(names(&part, "blocked_now"));
        match part["people"]["blocked_now"]["next_cursor"].as_str() {
            Some(cursor) => query = format!("&list=blocked_now&limit=3&cursor={cursor}"),
            None => break,
        }
    }
    found.sort();
    assert_eq!(found, whole);
    let cursor = told(&olga, "&list=blocked_now&limit=1", &change).await;
    let cursor = cursor["people"]["blocked_now"]["next_cursor"].as_str().unwrap().to_owned();
    for query in [
        format!("list=in_grace&cursor={cursor}"),
        format!("cursor={cursor}"),
        "list=all".into(),
        "limit=0".into(),
    ] {
        let path = format!("{SETTINGS}?dry_run=true&{query}");
        olga.patch(&path, change.clone()).await.refused(422, "validation_failed");
    }
    // Nothing is saved by mistake where a dry run was meant.
    olga.patch(&format!("{SETTINGS}?list=in_grace"), change).await.refused(422, "validation_failed");
}

/// attacks.md row 67: names go to those who may change the settings.
#[tokio::test]
async fn nobody_else_reads_the_names() {
    let test = TestApp::start().await;
    let path = format!("{SETTINGS}?dry_run=true");
    test.sign_in("mia").await.patch(&path, json!({})).await.refused(403, "forbidden");
    let otto = test.anonymous().sign_in("other", "otto", twinlock_testkit::app::PASSWORD).await;
    otto.patch(&path, json!({})).await.refused(404, "not_found");
}
