//! The audit log as a file, of any length: it is read while it is sent.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use futures_util::stream::{self, TryStreamExt};
use twinlock_core::ids::EventId;
use twinlock_service::{
    Caller,
    administration::NotAllowed,
    audit_log::{self, Entry, Filter},
};

use crate::{
    WebState,
    http::{Problem, csv},
};

/// Events read from the database at a time.
const CHUNK: u32 = 500;

const HEADER: [&str; 12] = [
    "id",
    "at",
    "type",
    "actor_kind",
    "actor_id",
    "actor_username",
    "user_id",
    "username",
    "address",
    "user_agent",
    "request_id",
    "detail",
];

/// All events of the filter, newest first. Between two chunks it is asked anew whether the caller may read; where
/// not, or where the database is away, the answer breaks off, and a client can tell that from its end.
pub async fn audit(
    state: &WebState,
    caller: &Arc<Caller>,
    slug: &str,
    filter: Filter,
) -> Result<Response, Problem> {
    let first = audit_log::read(&state.app, caller, slug, &filter, CHUNK).await?;
    let today = state.app.now().to_datetime().date();
    let name = format!("audit-{slug}-{today}.csv");
    let log = Log { state: state.clone(), caller: Arc::clone(caller), slug: slug.to_owned(), filter };
    let begin = csv::record(&HEADER) + &text(&first);
    let rest = stream::try_unfold((log, after(&first)), next).map_err(broken);
    let whole = stream::once(async { Ok(begin) });
    Ok(csv::file(&name, Body::from_stream(stream::StreamExt::chain(whole, rest))))
}

/// What is read from, again and again.
struct Log {
    state: WebState,
    caller: Arc<Caller>,
    slug: String,
    filter: Filter,
}

/// Where to go on; none at the end.
type Place = Option<EventId>;

async fn next((log, place): (Log, Place)) -> Result<Option<(String, (Log, Place))>, NotAllowed> {
    let Some(before) = place else { return Ok(None) };
    let filter = Filter { before: Some(before), ..log.filter.clone() };
    let entries = audit_log::read_again(&log.state.app, &log.caller, &log.slug, &filter, CHUNK).await?;
    let place = after(&entries);
    Ok(Some((text(&entries), (log, place))))
}

fn after(entries: &[Entry]) -> Place {
    entries.last().filter(|_| entries.len() == CHUNK as usize).map(|entry| entry.event.id)
}

fn broken(error: NotAllowed) -> NotAllowed {
    tracing::warn!(%error, "an export of the audit log broke off");
    error
}

fn text(entries: &[Entry]) -> String {
    entries.iter().map(line).collect()
}

fn line(entry: &Entry) -> String {
    let event = &entry.event;
    let id = |id: Option<twinlock_core::ids::UserId>| id.map(|id| id.to_string()).unwrap_or_default();
    csv::record(&[
        &event.id.to_string(),
        &event.at.to_string(),
        event.kind.as_str(),
        event.actor.as_str(),
        &id(event.actor_id),
        event.actor_name.as_deref().unwrap_or_default(),
        &id(event.user_id),
        entry.user_name.as_deref().unwrap_or_default(),
        &event.address,
        &event.user_agent,
        &event.request_id,
        &event.detail.to_string(),
    ])
}
