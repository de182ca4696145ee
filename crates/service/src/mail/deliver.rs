//! Emptying the outbox.

use twinlock_core::clock::Timestamp;
use twinlock_store::{
    StoreError,
    outbox::{self, QueuedMail},
    seal::Purpose,
};

use super::{
    letter::Message,
    postman::{Postman, SendError},
};
use crate::{App, Internal, context::Work};

/// Mails looked at in one go.
const BATCH: u32 = 20;
/// A worker that claimed a mail and then says nothing has died after this long, in seconds.
const LEASE_SECS: i64 = 600;
/// The first wait after a failure, in seconds; each further one is twice as long.
const FIRST_WAIT_SECS: i64 = 60;
/// The longest wait, in seconds.
const MAX_WAIT_SECS: i64 = 3600;
/// A mail is given up this long after it could leave, in seconds.
const GIVE_UP_SECS: i64 = 3 * 86_400;
/// How much of an error is kept, in code points.
const MAX_ERROR: usize = 200;

/// Delivers the mails that are due; answers how many left. A mail that does not leave is tried again
/// later, and given up after three days.
pub async fn deliver_due(app: &App, postman: &Postman) -> Result<usize, Internal> {
    let mut delivered = 0;
    for mail in outbox::due(&app.store, app.now(), BATCH).await? {
        if claim(app, &mail).await? && deliver(app, postman, &mail).await? {
            delivered += 1;
        }
    }
    Ok(delivered)
}

/// Why a claimed mail stays.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Unreadable(#[from] StoreError),
    #[error("{0}")]
    Send(#[from] SendError),
}

async fn claim(app: &App, mail: &QueuedMail) -> Result<bool, Internal> {
    app.transact(|| claim_once(app, mail)).await
}

async fn claim_once(app: &App, mail: &QueuedMail) -> Result<bool, Internal> {
    let work = Work::of_server(app).await?;
    let claimed = outbox::claim(&work, mail, app.now().plus_secs(LEASE_SECS)).await?;
    work.commit().await?;
    Ok(claimed)
}

async fn deliver(app: &App, postman: &Postman, mail: &QueuedMail) -> Result<bool, Internal> {
    let sent = send(app, postman, mail).await;
    let outcome = match &sent {
        Ok(()) => {
            // A mail that left must not leave again because its last transaction met another.
            app.transact(|| delivered(app, mail)).await?;
            "delivered"
        }
        Err(failure) => {
            let error: String = failure.to_string().chars().take(MAX_ERROR).collect();
            let next = next_try(mail, app.now());
            app.transact(|| failed(app, mail, &error, next)).await?;
            log(mail, &error, next.is_some());
            if next.is_some() { "failed" } else { "given_up" }
        }
    };
    metrics::counter!("twinlock_mails_total", "outcome" => outcome).increment(1);
    Ok(sent.is_ok())
}

async fn delivered(app: &App, mail: &QueuedMail) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    outbox::delivered(&work, mail.id).await?;
    Ok(work.commit().await?)
}

async fn failed(app: &App, mail: &QueuedMail, error: &str, next: Option<Timestamp>) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    outbox::failed(&work, mail.id, error, next, app.now()).await?;
    Ok(work.commit().await?)
}

async fn send(app: &App, postman: &Postman, mail: &QueuedMail) -> Result<(), Failure> {
    let plain = app.keyring().open(Purpose::Outbox, mail.id.0, &mail.sealed).map_err(StoreError::from)?;
    let message: Message =
        serde_json::from_slice(&plain).map_err(|_| StoreError::Corrupt("outbox.sealed"))?;
    Ok(postman.send(mail.id, &message, mail.ready_at()).await?)
}

/// When to try again; never, once the mail is too old.
fn next_try(mail: &QueuedMail, now: Timestamp) -> Option<Timestamp> {
    if now.secs_since(mail.ready_at()) >= GIVE_UP_SECS {
        return None;
    }
    let wait = FIRST_WAIT_SECS.saturating_mul(1 << mail.attempts.min(10)).min(MAX_WAIT_SECS);
    Some(now.plus_secs(wait))
}

fn log(mail: &QueuedMail, error: &str, again: bool) {
    if again {
        tracing::warn!(mail = %mail.id, error, "a mail did not leave; it is tried again later");
    } else {
        tracing::error!(mail = %mail.id, error, "a mail was given up");
    }
}
