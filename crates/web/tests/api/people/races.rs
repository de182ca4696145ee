//! Acts that meet each other.

use serde_json::json;
use twinlock_testkit::{Caller, TestApp, app::PASSWORD};

use super::{change, id_of, is_live, owner, person};
use crate::support::together;

/// Two owners, each with a factor.
async fn two_owners(test: &TestApp) -> (Caller<'_>, Caller<'_>) {
    let (olga, _) = owner(test).await;
    change(&olga, "adam", json!({ "role": "owner" })).await.expect(200);
    let mut adam = test.sign_in("adam").await;
    adam.enrol().await;
    (olga, adam)
}

/// attacks.md row 67: of two owners who demote each other at once, one stays.
#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    for wish in [json!({ "role": "member" }), json!({ "status": "suspended" })] {
        let test = TestApp::start().await;
        let (olga, adam) = two_owners(&test).await;
        let paths = [id_of(&olga, "adam").await, id_of(&olga, "olga").await]
            .map(|id| format!("{}/{id}", super::USERS));
        // Both are known to the server when it begins.
        assert!(is_live(&olga).await && is_live(&adam).await);
        let acts = [(&olga, &paths[0]), (&adam, &paths[1])].map(|(by, path)| by.patch(path, wish.clone()));
        let answers = together(acts).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(
            statuses,
            [200, 409],
            "{:?}",
            answers.iter().map(twinlock_testkit::Answer::text).collect::<Vec<_>>()
        );
        assert!(answers.iter().any(|answer| answer.code() == "conflict"));
        let left = if answers[0].status == 200 { &olga } else { &adam };
        let name = if answers[0].status == 200 { "olga" } else { "adam" };
        let left = person(left, name).await;
        assert_eq!((&left["role"], &left["status"]), (&json!("owner"), &json!("active")));
    }
}

/// attacks.md row 67: the same for deleting.
#[tokio::test]
async fn two_owners_who_delete_each_other_leave_one() {
    let test = TestApp::start().await;
    let (olga, adam) = two_owners(&test).await;
    let paths =
        [id_of(&olga, "adam").await, id_of(&olga, "olga").await].map(|id| format!("{}/{id}", super::USERS));
    assert!(is_live(&olga).await && is_live(&adam).await);
    let answers = together([(&olga, &paths[0]), (&adam, &paths[1])].map(|(by, path)| by.delete(path))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(usize::from(is_live(&olga).await) + usize::from(is_live(&adam).await), 1);
}

/// attacks.md row 46: a sign-in that meets the suspension leaves no session.
#[tokio::test]
async fn nobody_signs_in_while_being_suspended() {
    for _ in 0..5 {
        let test = TestApp::start().await;
        let (olga, _) = owner(&test).await;
        let path = format!("{}/{}", super::USERS, id_of(&olga, "mia").await);
        let anonymous = test.anonymous();
        let suspend = async { olga.patch(&path, json!({ "status": "suspended" })).await };
        let sign_in = async { anonymous.login("demo", "mia", PASSWORD, None).await };
        let (suspended, signed_in) = tokio::join!(suspend, sign_in);
        suspended.expect(200);
        if signed_in.status == 200 {
            assert!(!is_live(&test.anonymous().with_token(&signed_in.string("token"))).await);
        }
        anonymous.login("demo", "mia", PASSWORD, None).await.refused(401, "invalid_credentials");
    }
}
