//! The audit log as a file.

use std::sync::Arc;

use axum::response::Response;
use twinlock_core::ids::{EventId, UserId};
use twinlock_service::{
    Caller,
    administration::NotAllowed,
    audit_log::{self, Entry, Filter},
};

use super::{File, Part, Source, file};
use crate::{
    WebState,
    http::{Problem, csv::ReadBy},
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

/// All events of the filter, newest first.
pub async fn audit(
    state: &WebState,
    caller: &Arc<Caller>,
    slug: &str,
    filter: Filter,
    read_by: ReadBy,
) -> Result<Response, Problem> {
    let today = state.app.now().to_datetime().date();
    let name = format!("audit-{slug}-{today}.csv");
    let log = Log { state: state.clone(), caller: Arc::clone(caller), slug: slug.to_owned(), filter };
    file(File { name, header: &HEADER, read_by }, log).await
}

/// What is read from, again and again.
struct Log {
    state: WebState,
    caller: Arc<Caller>,
    slug: String,
    filter: Filter,
}

impl Source for Log {
    async fn next(&mut self) -> Result<Part, NotAllowed> {
        let entries =
            audit_log::read_again(&self.state.app, &self.caller, &self.slug, &self.filter, CHUNK).await?;
        let last: Option<EventId> = entries.last().map(|entry| entry.event.id);
        self.filter.before = last.or(self.filter.before);
        Ok(Part { rows: entries.iter().map(line).collect(), more: entries.len() == CHUNK as usize })
    }
}

fn line(entry: &Entry) -> Vec<String> {
    let event = &entry.event;
    let id = |id: Option<UserId>| id.map(|id| id.to_string()).unwrap_or_default();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    vec![
        event.id.to_string(),
        event.at.to_string(),
        event.kind.as_str().to_owned(),
        event.actor.as_str().to_owned(),
        id(event.actor_id),
        text(event.actor_name.as_deref()),
        id(event.user_id),
        text(entry.user_name.as_deref()),
        event.address.clone(),
        event.user_agent.clone(),
        event.request_id.clone(),
        event.told().to_string(),
    ]
}
