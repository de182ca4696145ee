//! The list of people: pages, searches, filters.

use serde_json::{Value, json};
use twinlock_core::user::Role;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use super::{USERS, add, change, names, owner};

async fn list(by: &Caller<'_>, query: &str) -> Value {
    by.get(&format!("{USERS}?{query}")).await.expect(200).json()
}

/// All pages of a list.
async fn all(by: &Caller<'_>, query: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(by, &format!("{query}{cursor}")).await;
        found.extend(names(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn people_are_listed_in_pages_in_the_order_they_were_made() {
    let test = TestApp::start().await;
    for n in 0..9 {
        test.clock.advance_secs(1);
        add(&test, &format!("nr{n}"), Role::Member).await;
    }
    let adam = test.sign_in("adam").await;
    let made = all(&adam, "limit=100").await;
    assert_eq!(made.len(), 13);
    assert_eq!(made[4..], (0..9).map(|n| format!("nr{n}")).collect::<Vec<_>>());
    for limit in [1, 2, 12, 13] {
        assert_eq!(all(&adam, &format!("limit={limit}")).await, made);
    }
    let page = list(&adam, "limit=13").await;
    assert!(page["next_cursor"].is_null());
    assert_eq!(page["items"][0]["tenant_id"], "demo");
    assert!(!page.to_string().contains("password"));
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_a_name() {
    let test = TestApp::start().await;
    for name in ["maria", "marco", "mark"] {
        add(&test, name, Role::Member).await;
    }
    let (olga, _) = owner(&test).await;
    change(&olga, "bob", json!({ "display_name": "Bob Marley" })).await.expect(200);
    for (search, expected) in [
        ("mar", vec!["marco", "maria", "mark", "bob"]),
        ("MAR", vec!["marco", "maria", "mark", "bob"]),
        ("maria@demo", vec!["maria"]),
        ("marl", vec!["bob"]),
        ("bob%20mar", vec!["bob"]),
        ("%20mia%20", vec!["mia"]),
        ("ark", vec![]),
        ("m%25", vec![]),
        ("m_a", vec![]),
        ("'%20OR%201=1--", vec![]),
        ("%E2%80%8Bmia", vec![]),
    ] {
        for limit in [1, 2, 25] {
            assert_eq!(all(&olga, &format!("limit={limit}&search={search}")).await, expected, "{search}");
        }
    }
    assert_eq!(all(&olga, "search=").await, all(&olga, "").await);
    change(&olga, "maria", json!({ "username": "zoe", "display_name": "" })).await.expect(200);
    assert_eq!(all(&olga, "search=maria").await, ["zoe"], "by the address");
    assert_eq!(all(&olga, "search=zo").await, ["zoe"]);
}

/// A search through very many names of whom hardly anybody fits is answered part by part.
#[tokio::test]
async fn a_search_that_few_fit_goes_on_part_by_part() {
    let test = TestApp::start().await;
    let words = "WITH RECURSIVE words (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM words WHERE n < 15000) \
                 INSERT INTO user_search SELECT tenant_id, 'zed' || n, id FROM words, users \
                 WHERE email = 'mia@demo.example'";
    test.by_hand(words).await;
    test.by_hand(
        "INSERT INTO user_search SELECT tenant_id, 'zee', id FROM users WHERE email = 'olga@demo.example'",
    )
    .await;
    let adam = test.sign_in("adam").await;
    let first = list(&adam, "search=ze&role=owner").await;
    assert_eq!(names(&first), Vec::<&str>::new());
    assert!(first["next_cursor"].is_string());
    assert_eq!(all(&adam, "search=ze&role=owner").await, ["olga"]);
    assert_eq!(all(&adam, "search=ze").await, ["mia", "olga"]);
}

#[tokio::test]
async fn filters_combine() {
    let test = TestApp::start().await;
    test.enrolled("mia").await;
    add(&test, "hana", Role::Helpdesk).await;
    let (olga, _) = owner(&test).await;
    olga.post(USERS, json!({ "username": "nora", "email": "nora@demo.example" })).await.expect(201);
    change(&olga, "bob", json!({ "status": "suspended" })).await.expect(200);
    for (query, expected) in [
        ("role=owner", vec!["olga"]),
        ("role=helpdesk", vec!["hana"]),
        ("role=member", vec!["mia", "bob", "nora"]),
        ("status=invited", vec!["nora"]),
        ("status=suspended", vec!["bob"]),
        ("status=active", vec!["olga", "adam", "mia", "hana"]),
        ("mfa=enabled", vec!["olga", "mia"]),
        // Whoever was only invited is not without a factor yet.
        ("mfa=none", vec!["adam", "bob", "hana"]),
        ("mfa=none&role=member&status=active", vec![]),
        ("mfa=enabled&role=member", vec!["mia"]),
        ("mfa=enabled&search=o", vec!["olga"]),
        ("role=member&search=b", vec!["bob"]),
    ] {
        let mut found = all(&olga, query).await;
        let mut expected = expected;
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
        assert_eq!(all(&olga, &format!("{query}&limit=1")).await.len(), expected.len());
    }
}

/// attacks.md row 70: a forged cursor, a size out of range, an unknown filter: refused.
#[tokio::test]
async fn what_is_not_of_this_list_is_refused() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    let own = list(&olga, "limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    let found = list(&olga, "limit=1&search=o").await;
    let theirs = otto.get("/api/v1/tenants/other/users?limit=1").await.expect(200).string("next_cursor");
    assert!(found["next_cursor"].is_null());
    let mut bad =
        vec![format!("cursor={theirs}"), format!("cursor={own}&search=o"), format!("cursor={own}x")];
    bad.extend(
        ["limit=0", "limit=-1", "limit=101", "limit=1e9", "cursor=", "cursor=AAAA", "cursor='%20OR%201=1--"]
            .map(str::to_owned),
    );
    bad.extend(
        [
            "role=operator",
            "role=",
            "status=deleted",
            "mfa=totp",
            "sort=password_hash",
            "password_hash=a",
            "role=owner&role=member",
        ]
        .map(str::to_owned),
    );
    for query in bad {
        olga.get(&format!("{USERS}?{query}")).await.refused(422, "validation_failed");
    }
    let second = list(&olga, &format!("limit=1&cursor={own}")).await;
    assert_eq!(names(&second), [names(&list(&olga, "").await)[1]]);
}

/// attacks.md row 65: a search finds nobody of another tenant.
#[tokio::test]
async fn nobody_of_another_tenant_is_found() {
    let test = TestApp::start().await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    for query in ["", "?search=m", "?search=olga", "?role=member", "?mfa=none"] {
        let found = otto.get(&format!("/api/v1/tenants/other/users{query}")).await.expect(200).json();
        assert!(
            found["items"].as_array().unwrap().iter().all(|person| person["tenant_id"] == "other"),
            "{found}"
        );
    }
    otto.get(USERS).await.refused(404, "not_found");
    otto.get(&format!("{USERS}?search=mia")).await.refused(404, "not_found");
}
