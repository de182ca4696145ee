//! How the server itself is doing, for operators: what the command line and the log would tell.

use twinlock_core::{clock::Timestamp, ids::MailId};
pub use twinlock_store::{
    MigrationState,
    outbox::{QueueState, QueuedEntry},
};
use twinlock_store::{migration_state, newest_migration, outbox};

use super::{By, OperateError, list::look};
use crate::App;

/// A clock that is behind the latest time seen by so much was set back, in seconds.
const SET_BACK_SECS: i64 = 1;

/// How this node is doing.
#[derive(Debug, Clone)]
pub struct ServerHealth {
    /// Its version.
    pub version: &'static str,
    /// When it started.
    pub started_at: Timestamp,
    /// For how long it has been running, in seconds.
    pub uptime_secs: i64,
    /// Whether it can serve.
    pub ready: bool,
    /// `sqlite` or `postgresql`.
    pub database: &'static str,
    /// How the schema relates to this program.
    pub migrations: MigrationState,
    /// The newest migration that this program has.
    pub newest_migration: String,
    /// The machine's clock.
    pub clock: Timestamp,
    /// Whether the machine's clock is behind the latest time seen.
    pub clock_set_back: bool,
    /// Passwords that wait to be hashed.
    pub hashing_queue: usize,
    /// Whether mail leaves the server, rather than being written to files.
    pub smtp: bool,
    /// Mails that wait, and that were given up.
    pub mail: QueueState,
}

/// How this node is doing. A database that does not answer is an error like any other.
pub async fn health(app: &App, by: By<'_>) -> Result<ServerHealth, OperateError> {
    look(app, by)?;
    let migrations = migration_state(&app.store).await?;
    let (clock, now) = (app.clock.now(), app.now());
    Ok(ServerHealth {
        version: env!("CARGO_PKG_VERSION"),
        started_at: app.started_at,
        uptime_secs: now.secs_since(app.started_at).max(0),
        ready: migrations == MigrationState::Current,
        database: if app.store.is_sqlite() { "sqlite" } else { "postgresql" },
        migrations,
        newest_migration: newest_migration(),
        clock,
        clock_set_back: now.secs_since(clock) >= SET_BACK_SECS,
        hashing_queue: app.hashing_queue(),
        smtp: app.config.smtp,
        mail: outbox::state(&app.store, app.now()).await?,
    })
}

/// The mails that have not left, oldest first, after `after`: not to whom they go, nor what they say.
pub async fn mail_queue(
    app: &App,
    by: By<'_>,
    after: Option<MailId>,
    limit: u32,
) -> Result<Vec<QueuedEntry>, OperateError> {
    look(app, by)?;
    let mut mails = outbox::page(&app.store, after, limit).await?;
    for mail in &mut mails {
        mail.last_error = mail.last_error.take().map(|error| without_addresses(&error));
    }
    Ok(mails)
}

/// Mail servers repeat in their errors to whom a mail goes.
fn without_addresses(error: &str) -> String {
    let words = error.split(' ').map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn an_error_does_not_tell_to_whom_a_mail_goes() {
        let error = "550 5.1.1 <nora@acme.example>: recipient rejected";
        assert_eq!(without_addresses(error), "550 5.1.1 … recipient rejected");
        assert_eq!(without_addresses("connection refused"), "connection refused");
    }
}
