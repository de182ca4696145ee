//! The master keys: a node without one of them does not start; they can be exchanged.

use std::fs;

use serde_json::{Value, json};

use crate::support::{self, Ended, Home, Server};

/// attacks.md row 21: without its key the server refuses to start, and makes no other.
#[test]
fn a_missing_key_is_named_and_not_replaced() {
    let home = Home::new();
    home.serve_people().stop();
    let key = home.only_file("data/keys");
    let id = key.file_stem().unwrap().to_str().unwrap().to_owned();
    let aside = home.path("aside.key");
    fs::rename(&key, &aside).unwrap();
    let line = home.run(&["serve", "--listen", "127.0.0.1:0"]).failed(2);
    assert!(line.contains(&id), "{line}");
    assert_eq!(fs::read_dir(home.path("data/keys")).unwrap().count(), 0);
    fs::rename(&aside, &key).unwrap();
    assert_eq!(home.serve(&[]).stop().code, 0);
}

/// attacks.md row 21: so it does with a key of the same name but other bytes, and with a damaged one.
#[test]
fn a_wrong_or_damaged_key_is_refused() {
    let home = Home::new();
    home.serve_people().stop();
    let key = home.only_file("data/keys");
    let file = key.display().to_string();
    for text in ["00".repeat(32), "not a key".to_owned(), String::new()] {
        fs::write(&key, text).unwrap();
        let line = home.run(&["serve", "--listen", "127.0.0.1:0"]).failed(2);
        assert!(line.contains(&file), "{line}");
    }
}

#[tokio::test]
async fn after_a_rotation_second_factors_still_open() {
    let home = Home::new();
    let mut demo = home.command(&["demo", "--listen", "127.0.0.1:0"]);
    demo.env("TWINLOCK_LOG__LEVEL", "warn");
    Server::start(demo).stop();
    let said = home.done(&["keys", "rotate"]);
    assert!(said.contains("added key"), "{said}");
    assert_eq!(fs::read_dir(home.path("data/keys")).unwrap().count(), 2);
    fs::remove_file(home.path("data/.twinlock-demo")).unwrap();
    assert_eq!(home.serve(&[]).get("/readyz").await.0, 200);
}

#[test]
fn there_is_nothing_to_rotate_before_the_first_start() {
    let home = Home::new();
    assert!(home.run(&["keys", "rotate"]).failed(2).contains("no database"));
    home.done(&["migrate"]);
    assert!(home.run(&["keys", "rotate"]).failed(2).contains("names no key yet"));
}

#[test]
fn keys_are_kept_apart_and_come_back_with_their_passphrase() {
    let home = Home::new();
    home.serve_people().stop();
    let (copy, keys) = (home.path("copy.db"), home.path("keys.txt"));
    let (copy, keys) = (copy.to_str().unwrap(), keys.to_str().unwrap());
    let backup = || home.command(&["backup", "--to", copy, "--keys", keys]);
    assert!(Ended::fed(backup(), "short\n").failed(2).contains("12 characters"));
    Ended::fed(backup(), "a long passphrase\n").succeeded();
    assert_eq!(support::mode(&home.path("keys.txt")), 0o600);
    let key = fs::read_to_string(home.only_file("data/keys")).unwrap();
    assert!(!fs::read_to_string(keys).unwrap().contains(key.trim()));

    fs::remove_dir_all(home.path("data")).unwrap();
    assert!(home.run(&["restore", "--from", copy]).failed(2).contains("put the key file back"));
    let restore = || home.command(&["restore", "--from", copy, "--keys", keys]);
    assert!(Ended::fed(restore(), "another passphrase\n").failed(2).contains("passphrase"));
    let mut right = restore();
    right.env("TWINLOCK_PASSPHRASE", "a long passphrase");
    Ended::of(right).succeeded();
    assert_eq!(fs::read_to_string(home.only_file("data/keys")).unwrap(), key);
    assert_eq!(home.serve(&[]).stop().code, 0);
}

/// `POST` with a bearer token: the answer.
async fn post(server: &Server, token: &str, path: &str, body: Value) -> Value {
    let request = reqwest::Client::new().post(format!("{}/api/v1/{path}", server.url));
    let response = request.bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

fn token_of((status, answer): (u16, Value)) -> String {
    assert_eq!(status, 200, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

/// Two nodes on one database go on beside a rotation, and while only one of them was started anew: what either of them
/// gave out before it and after it is good on both.
#[tokio::test]
async fn two_nodes_go_on_beside_a_rotation() {
    let home = Home::new();
    let nodes = [home.serve_people(), home.serve(&[])];
    let bob = async |node: &Server| token_of(node.login("bob", "bob's own password", None).await);
    let mut tokens = vec![bob(&nodes[0]).await, bob(&nodes[1]).await];
    let maria = token_of(nodes[0].login("maria", "correct horse battery", None).await);
    let setup = post(&nodes[0], &maria, "mfa/setup", json!({})).await;
    let secret = setup["secret"].as_str().unwrap();
    let code = support::code_at(secret, -1);
    tokens.push(
        post(&nodes[1], &maria, "mfa/verify", json!({ "code": code })).await["token"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    let (_, pending) = nodes[0].login("maria", "correct horse battery", None).await;

    home.done(&["keys", "rotate"]);
    for node in &nodes {
        tokens.push(bob(node).await);
    }
    let step = json!({ "mfa_token": pending["mfa_token"], "mfa_code": support::code_at(secret, 0) });
    tokens.push(token_of(nodes[1].post("/api/v1/auth/mfa", &step).await));
    let [one, other] = nodes;
    assert_eq!(one.stop().code, 0);
    // This one writes with the new key, of which the other has not heard yet.
    let nodes = [home.serve(&[]), other];
    let (_, pending) = nodes[0].login("maria", "correct horse battery", None).await;
    let step = json!({ "mfa_token": pending["mfa_token"], "mfa_code": support::code_at(secret, 1) });
    tokens.push(token_of(nodes[1].post("/api/v1/auth/mfa", &step).await));
    for node in &nodes {
        tokens.push(bob(node).await);
    }
    for node in &nodes {
        for (number, token) in tokens.iter().enumerate() {
            assert_eq!(node.session(token).await, 200, "token {number}");
        }
    }
    for node in nodes {
        let ended = node.stop();
        assert!(ended.code == 0 && !ended.err.contains("ERROR"), "{}", ended.err);
    }
    assert_eq!(home.violations().await, [""; 0]);
}
