//! New people, and changes of them.

use twinlock_testkit::{TestApp, app::PASSWORD};

use crate::{page_of, person, signed_in, with_phone};

const NEW: &str = "/console/users/new";

#[tokio::test]
async fn somebody_is_invited_by_mail() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(NEW).await.expect(200);
    let fields = [
        ("username", "nora"),
        ("email", "nora@demo.example"),
        ("display_name", "Nora Nord"),
        ("role", "helpdesk"),
        ("password", ""),
    ];
    let made = olga.submit(NEW, &fields).await.expect(303);
    let html = olga.get(made.location()).await.expect(200).text();
    assert!(html.contains("Invited.") && html.contains("Nora Nord") && html.contains("Helpdesk"));
    assert!(html.contains("The invitation is open."));
    let mail = test.mails_to("nora@demo.example").await.pop().unwrap();
    let page = page_of(&mut olga, "nora").await;
    olga.get(&format!("{page}/invite")).await.expect(200);
    olga.submit(&format!("{page}/invite"), &[]).await.expect(303);
    let again = test.mails_to("nora@demo.example").await;
    assert_eq!(again.len(), 2);
    assert!(again.iter().any(|later| later.token() != mail.token()));
}

#[tokio::test]
async fn without_an_address_the_link_is_shown_once() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    olga.get(NEW).await.expect(200);
    let fields = [("username", "nora"), ("email", ""), ("role", "member"), ("password", "")];
    let html = olga.submit(NEW, &fields).await.expect(200).text();
    assert!(html.contains("Hand over the invitation"));
    let link = html.split("<li>http://localhost:8080").nth(1).unwrap().split("</li>").next().unwrap();
    let page = page_of(&mut olga, "nora").await;
    assert!(!olga.get(&page).await.expect(200).text().contains(link));
    test.browser().get(link).await.expect(200);
}

#[tokio::test]
async fn somebody_with_a_password_signs_in_and_chooses_their_own() {
    let test = TestApp::start().await;
    let mut adam = signed_in(&test, "demo", "adam").await;
    let form = adam.get(NEW).await.expect(200).text();
    assert!(form.contains("value=\"helpdesk\"") && !form.contains("value=\"admin\""));
    let fields = [("username", "nora"), ("role", "member"), ("password", PASSWORD)];
    let made = adam.submit(NEW, &fields).await.expect(303);
    assert!(adam.get(made.location()).await.text().contains("They can sign in now, within seven days"));
    let answer = test.anonymous().login("demo", "nora", PASSWORD, None).await.expect(200).json();
    assert_eq!(answer["password_change_required"], true);
    // A role at or above one's own was not in the form.
    let fields = [("username", "oda"), ("role", "owner"), ("password", PASSWORD)];
    adam.submit(NEW, &fields).await.expect(403);
}

#[tokio::test]
async fn mistakes_are_said_at_their_fields_and_the_rest_is_kept() {
    let test = TestApp::start().await;
    let mut olga = signed_in(&test, "demo", "olga").await;
    for (username, email, password, said) in [
        ("", "x@demo.example", "", "Type the name they will sign in with."),
        ("a b", "x@demo.example", "", "without spaces"),
        ("nora", "x@", "", "look like an email address"),
        ("nora", "x@demo.example", "password1", "That is too short."),
        ("mia", "x@demo.example", "", "Somebody here has this user name"),
        ("nora", "mia@demo.example", "", "Somebody here has this address"),
    ] {
        olga.get(NEW).await.expect(200);
        let fields = [("username", username), ("email", email), ("role", "helpdesk"), ("password", password)];
        let html = olga.submit(NEW, &fields).await.shown_again().text();
        assert!(html.contains(said), "{said}: {html}");
        assert!(html.contains(&format!("value=\"{email}\"")) && html.contains("value=\"helpdesk\" selected"));
    }
    olga.submit(NEW, &[("username", "nora"), ("role", "king")]).await.expect(400);
}

#[tokio::test]
async fn a_person_is_changed() {
    let test = TestApp::start().await;
    let (mut olga, phone) = with_phone(&test, "olga").await;
    let page = page_of(&mut olga, "mia").await;
    let edit = format!("{page}/edit");
    let form = olga.get(&edit).await.expect(200).text();
    assert!(form.contains("value=\"mia@demo.example\"") && form.contains("value=\"member\" selected"));
    let change = |username, email, role| {
        [("username", username), ("email", email), ("display_name", "Mia M"), ("role", role)]
    };
    for (username, email, said) in [
        ("", "mia@demo.example", "Type the name"),
        ("bob", "mia@demo.example", "Somebody here has this user name"),
        ("mia", "bob@demo.example", "Somebody here has this address"),
        ("mia", "nowhere", "look like an email address"),
        ("mia", "", "not taken away"),
    ] {
        let html = olga.submit(&edit, &change(username, email, "member")).await.shown_again().text();
        assert!(html.contains(said), "{said}");
    }
    let done = olga.submit(&edit, &change("maja", "new@demo.example", "helpdesk")).await.expect(303);
    let html = olga.get(done.location()).await.expect(200).text();
    assert!(html.contains("new@demo.example waits") && html.contains("Helpdesk") && html.contains("Mia M"));
    let by = test.anonymous().sign_in_with_code("olga", &phone.next_code()).await;
    assert_eq!(person(&by, "maja").await["role"], "helpdesk");
}

#[tokio::test]
async fn an_administrator_without_a_factor_changes_names_only() {
    let test = TestApp::start().await;
    let mut adam = signed_in(&test, "demo", "adam").await;
    let edit = format!("{}/edit", page_of(&mut adam, "mia").await);
    let fields =
        |role| [("username", "mia"), ("email", "mia@demo.example"), ("display_name", "M"), ("role", role)];
    adam.get(&edit).await.expect(200);
    adam.submit(&edit, &fields("member")).await.expect(303);
    adam.get(&edit).await.expect(200);
    let told = adam.submit(&edit, &fields("helpdesk")).await.expect(403).text();
    assert!(told.contains("Your second lock first"));
}
