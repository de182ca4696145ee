//! `/console/audit`: what happened, with filters, and as a file.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use twinlock_core::{
    agent,
    audit::EventKind,
    clock::Timestamp,
    ids::{EventId, UserId},
};
use twinlock_http::{
    WebState, export,
    http::{Problem, csv::ReadBy},
};
use twinlock_service::audit_log::{self, Entry, Filter};

use super::{address::address, detail, guard::Administrator};
use crate::{
    render::{go, page},
    view::{
        NavItem, When,
        console::{
            Pager,
            audit::{AuditForm, AuditPage, EventRow},
        },
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/audit";
const FILE: &str = "/console/audit.csv";
/// Events on one page.
const ON_A_PAGE: usize = 50;
const DAY_SECS: i64 = 86_400;

/// What is asked for. Blank is not asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    #[serde(rename = "type")]
    kind: String,
    person: String,
    by: String,
    from: String,
    to: String,
    cursor: String,
}

impl Query {
    /// What cannot be read is nothing asked for.
    fn of(text: Option<&str>) -> Self {
        serde_urlencoded::from_str(text.unwrap_or_default()).unwrap_or_default()
    }

    /// The same filter at another place of the list.
    fn at(&self, path: &str, cursor: &str) -> String {
        let filter = [("type", &*self.kind), ("person", &self.person), ("by", &self.by)];
        let span = [("from", &*self.from), ("to", &self.to), ("cursor", cursor)];
        address(path, &[filter, span].concat())
    }
}

pub(super) async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(query.as_deref());
    let (filter, form) = read(&state, &visitor, &query).await?;
    let scope = scope(&visitor);
    let cursor = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let Ok(before) = state.cursors.id::<EventId>(&scope, cursor) else { return Ok(go(&query.at(HERE, ""))) };
    let (entries, last) = part(&state, &visitor, Filter { before, ..filter }, &form).await?;
    let now = state.app.now();
    Ok(page(&AuditPage {
        page: visitor.page(&state, NavItem::Audit),
        form,
        events: entries.into_iter().map(|entry| row(entry, now)).collect(),
        pager: Pager {
            first: before.map(|_| query.at(HERE, "")),
            next: last.map(|id| query.at(HERE, &state.cursors.encode(&scope, id.0.as_bytes()))),
        },
        download: query.at(FILE, ""),
    }))
}

/// All that the filter finds, as a file.
pub(super) async fn download(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of(query.as_deref());
    let (filter, form) = read(&state, &visitor, &query).await?;
    if form.has_mistakes() {
        return Ok(go(&query.at(HERE, "")));
    }
    let slug = visitor.caller.live.account.tenant.slug.clone();
    Ok(export::audit(&state, &visitor.caller, &slug, filter, ReadBy::Person).await?.into_response())
}

/// A cursor is good for this list of this organisation.
fn scope(visitor: &SignedIn) -> String {
    format!("console/audit/{}", visitor.caller.live.account.tenant.id)
}

/// One part of the log, and where the next begins, if there is one.
async fn part(
    state: &WebState,
    visitor: &SignedIn,
    filter: Filter,
    form: &AuditForm,
) -> Result<(Vec<Entry>, Option<EventId>), Problem> {
    if form.has_mistakes() {
        return Ok((Vec::new(), None));
    }
    let wanted = u32::try_from(ON_A_PAGE + 1).unwrap_or(u32::MAX);
    let slug = &visitor.caller.live.account.tenant.slug;
    let mut found = audit_log::read(&state.app, &visitor.caller, slug, &filter, wanted).await?;
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let last = found.last().filter(|_| more).map(|entry| entry.event.id);
    Ok((found, last))
}

/// The filter, and the form as it was filled in with what is wrong in it.
async fn read(state: &WebState, visitor: &SignedIn, query: &Query) -> Result<(Filter, AuditForm), Problem> {
    let kind = EventKind::parse(&query.kind);
    let (user, person_unknown) = someone(state, visitor, &query.person).await?;
    let (actor, by_unknown) = someone(state, visitor, &query.by).await?;
    let (since, from_invalid) = day(&query.from);
    let (last_day, to_invalid) = day(&query.to);
    let until = last_day.map(|day| day.plus_secs(DAY_SECS));
    let form = AuditForm {
        kind,
        person: query.person.clone(),
        person_unknown,
        by: query.by.clone(),
        by_unknown,
        from: query.from.clone(),
        from_invalid,
        to: query.to.clone(),
        to_invalid,
    };
    Ok((Filter { kind, user, actor, since, until, before: None }, form))
}

/// Whom a text names, and whether it names nobody.
async fn someone(
    state: &WebState,
    visitor: &SignedIn,
    text: &str,
) -> Result<(Option<UserId>, bool), Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok((None, false));
    }
    let found = audit_log::person(&state.app, &visitor.caller, text).await?;
    Ok((found, found.is_none()))
}

/// The beginning of a day in UTC, and whether a text is none.
fn day(text: &str) -> (Option<Timestamp>, bool) {
    if text.is_empty() {
        return (None, false);
    }
    let begin = Timestamp::parse(&format!("{text}T00:00:00Z"));
    (begin, begin.is_none())
}

fn row(entry: Entry, now: Timestamp) -> EventRow {
    let Entry { event, user_name } = entry;
    let own = event.actor_id.is_some() && event.actor_id == event.user_id;
    let about = if own { None } else { event.user_id };
    EventRow {
        detail: detail::lines(&event.told()),
        times: event.times(),
        failures: event.detail["failures"].as_u64().filter(|_| event.kind == EventKind::CodesBlocked),
        kind: event.kind,
        at: When::new(event.at, now),
        actor: event.actor,
        actor_name: event.actor_name.unwrap_or_default(),
        about: about.map(|id| user_name.unwrap_or_else(|| id.to_string())).unwrap_or_default(),
        browser: agent::describe(&event.user_agent).unwrap_or_default(),
        address: event.address,
        request_id: event.request_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(day("2026-03-02"), (Timestamp::parse("2026-03-02T00:00:00Z"), false));
        assert_eq!(day(""), (None, false));
        for text in ["2026-02-30", "yesterday", "2026-3-2", "2026-03-02T00:00:00Z", " "] {
            assert_eq!(day(text), (None, true), "{text}");
        }
    }
}
