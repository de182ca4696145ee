//! The database or the disk fails under a running server: nothing is granted, nobody is told internals, and it
//! goes on by itself once the fault is gone.

use std::process::Command;

use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::support::{self, Home, Server};

const PASSWORD: &str = "bob's own password";

async fn login(server: &Server) -> (u16, Value) {
    server.login("bob", PASSWORD, None).await
}

async fn token(server: &Server) -> String {
    login(server).await.1["token"].as_str().unwrap().to_owned()
}

fn is_away((status, body): &(u16, Value)) {
    assert_eq!((*status, &body["code"]), (503, &json!("unavailable")), "{body}");
    let text = body.to_string().to_lowercase();
    assert!(!["sqlite", "database", "disk", "busy", "full"].iter().any(|word| text.contains(word)), "{text}");
}

async fn sessions(home: &Home) -> usize {
    struct One;
    impl twinlock_store::row::FromRow for One {
        fn from_row(_: &twinlock_store::row::Row) -> Result<Self, twinlock_store::StoreError> {
            Ok(Self)
        }
    }
    let store = home.store().await;
    let all: Vec<One> = twinlock_store::Run::all(&store, "SELECT id FROM sessions", vec![]).await.unwrap();
    store.close().await.unwrap();
    all.len()
}

/// attacks.md row 98: another process holds the database for longer than a statement waits.
#[tokio::test]
async fn a_database_held_by_another_process() {
    let home = Home::new();
    let server = home.serve_people();
    let token = token(&server).await;
    let store = home.store().await;
    let held = store.begin().await.unwrap();
    is_away(&login(&server).await);
    assert_eq!(server.session(&token).await, 200, "who only reads is served meanwhile");
    assert_eq!(sessions(&home).await, 1);
    drop(held);
    store.close().await.unwrap();
    assert_eq!(login(&server).await.0, 200);
    assert_eq!(home.violations().await, [""; 0]);
}

/// The server in a shell that ignores the signal for files that are too large, so that the limit is an error of
/// each write, as a full disk is.
fn on_a_disk_that_fills_up(home: &Home) -> Command {
    let mut shell = Command::new("sh");
    let program = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    shell
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("TWINLOCK_SERVER__PUBLIC_URL", support::PUBLIC_URL);
    support::piped(shell)
}

/// attacks.md row 98: no file can be written.
#[tokio::test]
async fn a_full_disk() {
    let home = Home::new();
    home.serve_people().stop();
    let server = Server::start(on_a_disk_that_fills_up(&home));
    let token = token(&server).await;
    let limit = |bytes| {
        prlimit(Some(server.pid()), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    };
    limit(Some(0));
    for _ in 0..3 {
        is_away(&login(&server).await);
        let change =
            json!({ "current_password": PASSWORD, "new_password": "another password nobody guesses" });
        let request = reqwest::Client::new().post(format!("{}/api/v1/account/password", server.url));
        let status = request.bearer_auth(&token).json(&change).send().await.unwrap().status().as_u16();
        assert_eq!(status, 503);
        assert_eq!(server.session(&token).await, 200, "who only reads is served meanwhile");
        assert_eq!(server.get("/healthz").await.0, 200);
    }
    assert_eq!(sessions(&home).await, 1);
    limit(None);
    assert_eq!(login(&server).await.0, 200, "the old password, for nothing was changed");
    assert_eq!(sessions(&home).await, 2);
    assert_eq!(home.violations().await, [""; 0]);
    let ended = server.stop();
    assert!(ended.code == 0 && !ended.err.contains("panicked"), "{ended:?}");
}

/// attacks.md row 98: the folder for mails is gone. Whoever asked for one is answered, and it leaves later.
#[tokio::test]
async fn a_missing_folder_for_mails() {
    let home = Home::new();
    let server = home.serve_people();
    let outbox = home.path("data/outbox");
    assert!(!outbox.exists(), "it is made for the first mail");
    std::fs::write(&outbox, "in the way").unwrap();
    let ask = json!({ "tenant_id": "demo", "email": "maria@demo.example" });
    assert_eq!(server.post("/api/v1/auth/password-reset", &ask).await.0, 202);
    assert_eq!(login(&server).await.0, 200);
    let ended = server.stop();
    assert!(ended.code == 0 && !ended.err.contains("panicked"), "{ended:?}");
}
