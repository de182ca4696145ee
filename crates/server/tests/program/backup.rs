//! `backup` and `restore`.

use std::fs;

use serde_json::json;
use twinlock_store::{MigrationState, Store, migration_state, tenants};

use crate::support::{self, Ended, Home, mode};

/// security.md 17: what was alive when the backup was made does not come alive again.
#[tokio::test]
async fn a_backup_is_made_while_running_and_restored_with_every_session_ended() {
    let home = Home::new();
    let server = home.serve_people();
    let (_, signed_in) = server.login("maria", "correct horse battery", None).await;
    let token = signed_in["token"].as_str().unwrap();
    let copy = home.path("copy.db");
    let copy = copy.to_str().unwrap();
    home.done(&["backup", "--to", copy]);
    assert_eq!(mode(&home.path("copy.db")), 0o600);
    assert_eq!(server.session(token).await, 200);

    let line = home.run(&["restore", "--from", copy, "--force"]).failed(1);
    assert!(line.contains("stop the server first"), "{line}");
    assert_eq!(server.stop().code, 0);
    assert!(home.run(&["restore", "--from", copy]).failed(1).contains("--force"));
    let said = home.done(&["restore", "--from", copy, "--force"]);
    assert!(said.contains("1 sessions were ended") && said.contains("kept as"), "{said}");
    assert_eq!(mode(&home.path("data/twinlock.db")), 0o600);

    let server = home.serve(&[]);
    assert_eq!(server.session(token).await, 401);
    assert_eq!(server.login("maria", "correct horse battery", None).await.0, 200);
}

/// security.md 17: codes seen around the backup do not work after the restore, and the operator is told
/// whose recovery codes are uncertain.
#[tokio::test]
async fn a_restore_burns_the_codes_of_the_moment_and_names_what_is_uncertain() {
    let home = Home::new();
    let demo = support::Server::start(home.command(&["demo", "--listen", "127.0.0.1:0"]));
    let copy = home.path("copy.db");
    home.done(&["backup", "--to", copy.to_str().unwrap()]);
    let maria = demo.said.iter().find(|line| line.trim_start().starts_with("maria ")).unwrap().clone();
    demo.stop();
    let said = home.done(&["restore", "--from", copy.to_str().unwrap(), "--force"]);
    assert!(said.contains("  demo/maria\n") && !said.contains("demo/bob"), "{said}");

    fs::remove_file(home.path("data/.twinlock-demo")).unwrap();
    let server = home.serve(&[]);
    let words: Vec<_> = maria.split_whitespace().collect();
    let (password, secret) = (words[2], words[3]);
    let (status, answer) = server.login("maria", password, Some(&support::code_now(secret))).await;
    assert_eq!((status, answer["code"].as_str()), (401, Some("invalid_mfa_code")), "{answer}");
}

#[test]
fn a_backup_overwrites_nothing() {
    let home = Home::new();
    home.serve_people().stop();
    let there = home.write("there", "precious");
    let line = home.run(&["backup", "--to", there.to_str().unwrap()]).failed(2);
    assert!(line.contains("exists"), "{line}");
    assert_eq!(fs::read_to_string(there).unwrap(), "precious");
    assert!(home.run(&["backup"]).code == 2);
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let home = Home::new();
    home.serve_people().stop();
    let before = fs::read(home.path("data/twinlock.db")).unwrap();
    let mut torn = before.clone();
    torn.truncate(before.len() / 2);
    fs::write(home.path("torn.db"), torn).unwrap();
    home.write(
        "text.db",
        "this is no database, but long enough to have a header of a hundred bytes: ".repeat(9).as_str(),
    );
    fs::write(home.path("empty.db"), "").unwrap();
    for name in ["torn.db", "text.db", "empty.db"] {
        let file = home.path(name);
        let line = home.run(&["restore", "--force", "--from", file.to_str().unwrap()]).failed(1);
        assert!(line.contains("the backup is"), "{name}: {line}");
    }
    assert_eq!(fs::read(home.path("data/twinlock.db")).unwrap(), before);
    let left: Vec<_> = fs::read_dir(home.path("data")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("restoring")), "{left:?}");
}

/// security.md 17: a link mailed before the backup opens nothing after the restore.
#[tokio::test]
async fn links_of_the_backup_are_dead_after_the_restore() {
    let home = Home::new();
    let server = home.serve_people();
    let body = json!({ "tenant_id": "demo", "email": "maria@demo.example" });
    assert_eq!(server.post("/api/v1/auth/password-reset", &body).await.0, 202);
    let mail = loop {
        server.get("/healthz").await;
        if let Some(mail) = home.mails().pop() {
            break mail;
        }
    };
    let link = mail.lines().find(|line| line.starts_with("http://localhost:")).unwrap();
    let token = link.rsplit('/').next().unwrap();
    let copy = home.path("copy.db");
    home.done(&["backup", "--to", copy.to_str().unwrap()]);
    server.stop();
    home.done(&["restore", "--force", "--from", copy.to_str().unwrap()]);

    let server = home.serve(&[]);
    let body = json!({ "token": token, "new_password": "a new password nobody guesses" });
    let (status, _) = server.post("/api/v1/auth/password-reset/confirm", &body).await;
    assert_eq!(status / 100, 4);
    assert_eq!(server.login("maria", "correct horse battery", None).await.0, 200);
}

/// Whoever copies or looks at the file of a running server finds more than an empty shell beside a log.
#[tokio::test]
async fn what_a_server_starts_with_is_in_its_file_at_once() {
    let home = Home::new();
    let server = home.serve_people();
    let copy = home.path("copy.db");
    fs::copy(home.path("data/twinlock.db"), &copy).unwrap();
    assert!(home.path("data/twinlock.db-wal").exists(), "the server has the database open");
    let store = Store::connect(&format!("sqlite://{}", copy.display()), 1).await.unwrap();
    assert_eq!(migration_state(&store).await.unwrap(), MigrationState::Current);
    assert!(tenants::by_slug(&store, "demo").await.unwrap().is_some());
    store.close().await.unwrap();
    drop(server);
}

/// Keys without the database that they belong to: somebody pointed the server at another folder, or lost the database.
#[test]
fn an_empty_database_beside_keys_is_warned_about() {
    let home = Home::new();
    let warned = |ended: Ended| {
        let line = ended.err.lines().find(|line| line.contains("the database is empty")).map(str::to_owned);
        assert!(
            line.as_ref().is_none_or(|line| line.contains("data/keys holds keys of another one")),
            "{line:?}"
        );
        line.is_some()
    };
    assert!(!warned(home.serve_people().stop()), "the first start is as it should be");
    assert!(!warned(home.serve(&[]).stop()));
    fs::remove_file(home.path("data/twinlock.db")).unwrap();
    assert!(warned(home.serve(&[]).stop()));
    assert!(!warned(home.serve(&[]).stop()), "it is told once");
}
