//! `/account/sessions`: where I am signed in.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use twinlock_core::{agent, clock::Timestamp, ids::SessionId};
use twinlock_http::{WebState, http::Problem};
use twinlock_service::{
    Caller, Channel,
    sessions::{self, Session},
};

use crate::{
    render::{go, page},
    view::{
        NavItem, When,
        account::{SessionRow, SessionsPage},
    },
    visitor::SignedIn,
};

/// Other sessions on one page.
const ON_A_PAGE: usize = 20;
/// How many are read at a time when one is looked for.
const CHUNK: u32 = 100;

pub(super) async fn list(
    State(state): State<WebState>,
    visitor: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let scope = format!("pages/sessions/{}", visitor.caller.live.account.user.id);
    let Ok(before) = state.cursors.id(&scope, cursor(query.as_deref()).as_deref()) else {
        return Ok(go("/account/sessions"));
    };
    let (others, last) = others(&state, &visitor.caller, before).await?;
    let mut rows = if before.is_none() { vec![own_row(&state, &visitor.caller)] } else { Vec::new() };
    rows.extend(others);
    Ok(page(&SessionsPage {
        page: visitor.page(&state, NavItem::Sessions),
        sessions: rows,
        next_cursor: last.map(|id| state.cursors.encode(&scope, id.0.as_bytes())),
    }))
}

fn cursor(query: Option<&str>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(name, _)| name == "cursor").map(|(_, value)| value.into_owned())
}

/// The sessions after `before` but for the one that asks, and where the next page begins, if there is one.
async fn others(
    state: &WebState,
    caller: &Caller,
    before: Option<SessionId>,
) -> Result<(Vec<SessionRow>, Option<SessionId>), Problem> {
    let wanted = u32::try_from(ON_A_PAGE + 1).unwrap_or(u32::MAX);
    let mut found = sessions::list(&state.app, caller, wanted, before).await?;
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let last = found.last().filter(|_| more).map(|session| session.id);
    found.retain(|session| session.id != caller.live.session.id);
    let now = state.app.now();
    let rows = found.into_iter().map(|session| row(&session, now));
    Ok((rows.collect(), last))
}

/// The session that asks; its last use is now.
fn own_row(state: &WebState, caller: &Caller) -> SessionRow {
    let session = &caller.live.session;
    let now = state.app.now();
    SessionRow { current: true, last_used: When::new(now, now), ..row(session, now) }
}

/// One session, seen from `now`.
pub(crate) fn row(session: &Session, now: Timestamp) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        browser: agent::describe(&session.user_agent).unwrap_or_default(),
        address: session.address.clone(),
        began: When::new(session.lifetime.created_at, now),
        last_used: When::new(session.lifetime.last_used_at, now),
        api: session.channel == Channel::Api,
        current: false,
    }
}

/// One of the caller's sessions.
pub(super) async fn find(
    state: &WebState,
    caller: &Caller,
    id: SessionId,
) -> Result<Option<SessionRow>, Problem> {
    if id == caller.live.session.id {
        return Ok(Some(own_row(state, caller)));
    }
    let mut before = None;
    loop {
        let found = sessions::list(&state.app, caller, CHUNK, before).await?;
        before = found.last().map(|session| session.id);
        let now = state.app.now();
        if let Some(session) = found.into_iter().find(|session| session.id == id) {
            return Ok(Some(row(&session, now)));
        }
        if before.is_none() {
            return Ok(None);
        }
    }
}
