//! The database of a running server moves: answers are 503 meanwhile and never 500, and it goes on by itself.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::timeout};

use super::{
    database::{Database, serve},
    wire::Wire,
};
use crate::support::{Home, Server};

const PASSWORD: &str = "bob's own password";
/// So soon does the server work again once its address leads to a database that writes.
const RECOVERY: Duration = Duration::from_secs(2);

/// A client that can be used by many at once.
#[derive(Clone)]
struct Caller {
    url: String,
    http: reqwest::Client,
}

impl Caller {
    fn of(server: &Server) -> Self {
        Self { url: server.url.clone(), http: reqwest::Client::new() }
    }

    async fn login(self) -> (u16, Value) {
        let body = json!({ "username": "bob", "password": PASSWORD, "tenant_id": "demo" });
        let request = self.http.post(format!("{}/api/v1/auth/login", self.url)).json(&body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Signs in so often at once: as many connections of the server's pool are in use. The statuses.
    async fn crowd(&self, count: usize) -> Vec<u16> {
        let mut running: JoinSet<_> = (0..count).map(|_| self.clone().login()).collect();
        let mut statuses = Vec::new();
        while let Some(answer) = running.join_next().await {
            let (status, body) = answer.unwrap();
            assert!(status == 200 || (status == 503 && body["code"] == "unavailable"), "{status}: {body}");
            statuses.push(status);
        }
        statuses
    }

    async fn works(&self) -> bool {
        let all = self.crowd(12).await;
        all.iter().all(|status| *status == 200)
    }

    /// Waits until somebody gets in, within [`RECOVERY`]; from then on everybody does.
    async fn recovers(&self) {
        let first = async { while self.clone().login().await.0 != 200 {} };
        timeout(RECOVERY, first).await.expect("it works again within two seconds");
        for _ in 0..3 {
            assert!(self.works().await, "a connection from before was still in the pool");
        }
    }
}

fn ended_well(server: Server) {
    let ended = server.stop();
    assert!(ended.code == 0 && !ended.err.contains("panicked"), "{ended:?}");
}

/// Nobody notices a server that stopped and is there again, nor one that ends connections one by one.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_ended_between_two_requests_cost_nobody_an_answer() {
    let Some(database) = Database::new().await else { return };
    let home = Home::new();
    let server = serve(&home, &database.url());
    let caller = Caller::of(&server);
    let token = caller.clone().login().await.1["token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert!(caller.works().await);
        database.end_connections().await;
        assert_eq!(server.session(&token).await, 200);
        assert!(caller.works().await);
        database.end_connections().await;
        assert!(caller.works().await, "what failed before anything was sent is tried again");
    }
    ended_well(server);
}

/// attacks.md row 98: connections that are ended under requests, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_ended_under_requests_give_503_at_most() {
    let Some(database) = Database::new().await else { return };
    let home = Home::new();
    let server = serve(&home, &database.url());
    let caller = Caller::of(&server);
    for _ in 0..10 {
        tokio::join!(database.end_connections(), caller.crowd(16));
    }
    caller.recovers().await;
    ended_well(server);
}

/// attacks.md row 98: a failover to a server that only reads, until it is told to write. The connections made meanwhile
/// would only read for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_reads_for_a_while() {
    let Some(database) = Database::new().await else { return };
    let home = Home::new();
    let server = serve(&home, &database.url());
    let caller = Caller::of(&server);
    let token = caller.clone().login().await.1["token"].as_str().unwrap().to_owned();
    assert!(caller.works().await);
    database.reads_only(true).await;
    database.end_connections().await;
    for _ in 0..3 {
        assert!(caller.crowd(12).await.iter().all(|status| *status == 503));
        assert_eq!(server.get("/readyz").await.0, 503);
        assert_eq!(server.get("/healthz").await.0, 200);
        assert_eq!(server.session(&token).await, 200, "who only reads is served meanwhile");
    }
    database.reads_only(false).await;
    caller.recovers().await;
    assert_eq!(server.get("/readyz").await.0, 200);
    ended_well(server);
}

/// attacks.md row 98: nobody answers at the address for a while.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_for_a_while() {
    let Some(database) = Database::new().await else { return };
    let home = Home::new();
    let wire = Wire::to(database.place()).await;
    let server = serve(&home, &database.url_at(&wire.address));
    let caller = Caller::of(&server);
    assert!(caller.works().await);
    wire.cut();
    assert!(caller.crowd(4).await.iter().all(|status| *status == 503));
    assert_eq!(server.get("/readyz").await.0, 503);
    assert_eq!(server.get("/healthz").await.0, 200);
    wire.mend().await;
    caller.recovers().await;
    wire.cut();
    wire.mend().await;
    assert!(caller.works().await, "what failed before anything was sent is tried again");
    ended_well(server);
}
