//! PgBouncer between the server and its database: what works serves people, and the rest is refused at the start.

use serde_json::json;
use tokio::task::JoinSet;

use super::{
    database::{Database, command, serve},
    pgbouncer::{PgBouncer, version},
};
use crate::support::{Ended, Home};

/// From this version on, PgBouncer knows of prepared statements.
const KNOWS_STATEMENTS: (u32, u32) = (1, 21);

/// Many people at once, whose statements share few connections to the database.
async fn serves(database: &Database, pooler: &PgBouncer) {
    let home = Home::new();
    let server = serve(&home, &database.url_at(&pooler.address));
    let http = reqwest::Client::new();
    let mut people = JoinSet::new();
    for _ in 0..24 {
        let (http, url) = (http.clone(), server.url.clone());
        people.spawn(async move {
            let body = json!({ "username": "bob", "password": "bob's own password", "tenant_id": "demo" });
            let login = http.post(format!("{url}/api/v1/auth/login")).json(&body).send().await.unwrap();
            assert_eq!(login.status(), 200);
            let login: serde_json::Value = login.json().await.unwrap();
            let token = login["token"].as_str().unwrap().to_owned();
            let setup =
                http.post(format!("{url}/api/v1/mfa/setup")).bearer_auth(&token).send().await.unwrap();
            assert_eq!(setup.status(), 200);
            let sessions =
                http.get(format!("{url}/api/v1/auth/session")).bearer_auth(&token).send().await.unwrap();
            assert_eq!(sessions.status(), 200);
        });
    }
    while let Some(person) = people.join_next().await {
        person.unwrap();
    }
    let ended = server.stop();
    assert!(ended.code == 0 && !ended.err.contains("ERROR"), "{ended:?}");
}

fn refused(database: &Database, pooler: &PgBouncer) -> String {
    let url = database.url_at(&pooler.address);
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    Ended::of(command(&Home::new(), &url, &arguments)).failed(2)
}

#[tokio::test]
async fn session_pooling_works() {
    let Some(database) = Database::new().await else { return };
    serves(&database, &PgBouncer::before(&database, "pool_mode = session")).await;
}

#[tokio::test]
async fn transaction_pooling_works_where_the_pooler_knows_of_prepared_statements() {
    let Some(database) = Database::new().await else { return };
    let transaction = "pool_mode = transaction\ndefault_pool_size = 4";
    if version() < KNOWS_STATEMENTS {
        let line = refused(&database, &PgBouncer::before(&database, transaction));
        assert!(line.contains("loses prepared statements: PgBouncer needs version 1.21"), "{line}");
        return;
    }
    let knows = format!("{transaction}\nmax_prepared_statements = 100");
    serves(&database, &PgBouncer::before(&database, &knows)).await;
}

/// However the pooler chooses among its connections.
#[tokio::test]
async fn a_pooler_that_loses_prepared_statements_is_refused() {
    let Some(database) = Database::new().await else { return };
    let off = if version() < KNOWS_STATEMENTS { "" } else { "max_prepared_statements = 0" };
    for choice in
        ["default_pool_size = 1", "default_pool_size = 8", "server_round_robin = 1\nmin_pool_size = 5"]
    {
        let pooler = PgBouncer::before(&database, &format!("pool_mode = transaction\n{off}\n{choice}"));
        let line = refused(&database, &pooler);
        assert!(line.contains("loses prepared statements: PgBouncer needs version 1.21"), "{choice}: {line}");
    }
}

#[tokio::test]
async fn statement_pooling_is_refused() {
    let Some(database) = Database::new().await else { return };
    let line = refused(&database, &PgBouncer::before(&database, "pool_mode = statement"));
    assert!(line.contains("pool_mode = session"), "{line}");
}
