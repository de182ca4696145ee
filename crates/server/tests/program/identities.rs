//! Two hundred people at once, over connections of their own: nobody is taken for another.

mod board;
mod person;

use std::{collections::HashSet, fmt::Write, sync::Arc};

use board::Board;
use person::Person;
use tokio::task::JoinSet;
use twinlock_testkit::{TestDatabase, invariants};

use crate::support::{self, Home, Server};

/// Two tenants with people of the same names.
const TENANTS: [&str; 2] = ["north", "south"];
const PEOPLE: usize = 100;

fn everybody() -> impl Iterator<Item = (usize, &'static str, usize)> {
    let people = TENANTS.into_iter().flat_map(|tenant| (0..PEOPLE).map(move |name| (tenant, name)));
    people.enumerate().map(|(number, (tenant, name))| (number, tenant, name))
}

/// A server with all of them, each with a password of their own.
fn serve(home: &Home, database: &TestDatabase) -> Server {
    let mut seeds = String::new();
    for (_, tenant, name) in everybody() {
        if name == 0 {
            write!(seeds, "[[tenant]]\nid = \"{tenant}\"\nname = \"{tenant}\"\n").unwrap();
        }
        let (username, password) = (person::username(name), person::password(tenant, name));
        let user = format!("username = \"{username}\"\npassword = \"{password}\"\nrole = \"owner\"\n");
        write!(seeds, "[[tenant.user]]\n{user}").unwrap();
    }
    let file = home.write("people.toml", &seeds);
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .arg("--bootstrap")
        .arg(file)
        .env("TWINLOCK_DATABASE__URL", database.url())
        .env("TWINLOCK_SERVER__PUBLIC_URL", support::PUBLIC_URL)
        // Everybody hashes at once, and nobody is to be sent away.
        .env("TWINLOCK_HASHING__QUEUE", "4096");
    Server::start(command)
}

/// attacks.md row 52: two hundred people of two tenants sign in, enrol, step up and look at their sessions at once,
/// with delays and connections that break off anywhere. Every token and every answer is its own person's, lists of
/// sessions need a finished sign-in and show no token, sessions of others cannot be ended.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_taken_for_another_while_everybody_signs_in() {
    let (home, database) = (Home::new(), TestDatabase::unmigrated().await);
    let server = serve(&home, &database);
    let board = Arc::new(Board::default());
    let mut lives = JoinSet::new();
    for (number, tenant, name) in everybody() {
        let (person, board) = (Person::new(&server.url, number, (tenant, name)), Arc::clone(&board));
        lives.spawn(person.live(board));
    }
    let (mut ids, mut tokens) = (HashSet::new(), Vec::new());
    while let Some(life) = lives.join_next().await {
        let (id, token) = life.expect("a life without a fault");
        assert!(ids.insert(id), "two people have one id");
        tokens.push(token);
    }
    for token in tokens {
        assert_eq!(server.session(&token).await, 200, "somebody else ended a session");
    }
    assert!(board.attempts_on_others() >= PEOPLE, "too few sessions of others were tried");
    let ended = server.stop();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(!ended.err.contains("panic") && !ended.err.contains("ERROR"), "{}", ended.err);
    assert_eq!(invariants::violations(database.store()).await, [""; 0]);
}
