//! `twinlock admin`: for the operator who is locked out, beside a running server.

use std::time::Duration;

use serde_json::json;

use crate::support::{Ended, Home, Server, code_now};

#[tokio::test]
async fn a_tenant_and_its_people_are_made_beside_a_running_server() {
    let home = Home::new();
    let server = home.serve_people();
    home.done(&["admin", "create-tenant", "--id", "acme", "--name", "Acme"]);
    let create = home.command(&[
        "admin",
        "create-user",
        "--tenant",
        "acme",
        "--username",
        "olga",
        "--role",
        "owner",
        "--password-stdin",
    ]);
    Ended::fed(create, "a password nobody guesses\n").succeeded();
    let body = json!({ "username": "olga", "password": "a password nobody guesses", "tenant_id": "acme" });
    assert_eq!(server.post("/api/v1/auth/login", &body).await.0, 200);

    let said = home.done(&["admin", "create-user", "--tenant", "acme", "--username", "ivo"]);
    let link = said.lines().last().unwrap();
    let token = link.rsplit('/').next().unwrap();
    let body = json!({ "token": token, "password": "another password nobody guesses" });
    let (status, answer) = server.post("/api/v1/auth/invitation/accept", &body).await;
    assert_eq!((status, answer["user"]["username"].as_str()), (200, Some("ivo")), "{said} {answer}");
    let listed = home.done(&["admin", "list-users", "--tenant", "acme"]);
    assert_eq!(listed.lines().count(), 2);
    assert!(listed.contains("olga\t-\towner\tactive\tpassword only"), "{listed}");
}

#[tokio::test]
async fn who_lost_the_phone_gets_in_with_the_password_after_a_reset() {
    let home = Home::new();
    let server = Server::start(home.command(&["demo", "--listen", "127.0.0.1:0"]));
    let line = server.said.iter().find(|line| line.contains("alice ")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    let (password, secret) = (words[2], words[3]);
    let (_, answer) = server.login("alice", password, Some(&code_now(secret))).await;
    let token = answer["token"].as_str().unwrap();
    home.done(&["admin", "reset-mfa", "--tenant", "demo", "alice"]);
    let (status, answer) = server.login("alice", password, None).await;
    assert!(status == 200 && answer["token"].is_string(), "{answer}");
    // api.md: acts of the command line are seen within a second.
    let seen = async { while server.session(token).await == 200 {} };
    tokio::time::timeout(Duration::from_secs(3), seen).await.expect("the session of before has ended");
}

#[tokio::test]
async fn a_suspended_account_cannot_sign_in_until_it_is_activated() {
    let home = Home::new();
    let server = home.serve_people();
    home.done(&["admin", "suspend", "--tenant", "demo", "bob"]);
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 401);
    home.done(&["admin", "activate", "--tenant", "demo", "bob"]);
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 200);
}

#[tokio::test]
async fn an_operator_is_led_into_the_enrollment() {
    let home = Home::new();
    let server = home.serve_people();
    let said = home.done(&["admin", "create-operator", "--username", "ona"]);
    let link = said.lines().find(|line| line.contains("/invite/")).unwrap();
    let body = json!({ "token": link.rsplit('/').next().unwrap(), "password": "a password nobody guesses" });
    let (status, answer) = server.post("/api/v1/auth/invitation/accept", &body).await;
    assert_eq!((status, answer["mfa_enrollment_required"].as_bool()), (200, Some(true)), "{answer}");
    let again = home.run(&["admin", "create-operator", "--username", "ONA"]);
    assert!(again.failed(1).contains("taken"));
}

#[tokio::test]
async fn nobody_signs_in_to_a_suspended_tenant() {
    let home = Home::new();
    let server = home.serve_people();
    let tenant = |act: &str| home.done(&["admin", act, "demo"]);
    assert!(home.done(&["admin", "list-tenants"]).contains("demo\t"));
    assert!(tenant("suspend-tenant").contains("suspended"));
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 401);
    assert!(tenant("delete-tenant").contains("restore-tenant demo"));
    assert!(home.run(&["admin", "resume-tenant", "demo"]).failed(1).contains("restore it first"));
    tenant("restore-tenant");
    tenant("resume-tenant");
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 200);
    assert!(home.run(&["admin", "delete-tenant", "system"]).failed(1).contains("not found"));
}

