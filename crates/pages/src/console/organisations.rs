//! `/console/organisations`: the organisations of the server, for its operators.

mod acts;
mod new;
mod owner;

use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use twinlock_core::clock::Timestamp;
use twinlock_http::{
    WebState,
    extract::RequestClient,
    http::{ApiPath, Problem},
};
use twinlock_service::operators::{
    By, OrganisationView, list, owners,
    search::{self, Wanted},
};

use super::{address::address, guard::OperatorPage};
use crate::{
    render::{go, page},
    view::{
        NavItem, When,
        console::{
            Pager,
            organisations::{OrganisationPage, OrganisationRow, OrganisationsPage},
        },
    },
};

const HERE: &str = "/console/organisations";
/// Organisations on one page.
const ON_A_PAGE: u32 = 50;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/console/organisations", get(all))
        .route("/console/organisations/new", get(new::ask).post(new::create))
        .route("/console/organisations/{id}", get(show))
        .route("/console/organisations/{id}/rename", get(acts::ask_name).post(acts::rename))
        .route("/console/organisations/{id}/owners/{user}/invite", get(owner::ask).post(owner::invite))
        .route("/console/organisations/{id}/{act}", get(acts::ask).post(acts::act))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    search: String,
    cursor: String,
}

async fn all(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query: Query = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let asked = query.search.trim().to_owned();
    let at = |cursor: &str| address(HERE, &[("search", &asked), ("cursor", cursor)]);
    let scope = format!("console/organisations/{asked}");
    let after = match query.cursor.as_str() {
        "" => None,
        cursor => match state.cursors.decode(&scope, cursor).ok().and_then(|id| String::from_utf8(id).ok()) {
            Some(id) => Some(id),
            None => return Ok(go(&at(""))),
        },
    };
    let first = after.is_some().then(|| at(""));
    let wanted = Wanted { search: asked.clone(), after, limit: ON_A_PAGE };
    let found = search::search(&state.app, By::Session(&client, &visitor.caller), &wanted).await?;
    let next = found.next.map(|id| at(&state.cursors.encode(&scope, id.as_bytes())));
    let now = state.app.now();
    Ok(page(&OrganisationsPage {
        page: visitor.page(&state, NavItem::Organisations),
        search: asked,
        organisations: found.items.into_iter().map(|view| row(view, now)).collect(),
        pager: Pager { first, next },
    }))
}

fn row(view: OrganisationView, now: Timestamp) -> OrganisationRow {
    let when = |at| When::new(at, now);
    OrganisationRow {
        id: view.id,
        name: view.name,
        users: view.users_total,
        created: when(view.created_at),
        suspended: view.suspended_at.map(when),
        goes: view.delete_at.map(when),
    }
}

async fn show(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    OperatorPage(visitor): OperatorPage,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let by = By::Session(&client, &visitor.caller);
    let found = list::show(&state.app, by, &id).await?;
    let owners = owners::waiting(&state.app, by, &id).await?;
    Ok(page(&OrganisationPage {
        page: visitor.page(&state, NavItem::Organisations),
        organisation: row(found, state.app.now()),
        owners: owners.into_iter().map(owner::row).collect(),
    }))
}

/// The address of an organisation's page.
fn page_of(id: &str) -> String {
    format!("{HERE}/{id}")
}
