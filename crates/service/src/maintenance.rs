//! What the server does by itself from time to time.

use twinlock_core::ids::UserId;
use twinlock_store::{backup, mail_budgets, meta, sessions::short_lived, throttles, user_search, users};
use uuid::Uuid;

use crate::{
    App, Internal, audit_log, clock_guard,
    context::Work,
    jwt, mfa_history,
    operators::removal,
    password_check::{AGAIN, AGAIN_SECS},
    remind,
    sessions::flush_touches,
};

/// A counter of failures that did not change for this long is forgotten, in seconds. Longer than any
/// wait.
const KEEP_COUNTERS_SECS: i64 = 86_400;

/// One round; meant for once a minute. What fails is logged and tried again in the next round.
///
/// Writes down the time, the last use of sessions and, once a day, how far organisations are; forgets what is over, and
/// reads the signing keys anew, for another node may have added one.
pub async fn tick(app: &App) {
    report("clock", clock_guard::note(app).await);
    report("sessions in use", flush_touches(app).await);
    report("old records", app.transact(|| forget(app)).await);
    report("old events", audit_log::forget(app).await);
    app.keyring.catch_up();
    report("signing keys", jwt::refresh(app).await);
    report("reminders", remind::automatic(app).await);
    report("enrollment over time", mfa_history::note(app).await);
    report("words of addresses", keep_words(app).await);
    report("deleted organisations", removal::carry_out(app).await);
    report("checkpoint", backup::checkpoint(&app.store).await.map_err(Internal::from));
}

/// Says in the database that the words of all addresses are kept in both their forms.
const WORDS_KEPT: &str = "words_in_both_forms";
/// People looked at in one go.
const WORDS_AT_ONCE: u32 = 200;

/// Once in the life of a database: who was there before addresses at international domains had two forms is found by
/// either of them. Each person in a transaction of their own.
async fn keep_words(app: &App) -> Result<(), Internal> {
    if meta::get(&app.store, WORDS_KEPT).await?.is_some() {
        return Ok(());
    }
    let mut after = UserId(Uuid::nil());
    loop {
        let found = user_search::at_international_domains(&app.store, after, WORDS_AT_ONCE).await?;
        let Some(last) = found.last() else { break };
        after = *last;
        for id in found {
            let work = Work::of_server(app).await?;
            user_search::keep_anew(&work, id).await?;
            work.commit().await?;
        }
    }
    let work = Work::of_server(app).await?;
    meta::set(&work, WORDS_KEPT, "yes").await?;
    Ok(work.commit().await?)
}

fn report(what: &str, outcome: Result<(), Internal>) {
    if let Err(error) = outcome {
        tracing::error!(what, %error, "maintenance failed; it is tried again");
    }
}

/// Each kind in a transaction of its own, so that none holds the database for long. What was forgotten is not there
/// when it is done again.
async fn forget(app: &App) -> Result<(), Internal> {
    let now = app.now();
    for entry in short_lived::entries() {
        let work = Work::of_server(app).await?;
        entry.purge(&work, now).await?;
        work.commit().await?;
    }
    let work = Work::of_server(app).await?;
    throttles::purge(&work, now.plus_secs(-KEEP_COUNTERS_SECS)).await?;
    work.commit().await?;
    let work = Work::of_server(app).await?;
    throttles::purge_prefix(&work, AGAIN, now.plus_secs(-AGAIN_SECS)).await?;
    work.commit().await?;
    let work = Work::of_server(app).await?;
    mail_budgets::purge(&work, now).await?;
    work.commit().await?;
    let work = Work::of_server(app).await?;
    users::release_earlier_names(&work, now).await?;
    Ok(work.commit().await?)
}