#[tokio::test]
async fn unlock_forgives_wrong_passwords() {
    let home = Home::new();
    let server = home.serve_people();
    let mut guesses = 0;
    while server.login("bob", &format!("wrong {guesses}"), None).await.0 == 401 {
        guesses += 1;
    }
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 429);
    home.done(&["admin", "unlock", "--tenant", "demo", "bob"]);
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 200);
}

#[test]
fn settings_are_shown_and_set_by_name() {
    let home = Home::new();
    home.serve_people().stop();
    let set = |changes: &[&str]| home.run(&[&["admin", "set", "--tenant", "demo"], changes].concat());
    let said = set(&["session_lifetime_minutes=480", "recovery_code_format=long"]).succeeded();
    assert!(said.contains("session_lifetime_minutes=480\n") && said.contains("recovery_code_format=long\n"));
    assert!(set(&[]).succeeded().contains("version=2\n") || set(&[]).succeeded().contains("version=1\n"));
    assert!(set(&["session_lifetime_minutes=4"]).failed(1).contains("5 to 43200"));
    assert!(set(&["session_lifetime=480"]).failed(1).contains("no setting session_lifetime"));
    assert!(set(&["session_lifetime_minutes"]).failed(2).contains("NAME=VALUE"));
}

#[test]
fn what_does_not_exist_is_told() {
    let home = Home::new();
    assert!(home.run(&["admin", "list-users", "--tenant", "demo"]).failed(2).contains("no database"));
    assert!(!home.path("data").exists());
    home.serve_people().stop();
    assert!(home.run(&["admin", "list-users", "--tenant", "nope"]).failed(1).contains("no tenant nope"));
    assert!(home.run(&["admin", "unlock", "--tenant", "demo", "nope"]).failed(1).contains("no user nope"));
}

#[tokio::test]
async fn an_operators_role_and_address_are_changed_at_the_command_line() {
    let home = Home::new();
    let server = home.serve_people();
    let mut said = String::new();
    for name in ["ada", "bea"] {
        let email = format!("{name}@example.org");
        said = home.done(&["admin", "create-operator", "--username", name, "--email", &email]);
    }
    let link = said.split_whitespace().find(|word| word.contains("/invite/")).unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let change = ["admin", "change-user", "--tenant", "system", "bea", "--new-username", "beate"];
    home.done(&[&change[..], &["--email", "beate@example.org", "--role", "admin"]].concat());
    let listed = home.done(&["admin", "list-users", "--tenant", "system"]);
    assert!(listed.contains("beate\tbeate@example.org\tadmin\tinvited"), "{listed}");
    // What was sent to the address before opens nothing any more.
    let body = json!({ "token": token, "password": "a password nobody guesses" });
    let (status, answer) = server.post("/api/v1/auth/invitation/accept", &body).await;
    assert!(status == 401 && answer["detail"].as_str().unwrap().contains("no longer valid"), "{answer}");
    let taken = ["admin", "change-user", "--tenant", "system", "beate", "--email", "ada@example.org"];
    assert!(home.run(&taken).failed(1).contains("taken"));
    home.done(&["admin", "delete-user", "--tenant", "system", "beate"]);
    assert!(!home.done(&["admin", "list-users", "--tenant", "system"]).contains("beate"));
}

#[tokio::test]
async fn the_last_owner_is_neither_demoted_nor_deleted() {
    let home = Home::new();
    let _server = home.serve_people();
    home.done(&["admin", "create-tenant", "--id", "acme", "--name", "Acme"]);
    let create = ["admin", "create-user", "--tenant", "acme", "--username", "olga", "--role", "owner"];
    Ended::fed(home.command(&[&create[..], &["--password-stdin"]].concat()), "a password nobody guesses\n")
        .succeeded();
    let demote = ["admin", "change-user", "--tenant", "acme", "olga", "--role", "member"];
    assert!(home.run(&demote).failed(1).contains("last owner"));
    let delete = ["admin", "delete-user", "--tenant", "acme", "olga"];
    assert!(home.run(&delete).failed(1).contains("last owner"));
    assert!(home.done(&["admin", "list-users", "--tenant", "acme"]).contains("olga\t-\towner"));
}
