//! A database and a role of a test's own, on the server that the tests run on.

use std::{
    env, process,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use twinlock_store::{Run, Store};

use crate::support::{self, Home, Server};

const PASSWORD: &str = "throw-away";

/// An empty database, and a role with the same name that owns it.
pub struct Database {
    admin: String,
    pub name: String,
}

impl Database {
    /// None where the tests run on SQLite.
    pub async fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = env::var("TWINLOCK_TEST_POSTGRES").ok().filter(|address| !address.is_empty())?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = Self { admin, name: format!("binary_{}_{number}", process::id()) };
        let name = &database.name;
        database.admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        database.admin(&format!("DROP ROLE IF EXISTS {name}")).await;
        database.admin(&format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")).await;
        database.admin(&format!("CREATE DATABASE {name} TEMPLATE template0 OWNER {name}")).await;
        Some(database)
    }

    /// Its address, for its owner.
    pub fn url(&self) -> String {
        self.url_of(&self.name)
    }

    /// Its address, for another role that [`Self::role`] made.
    pub fn url_of(&self, role: &str) -> String {
        format!("postgres://{role}:{PASSWORD}@{}/{}", self.place(), self.name)
    }

    /// Its address at another place, as `127.0.0.1:6432`.
    pub fn url_at(&self, place: &str) -> String {
        self.url().replace(self.place(), place)
    }

    /// Where the server is: `127.0.0.1:5432`.
    pub fn place(&self) -> &str {
        let (_, place) = self.admin.split_once('@').unwrap();
        place.split_once('/').unwrap().0
    }

    pub fn password() -> &'static str {
        PASSWORD
    }

    /// Makes a role that may connect, and nothing more; answers its name.
    pub async fn role(&self) -> String {
        let role = format!("{}_other", self.name);
        self.admin(&format!("DROP ROLE IF EXISTS {role}")).await;
        self.admin(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")).await;
        role
    }

    /// Runs a statement as the server's superuser, outside of the database.
    pub async fn admin(&self, sql: &str) {
        run(&self.admin, sql).await;
    }

    /// Runs a statement as the owner.
    pub async fn owner(&self, sql: &str) {
        run(&self.url(), sql).await;
    }

    /// Whether new connections only read, as those to a standby do.
    pub async fn reads_only(&self, reads_only: bool) {
        let state = if reads_only { "on" } else { "off" };
        self.admin(&format!("ALTER DATABASE {} SET default_transaction_read_only = {state}", self.name))
            .await;
    }

    /// Ends every connection to it, as a server that stops does.
    pub async fn end_connections(&self) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ";
        self.admin(&format!("{sql}'{}'", self.name)).await;
    }
}

async fn run(url: &str, sql: &str) {
    let store = Store::connect(url, 1).await.unwrap();
    store.exec(sql, vec![]).await.unwrap();
    store.close().await.unwrap();
}

/// A command on the database of this address.
pub fn command(home: &Home, url: &str, arguments: &[&str]) -> Command {
    let mut command = home.command(arguments);
    command.env("TWINLOCK_DATABASE__URL", url).env("TWINLOCK_SERVER__PUBLIC_URL", support::PUBLIC_URL);
    command
}

/// A server on the empty database of this address, filled with [`support::PEOPLE`].
pub fn serve(home: &Home, url: &str) -> Server {
    let people = home.write("people.toml", support::PEOPLE);
    let mut command = command(home, url, &["serve", "--listen", "127.0.0.1:0"]);
    command.arg("--bootstrap").arg(people);
    Server::start(command)
}
