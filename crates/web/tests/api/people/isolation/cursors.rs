//! The cursor of one list, sent to another.

use super::*;

/// A list with its cursor.
type List<'a> = (&'a Caller<'a>, String, String);

async fn lists<'a>(test: &TestApp, olga: &'a Caller<'a>, otto: &'a Caller<'a>) -> Vec<List<'a>> {
    for name in ["mia", "bob", "mia", "bob", "olga"] {
        test.sign_in(name).await;
    }
    let (mia, bob) = (id_of(olga, "mia").await, id_of(olga, "bob").await);
    let mut paths: Vec<_> = [
        "/audit",
        "/mfa/status",
        "/users",
        "/users?search=a",
        "/users?search=o",
        &format!("/users/{mia}/sessions"),
        &format!("/users/{bob}/sessions"),
    ]
    .map(|path| (olga, format!("/api/v1/tenants/demo{path}")))
    .into();
    paths.extend(
        ["/audit", "/users", "/mfa/status"].map(|path| (otto, format!("/api/v1/tenants/other{path}"))),
    );
    paths.push((olga, "/api/v1/sessions".to_owned()));
    let mut lists = vec![];
    for (by, path) in paths {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = by.get(&format!("{path}{sign}limit=1")).await.expect(200).json();
        let page = page.get("users_without_mfa").unwrap_or(&page);
        let cursor = page["next_cursor"].as_str().unwrap_or_else(|| panic!("one page only: {path}"));
        lists.push((by, format!("{path}{sign}limit=1&cursor="), cursor.to_owned()));
    }
    lists
}

/// attacks.md row 70: a cursor is good for the list it came from, and for no other.
#[tokio::test]
async fn a_cursor_is_of_one_list() {
    let test = TestApp::start().await;
    for name in ["anna", "ada", "oda"] {
        add(&test, name, Role::Member).await;
    }
    let olga = test.sign_in("olga").await;
    let otto = test.anonymous().sign_in("other", "otto", PASSWORD).await;
    let lists = lists(&test, &olga, &otto).await;
    for (by, path, own) in &lists {
        by.get(&format!("{path}{own}")).await.expect(200);
        for (_, from, foreign) in lists.iter().filter(|(_, _, cursor)| cursor != own) {
            let answer = by.get(&format!("{path}{foreign}")).await;
            let seen = (answer.status.as_u16(), answer.code());
            assert_eq!(seen, (422, "validation_failed".to_owned()), "{from} at {path}");
        }
    }
}
