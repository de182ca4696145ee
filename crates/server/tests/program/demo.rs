//! `twinlock demo`: accounts that work at once, in data that may be thrown away.

use std::fs;

use crate::support::{Ended, Home, Server, code_now, twinlock};

/// User name, role, password and secret of each line of the table.
fn people(server: &Server) -> Vec<Vec<String>> {
    let cells = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows = server.said.iter().map(cells);
    rows.filter(|cells| {
        cells.len() == 4 && ["owner", "admin", "helpdesk", "member"].contains(&cells[1].as_str())
    })
    .collect()
}

#[tokio::test]
async fn every_account_of_the_table_works_at_once() {
    let server = Server::start(twinlock(["demo", "--listen", "127.0.0.1:0"]));
    let people = people(&server);
    let roles: Vec<_> = people.iter().map(|cells| cells[1].as_str()).collect();
    assert_eq!(roles, ["owner", "admin", "helpdesk", "member", "member", "member"], "{:?}", server.said);
    for cells in &people {
        let [username, role, password, secret] = cells.as_slice() else { unreachable!() };
        let code = (secret != "(none)").then(|| code_now(secret));
        if code.is_some() {
            let (_, first) = server.login(username, password, None).await;
            assert_eq!(first["mfa_required"], true, "{username}: {first}");
        }
        let (status, answer) = server.login(username, password, code.as_deref()).await;
        assert_eq!(
            (status, answer["user"]["role"].as_str()),
            (200, Some(role.as_str())),
            "{username}: {answer}"
        );
    }
    let with_app = people.iter().filter(|cells| cells[3] != "(none)").count();
    assert!((1..people.len()).contains(&with_app), "some have a second factor");
}

/// attacks.md row 94: at the most talkative level, after a sign-in with both locks, no password, secret or
/// token is in the log.
#[tokio::test]
async fn passwords_and_secrets_are_fresh_each_time_and_not_in_the_log() {
    let start = || {
        let mut command = twinlock(["demo", "--listen", "127.0.0.1:0"]);
        command.env("TWINLOCK_LOG__LEVEL", "trace");
        Server::start(command)
    };
    let (one, other) = (start(), start());
    let (first, second) = (people(&one), people(&other));
    let (maria, mut hidden) = (&first[0], Vec::new());
    let (_, pending) = one.login("maria", &maria[2], None).await;
    let (_, done) = one.login("maria", &maria[2], Some(&code_now(&maria[3]))).await;
    for token in [&pending["mfa_token"], &done["token"]] {
        hidden.push(token.as_str().unwrap().to_owned());
    }
    assert_eq!(one.session(&hidden[1]).await, 200);
    for (one, other) in first.iter().zip(&second) {
        assert_ne!(one[2], other[2]);
        hidden.push(one[2].clone());
        if one[3] != "(none)" {
            assert_ne!(one[3], other[3]);
            hidden.push(one[3].clone());
        }
    }
    let log = one.stop().err;
    assert!(log.contains("TRACE"), "it is talkative");
    assert_eq!(hidden.iter().find(|secret| log.contains(*secret)), None);
}

#[test]
fn it_is_for_this_machine_only_unless_allowed() {
    let line = Ended::of(twinlock(["demo", "--listen", "0.0.0.0:0"])).failed(2);
    assert!(line.contains("--allow-remote"), "{line}");
    let allowed = Server::start(twinlock(["demo", "--listen", "0.0.0.0:0", "--allow-remote"]));
    assert!(allowed.url.starts_with("http://0.0.0.0:"), "{}", allowed.url);
}

#[test]
fn a_named_folder_is_marked_used_again_and_never_somebodys() {
    let home = Home::new();
    let demo = || home.command(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(Server::start(demo()).stop().code, 0);
    assert!(home.path("data/.twinlock-demo").exists());
    let running = Server::start(demo());
    assert!(Ended::of(demo()).failed(1).contains("in use"));
    running.stop();

    let real = Home::new();
    real.serve_people().stop();
    let before = fs::read(real.path("data/twinlock.db")).unwrap();
    let line = real.run(&["demo", "--listen", "127.0.0.1:0"]).failed(2);
    assert!(line.contains("not a demo's"), "{line}");
    assert_eq!(fs::read(real.path("data/twinlock.db")).unwrap(), before);
}

#[test]
fn it_leaves_nothing_behind() {
    let home = Home::new();
    fs::create_dir(home.path("tmp")).unwrap();
    let mut command = twinlock(["demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", home.path("tmp"));
    let server = Server::start(command);
    assert_eq!(fs::read_dir(home.path("tmp")).unwrap().count(), 1);
    server.stop();
    assert_eq!(fs::read_dir(home.path("tmp")).unwrap().count(), 0);
}
