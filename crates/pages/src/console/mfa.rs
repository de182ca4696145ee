//! `/console/mfa`: who has the second lock, and a reminder for who has not.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::{clock::Timestamp, ids::UserId, user::Power};
use twinlock_http::{
    WebState,
    extract::{MfaAvailable, RequestClient},
    http::Problem,
};
use twinlock_service::{
    mfa_history::{self, Counted},
    mfa_status::{self, Without},
    remind::{self, Reason, Round},
};

use super::{
    address::address,
    guard::{AdministratorForm, Helper},
    proof,
};
use crate::{
    render::{go, page},
    view::{
        NavItem, When,
        console::{
            Pager,
            chart::{Chart, ChartDay},
            mfa::{MfaStatusPage, Person, Reminded},
            progress::Progress,
        },
    },
    visitor::SignedIn,
};

const HERE: &str = "/console/mfa";
/// Days of the drawing.
const DRAWN: u32 = 90;
/// People on one page.
const ON_A_PAGE: usize = 50;

/// Where in the list, and what was just sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: String,
    queued: Option<u64>,
    no_email: u64,
    recently: u64,
}

pub(super) async fn show(
    State(state): State<WebState>,
    _: MfaAvailable,
    Helper(visitor): Helper,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query: Query = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let account = &visitor.caller.live.account;
    let slug = account.tenant.slug.clone();
    let scope = format!("console/mfa/{}", account.tenant.id);
    let cursor = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let Ok(after) = state.cursors.id::<UserId>(&scope, cursor) else { return Ok(go(HERE)) };
    let now = state.app.now();
    let wanted = u32::try_from(ON_A_PAGE + 1).unwrap_or(u32::MAX);
    let mut people = mfa_status::without(&state.app, &visitor.caller, &slug, after, wanted).await?;
    let more = people.len() > ON_A_PAGE;
    people.truncate(ON_A_PAGE);
    let last = people
        .last()
        .filter(|_| more)
        .map(|without| state.cursors.encode(&scope, without.user.id.as_bytes()));
    Ok(page(&MfaStatusPage {
        page: visitor.page(&state, NavItem::MfaStatus),
        progress: progress(&state, &visitor).await?,
        chart: chart(&state, &visitor).await?,
        may_remind: may_remind(&visitor),
        reach: mfa_status::reach(&state.app, &visitor.caller, &slug).await?,
        reminded: query.queued.map(|queued| Reminded {
            queued,
            no_email: query.no_email,
            recently: query.recently,
        }),
        people: people.into_iter().map(|without| person(without, now)).collect(),
        pager: Pager {
            first: after.map(|_| HERE.to_owned()),
            next: last.map(|cursor| address(HERE, &[("cursor", &cursor)])),
        },
    }))
}

fn may_remind(visitor: &SignedIn) -> bool {
    visitor.caller.live.account.user.role.has(Power::Administer)
}

/// How far the organisation is.
pub(super) async fn progress(state: &WebState, visitor: &SignedIn) -> Result<Progress, Problem> {
    let slug = &visitor.caller.live.account.tenant.slug;
    let numbers = mfa_status::numbers(&state.app, &visitor.caller, slug).await?;
    let now = state.app.now();
    Ok(Progress {
        total: numbers.total,
        invited: numbers.invited,
        enrolled: numbers.enrolled,
        totp: numbers.totp,
        webauthn: numbers.webauthn,
        at_risk: numbers.at_risk,
        required: numbers.required,
        grace: numbers.grace_until.map(|end| When::new(end, now)),
    })
}

/// How it came to that.
async fn chart(state: &WebState, visitor: &SignedIn) -> Result<Chart, Problem> {
    let slug = &visitor.caller.live.account.tenant.slug;
    let found = mfa_history::of_tenant(&state.app, &visitor.caller, slug, DRAWN).await?;
    let now = state.app.now();
    let day = |counted| {
        let Counted { day, people, enrolled } = counted;
        ChartDay::new(day, people, enrolled, now)
    };
    Ok(Chart { days: found.into_iter().map(day).collect() })
}

fn person(without: Without, now: Timestamp) -> Person {
    let when = |at| When::new(at, now);
    Person {
        id: without.user.id.to_string(),
        username: without.user.username,
        display_name: without.user.display_name,
        email: without.user.email,
        last_sign_in: without.last_sign_in_at.map(when),
        reminded: without.reminded_at.map(when),
        deadline: without.deadline.map(when),
    }
}

/// Whom to remind; nobody in particular for everybody.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    user_id: String,
}

pub(super) async fn send(
    State(state): State<WebState>,
    _: MfaAvailable,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Response {
    let named = match form.user_id.as_str() {
        "" => None,
        id => match UserId::parse(id) {
            Some(id) => Some([id]),
            None => return go(HERE),
        },
    };
    let slug = visitor.caller.live.account.tenant.slug.clone();
    let named = named.as_ref().map(<[UserId; 1]>::as_slice);
    match remind::send(&state.app, &client, &visitor.caller, &slug, named).await {
        Ok(round) => go(&told(&round)),
        Err(error) => proof::otherwise(&state, &visitor, error, HERE),
    }
}

fn told(round: &Round) -> String {
    let count =
        |wanted: Reason| round.skipped.iter().filter(|(_, reason)| *reason == wanted).count().to_string();
    let (queued, no_email) = (round.queued.to_string(), count(Reason::NoEmail));
    let recently = count(Reason::RemindedRecently);
    address(HERE, &[("queued", &queued), ("no_email", &no_email), ("recently", &recently)])
}
