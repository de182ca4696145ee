//! Where people are signed in, for their administrators.

use serde_json::{Value, json};
use twinlock_testkit::{TestApp, app::PASSWORD};

use super::{is_live, owner, page_of};
use crate::support::{audit, mail_about, names};

/// attacks.md row 52: the list shows no token, and only sessions of the person asked for.
#[tokio::test]
async fn an_administrator_sees_where_somebody_is_signed_in() {
    let test = TestApp::start().await;
    let adam = test.sign_in("adam").await;
    let path = format!("{}/sessions", page_of(&adam, "mia").await);
    assert_eq!(adam.get(&path).await.expect(200).json(), json!({ "items": [], "next_cursor": null }));
    for n in 1..=3 {
        test.anonymous().at(&format!("192.0.2.{n}")).sign_in("demo", "mia", PASSWORD).await;
    }
    test.sign_in("bob").await;
    test.anonymous().sign_in("other", "mia", PASSWORD).await;
    let first = adam.get(&format!("{path}?limit=2")).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = adam.get(&format!("{path}?limit=2&cursor={cursor}")).await.expect(200).json();
    let items: Vec<&Value> =
        [&first, &second].into_iter().flat_map(|page| page["items"].as_array().unwrap()).collect();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|item| item["current"] == false && item["address"].as_str().unwrap().starts_with("192.0.2.")));
    let members = names(items[0]);
    let known =
        ["address", "channel", "created_at", "current", "expires_at", "id", "last_used_at", "user_agent"];
    assert_eq!(members, known);
    assert!(second["next_cursor"].is_null());
    let others = format!("{}/sessions?cursor={cursor}", page_of(&adam, "bob").await);
    adam.get(&others).await.refused(422, "validation_failed");
}

#[tokio::test]
async fn an_administrator_signs_somebody_out_everywhere() {
    let test = TestApp::start().await;
    let (_, phone) = test.enrolled("mia").await;
    let mia = test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    let pending = test.anonymous().login("demo", "mia", PASSWORD, None).await.expect(200).string("mfa_token");
    let (bob, adam) = (test.sign_in("bob").await, test.sign_in("adam").await);
    let path = format!("{}/sessions", page_of(&adam, "mia").await);
    adam.delete(&path).await.expect(204);
    mia.get("/api/v1/account").await.refused(401, "unauthenticated");
    let finish = json!({ "mfa_token": pending, "mfa_code": phone.next_code() });
    test.anonymous().post("/api/v1/auth/mfa", finish).await.refused(401, "mfa_token_invalid");
    assert!(is_live(&bob).await && is_live(&adam).await);
    test.anonymous().sign_in_with_code("mia", &phone.next_code()).await;
    mail_about(&test, "mia@demo.example", "You were signed out everywhere").await;
    let events = audit(&test, &adam).await;
    assert!(
        events
            .iter()
            .any(|(kind, detail)| kind == "session.others_ended" && detail["ended"].as_u64() > Some(0))
    );
}

#[tokio::test]
async fn nobody_looks_upwards_or_sideways() {
    let test = TestApp::start().await;
    let (olga, _) = owner(&test).await;
    let adam = test.sign_in("adam").await;
    for (by, name) in [(&adam, "olga"), (&adam, "adam"), (&olga, "olga")] {
        let path = format!("{}/sessions", page_of(by, name).await);
        by.get(&path).await.refused(403, "forbidden");
        by.delete(&path).await.refused(403, "forbidden");
    }
    olga.get(&format!("{}/sessions", page_of(&olga, "adam").await)).await.expect(200);
}
