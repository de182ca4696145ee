//! Whether this node can serve.

use twinlock_store::{MigrationState, migration_state, outbox};

use crate::{App, Internal};

pub use twinlock_store::outbox::QueueState;

/// Whether the database answers and writes, and its schema is the one this program expects.
pub async fn is_ready(app: &App) -> Result<bool, Internal> {
    if !app.store.is_writable().await? {
        return Ok(false);
    }
    app.store.ping().await?;
    Ok(migration_state(&app.store).await? == MigrationState::Current)
}

/// Mails that wait or were given up.
pub async fn mail_queue(app: &App) -> Result<QueueState, Internal> {
    Ok(outbox::state(&app.store, app.now()).await?)
}
