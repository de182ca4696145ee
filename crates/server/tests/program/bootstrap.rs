//! `serve --bootstrap`: an empty database is filled, any other is left as it is.

use std::fs;

use twinlock_testkit::TestDatabase;

use crate::support::{self, Ended, Home, PEOPLE};

#[tokio::test]
async fn people_of_the_file_can_sign_in() {
    let home = Home::new();
    let server = home.serve_people();
    assert_eq!(server.said.len(), 1, "no set-up link: there is an owner already");
    let (status, answer) = server.login("maria", "correct horse battery", None).await;
    assert_eq!((status, answer["user"]["role"].as_str()), (200, Some("owner")), "{answer}");
    assert_eq!(answer["user"]["created_at"], "2026-01-05T09:00:00Z");
    assert_eq!(server.login("bob", "bob's own password", None).await.0, 200);
    assert_eq!(server.login("bob", "correct horse battery", None).await.0, 401);
}

/// On PostgreSQL, too, where a server is given.
#[tokio::test]
async fn the_database_may_be_elsewhere() {
    let (home, database) = (Home::new(), TestDatabase::unmigrated().await);
    let people = home.write("people.toml", PEOPLE);
    let serve = |arguments: &[&str]| {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .args(arguments)
            .env("TWINLOCK_DATABASE__URL", database.url())
            // Tokens are for this address, whichever node made them.
            .env("TWINLOCK_SERVER__PUBLIC_URL", "http://localhost:8080");
        command
    };
    let filled = support::Server::start(serve(&["--bootstrap", people.to_str().unwrap()]));
    assert_eq!(filled.login("bob", "bob's own password", None).await.0, 200);
    // A second node on the same database, with the same keys.
    let second = support::Server::start(serve(&[]));
    let (_, answer) = filled.login("maria", "correct horse battery", None).await;
    assert_eq!(second.session(answer["token"].as_str().unwrap()).await, 200);
    assert_eq!(filled.stop().code, 0);
    assert_eq!(second.stop().code, 0);
    let line = Ended::of(serve(&["--bootstrap", people.to_str().unwrap()])).failed(2);
    assert!(line.contains("not empty"), "{line}");
}

#[tokio::test]
async fn a_database_that_is_not_empty_is_not_changed() {
    let home = Home::new();
    home.serve_people().stop();
    let before = fs::read(home.path("data/twinlock.db")).unwrap();
    let others = home.write("others.toml", &PEOPLE.replace("demo", "other"));
    let line =
        home.run(&["serve", "--listen", "127.0.0.1:0", "--bootstrap", others.to_str().unwrap()]).failed(2);
    assert!(line.contains("not empty") && line.contains("nothing was changed"), "{line}");
    assert_eq!(fs::read(home.path("data/twinlock.db")).unwrap(), before);
}

#[test]
fn a_bad_file_is_told_by_entry_and_fills_nothing() {
    for (text, told) in [
        (PEOPLE.replace("role = \"owner\"", "role = \"king\""), "line"),
        (PEOPLE.replace("username = \"bob\"", "username = \"maria\""), "user maria"),
        (PEOPLE.replace("id = \"demo\"", "id = \"Not a slug!\""), "tenant Not a slug!"),
        ("tenants = []".to_owned(), "line 1"),
    ] {
        let home = Home::new();
        let file = home.write("people.toml", &text);
        let line =
            home.run(&["serve", "--listen", "127.0.0.1:0", "--bootstrap", file.to_str().unwrap()]).failed(2);
        assert!(line.contains(told) && !line.contains("battery"), "{line}");
        // What was refused can be corrected and tried again.
        assert_eq!(home.serve_people().said.len(), 1);
    }
}
