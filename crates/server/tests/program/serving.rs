//! `twinlock serve`: starting, what it makes and prints, and stopping.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use twinlock_store::{
    Run, StoreError,
    row::{FromRow, Row},
};

use crate::support::{self, Ended, Home, Server, mode};

#[tokio::test]
async fn it_picks_a_port_says_where_it_is_and_answers() {
    let home = Home::new();
    let server = home.serve(&[]);
    assert!(server.url.starts_with("http://127.0.0.1:") && !server.url.ends_with(":0"), "{}", server.url);
    assert_eq!(server.get("/healthz").await.0, 200);
    assert_eq!(server.get("/readyz").await.0, 200);
}

#[tokio::test]
async fn the_first_start_prints_a_link_that_opens_the_set_up() {
    let home = Home::new();
    let server = Server::start(home.command(&["serve", "--listen", "127.0.0.1:0"]));
    let said = server.said.clone();
    let [link, listening] = said.as_slice() else { panic!("{:?}", server.said) };
    let link = link.strip_prefix("create the first account at ").unwrap();
    let path = &link[link.find("/setup/").unwrap()..];
    assert!(listening.starts_with("listening on http://127.0.0.1:"));
    assert!(link.starts_with("http://localhost:"), "{link}");
    assert_eq!(server.get(path).await.0, 200);
    let log = server.stop().err;
    assert!(!log.contains(path), "the link is for standard output only");
}

#[tokio::test]
async fn the_set_up_link_of_the_last_start_is_dead_and_none_comes_once_there_is_a_tenant() {
    let home = Home::new();
    let first = home.serve(&[]);
    let path = first.said[0][first.said[0].find("/setup/").unwrap()..].to_owned();
    assert_eq!(first.stop().code, 0);
    let second = home.serve(&[]);
    assert_ne!(second.get(&path).await.0, 200);
    assert_eq!(second.stop().code, 0);
    home.done(&["admin", "create-tenant", "--id", "acme", "--name", "Acme"]);
    let third = home.serve(&[]);
    assert_eq!(third.said.len(), 1, "{:?}", third.said);
}

/// attacks.md row 96: a stranger's upload is refused at once, however long it is to be: nobody waits for its body.
#[tokio::test]
async fn a_strangers_upload_is_refused_without_its_body() {
    let home = Home::new();
    let server = home.serve_people();
    let address = server.url.strip_prefix("http://").unwrap();
    for length in [900_000, 10 << 20] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(9))).unwrap();
        let head = format!(
            "POST /api/v1/tenants/demo/users/import HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/csv\r\n\
             Content-Length: {length}\r\n\r\nusername\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
    }
}

/// attacks.md row 95: the data folder, the database, its log and the keys are for their owner only.
#[tokio::test]
async fn what_it_makes_is_private() {
    let home = Home::new();
    let server = home.serve_people();
    let (status, _) = server
        .post(
            "/api/v1/auth/password-reset",
            &serde_json::json!({
                "tenant_id": "demo", "email": "maria@demo.example",
            }),
        )
        .await;
    assert_eq!(status, 202);
    assert_eq!(server.stop().code, 0);
    // The worker may have delivered the mail before the stop; if not, it does after this start.
    let server = home.serve(&[]);
    while home.mails().is_empty() {
        server.get("/healthz").await;
    }
    for folder in ["data", "data/keys", "data/outbox"] {
        assert_eq!(mode(&home.path(folder)), 0o700, "{folder}");
    }
    for file in ["data/twinlock.db", "data/twinlock.db-wal", "data/twinlock.db.lock"] {
        assert_eq!(mode(&home.path(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&home.only_file("data/keys")), 0o600);
    assert_eq!(mode(&home.only_file("data/outbox")), 0o600);
}

/// Whoever switched second factors off by mistake is told where they look.
#[tokio::test]
async fn second_factors_switched_off_over_enrolled_people_warn() {
    let home = Home::new();
    Server::start(home.command(&["demo", "--listen", "127.0.0.1:0"])).stop();
    fs::remove_file(home.path("data/.twinlock-demo")).unwrap();
    let switched_off = || {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("TWINLOCK_MFA__ENABLED", "false");
        command
    };
    let ended = Server::start(switched_off()).stop();
    assert!(ended.err.contains("twinlock: mfa.enabled is false"), "{}", ended.err);
    let url = format!("sqlite://{}", home.path("data/twinlock.db").display());
    let store = twinlock_store::Store::connect(&url, 1).await.unwrap();
    let sql = "SELECT type AS value FROM audit_events WHERE type = 'server.mfa_switched_off'";
    assert_eq!(store.all::<Value>(sql, vec![]).await.unwrap().len(), 1);
    store.close().await.unwrap();
    let ended = home.serve(&[]).stop();
    assert!(!ended.err.contains("mfa.enabled"), "{}", ended.err);
}

struct Value;

impl FromRow for Value {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

#[tokio::test]
async fn sigterm_ends_it_in_order() {
    let home = Home::new();
    let ended = home.serve_people().stop();
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert!(!home.path("data/twinlock.db-wal").exists(), "the log of writes was merged into the database");
}

#[test]
fn a_port_that_is_taken_is_a_bad_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = Home::new().run(&["serve", "--listen", &address]).failed(2);
    assert!(line.contains(&address), "{line}");
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let home = Home::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("TWINLOCK_METRICS__LISTEN", free.to_string());
    let server = Server::start(command);
    let metrics = reqwest::get(format!("http://{free}/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("twinlock_build_info{version="), "{metrics}");
    assert!(metrics.contains("process_start_time_seconds"), "{metrics}");
    assert_eq!(server.get("/metrics").await.0, 404);
}

#[test]
fn nobodys_choice_of_a_port_for_metrics_is_no_reason_not_to_start() {
    // Either we take the default port, or somebody else has it: it is taken.
    let _taken = TcpListener::bind("127.0.0.1:9464");
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env_remove("TWINLOCK_METRICS__LISTEN");
    let ended = Server::start(command).stop();
    assert!(ended.err.contains("no metrics"), "{}", ended.err);
}

#[test]
fn a_demos_data_are_not_served() {
    let home = Home::new();
    fs::create_dir(home.path("data")).unwrap();
    home.write("data/.twinlock-demo", "");
    assert!(home.run(&["serve", "--listen", "127.0.0.1:0"]).failed(2).contains("demo"));
    assert!(!home.path("data/twinlock.db").exists());
}

#[test]
fn an_ip_address_as_public_address_starts_and_says_what_is_off() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("TWINLOCK_SERVER__PUBLIC_URL", "http://127.0.0.1:8080");
    let ended = Server::start(command).stop();
    assert!(ended.err.contains("security keys are off"), "{}", ended.err);
}

#[test]
fn the_log_can_be_json() {
    let home = Home::new();
    let config = home.write("twinlock.toml", "[log]\nformat = \"json\"\n");
    let ended = home.serve(&["--config", config.to_str().unwrap()]).stop();
    assert!(!ended.err.is_empty());
    for line in ended.err.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(event["level"].is_string() && event["timestamp"].is_string(), "{line}");
    }
}

#[test]
fn help_and_version_need_nothing() {
    assert!(Ended::of(support::twinlock(["--version"])).succeeded().starts_with("twinlock "));
    assert!(Ended::of(support::twinlock(["serve", "--help"])).succeeded().contains("--bootstrap"));
}
