//! `/console/server`: health and the mail queue, for operators.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::{clock::Timestamp, ids::MailId};
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::operators::{
    By,
    server::{self, QueuedEntry, ServerHealth},
};

use super::{address::address, guard::OperatorPage};
use crate::{
    render::{go, page},
    view::{
        NavItem, When,
        console::{
            Pager,
            server::{Health, MailRow, ServerPage},
        },
        moment::Span,
    },
};

const HERE: &str = "/console/server";
const SCOPE: &str = "console/server/mail";
/// Mails on one page.
const ON_A_PAGE: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query: Query = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let cursor = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let Ok(after) = state.cursors.id::<MailId>(SCOPE, cursor) else { return Ok(go(HERE)) };
    let by = By::Session(&client, &visitor.caller);
    let found = server::health(&state.app, by).await?;
    let wanted = u32::try_from(ON_A_PAGE + 1).unwrap_or(u32::MAX);
    let mut mails = server::mail_queue(&state.app, by, after, wanted).await?;
    let more = mails.len() > ON_A_PAGE;
    mails.truncate(ON_A_PAGE);
    let last = mails.last().filter(|_| more).map(|mail| state.cursors.encode(SCOPE, mail.id.0.as_bytes()));
    let now = state.app.now();
    Ok(page(&ServerPage {
        page: visitor.page(&state, NavItem::Server),
        health: health(&found, now),
        mails: mails.into_iter().map(|mail| row(mail, now)).collect(),
        pager: Pager {
            first: after.map(|_| HERE.to_owned()),
            next: last.map(|cursor| address(HERE, &[("cursor", &cursor)])),
        },
    }))
}

pub(super) fn health(found: &ServerHealth, now: Timestamp) -> Health {
    Health {
        ready: found.ready,
        version: found.version.to_owned(),
        started: When::new(found.started_at, now),
        uptime: running(found.uptime_secs),
        database: if found.database == "sqlite" { "SQLite" } else { "PostgreSQL" },
        migrations: found.migrations,
        newest_migration: found.newest_migration.clone(),
        clock: When::new(found.clock, now),
        clock_set_back: found.clock_set_back,
        smtp: found.smtp,
        waiting: found.mail.waiting,
        failed: found.mail.dead,
    }
}

/// In whole units, the greatest of which there is one.
fn running(secs: i64) -> Span {
    let minutes = u64::try_from(secs / 60).unwrap_or_default();
    match minutes {
        0..60 => Span::Minutes(minutes),
        60..1440 => Span::Hours(minutes / 60),
        _ => Span::Days(minutes / 1440),
    }
}

fn row(mail: QueuedEntry, now: Timestamp) -> MailRow {
    MailRow {
        id: mail.id.0.to_string(),
        queued: When::new(mail.created_at, now),
        next: mail.dead_at.is_none().then(|| When::new(mail.due_at, now)),
        attempts: mail.attempts,
        error: mail.last_error,
    }
}
