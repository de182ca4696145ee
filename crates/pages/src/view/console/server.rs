//! The server itself, for its operators.

use askama::Template;
pub use twinlock_service::operators::server::MigrationState;

use super::Pager;
use crate::view::{Page, When, moment::Span};

/// How the node is doing that answers.
#[derive(Clone, Debug)]
pub struct Health {
    /// Whether it can serve.
    pub ready: bool,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started: When,
    /// For how long it has been running.
    pub uptime: Span,
    /// The database as its makers call it.
    pub database: &'static str,
    /// How the schema relates to the program.
    pub migrations: MigrationState,
    /// The newest migration of the program.
    pub newest_migration: String,
    /// The machine's clock.
    pub clock: When,
    /// Whether it is behind the latest time seen.
    pub clock_set_back: bool,
    /// Whether mail leaves the server.
    pub smtp: bool,
    /// Mails that wait.
    pub waiting: i64,
    /// Mails that were given up.
    pub failed: i64,
}

/// A mail that has not left.
#[derive(Clone, Debug)]
pub struct MailRow {
    /// Id, as in the log.
    pub id: String,
    /// When it was queued.
    pub queued: When,
    /// When it is tried next; none for one that was given up.
    pub next: Option<When>,
    /// Attempts so far.
    pub attempts: u32,
    /// What the last attempt failed with.
    pub error: Option<String>,
}

/// `/console/server`
#[derive(Debug, Template)]
#[template(path = "console/server.html")]
pub struct ServerPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// How it is doing.
    pub health: Health,
    /// Mails that have not left.
    pub mails: Vec<MailRow>,
    /// Where the list goes on.
    pub pager: Pager,
}
