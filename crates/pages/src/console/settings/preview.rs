//! What a change would do, and to whom: in numbers, by name, and as a file.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_core::ids::UserId;
use twinlock_http::{
    WebState, export,
    extract::RequestClient,
    http::{Problem, csv::ReadBy},
};
use twinlock_service::settings::{self, Affected, Effect, SettingsError, WantedAffected};

use super::{HERE, changes, form, kept, refused};
use crate::{
    console::{
        address::address,
        guard::{Administrator, AdministratorForm},
    },
    render::{go, page},
    view::{
        NavItem, When,
        console::{
            Pager,
            settings::{AffectedPage, AffectedPeople, AffectedRow, Impact, PreviewPage, SettingsForm},
        },
    },
    visitor::SignedIn,
};

const PREVIEW: &str = "/console/settings/preview";
const FILE: &str = "/console/settings/preview.csv";
/// People of each list on the page of the numbers.
const AT_FIRST: u32 = 10;
/// People on a page of one list.
const ON_A_PAGE: u32 = 50;

/// Leads to the preview of what was typed, which can be gone back to; or saves at once what blocks nobody.
pub(super) async fn ask(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, form): AdministratorForm<SettingsForm>,
) -> Result<Response, Problem> {
    let wish = match form::read(&state, &form) {
        Ok(wish) => wish,
        Err(mistakes) => return Ok(super::again_with(&state, &visitor, &form, mistakes)),
    };
    let before = settings::get(&state.app, &visitor.caller, &super::slug(&visitor)).await?;
    let after = wish.0.clone().applied_to(&before.settings);
    if form.then == "save" && !changes::touch_policy(&before.settings, &after) {
        return super::keep(&state, &client, visitor, form).await;
    }
    if let Err(error) = settings::preview(&state.app, &visitor.caller, &super::slug(&visitor), wish).await {
        return Ok(refused(&state, &visitor, &form, error));
    }
    Ok(go(&address(PREVIEW, &[("typed", &kept::typed(&state, &visitor, &form))])))
}

/// What was typed, and what it would do now. Without it, or out of date, it leads back to the form.
pub(super) async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(form) = kept::read(&state, &visitor, query.as_deref()) else { return Ok(go(HERE)) };
    let Ok(wish) = form::read(&state, &form) else { return Ok(go(HERE)) };
    let slug = super::slug(&visitor);
    let before = settings::get(&state.app, &visitor.caller, &slug).await?;
    let after = wish.0.clone().applied_to(&before.settings);
    let policy = changes::touch_policy(&before.settings, &after);
    let impact = match settings::preview(&state.app, &visitor.caller, &slug, wish.clone()).await {
        Ok(impact) => impact,
        Err(error) => return Ok(refused(&state, &visitor, &form, error)),
    };
    let now = state.app.now();
    let names = &state.app.config().webauthn.device_names;
    let people = if policy { first(&state, &visitor, &form, &wish).await? } else { Vec::new() };
    Ok(page(&PreviewPage {
        page: visitor.page(&state, NavItem::Settings),
        fields: form::fields(&form),
        changes: changes::of(&before.settings, &after, names),
        policy,
        impact: Impact {
            caller_complies: impact.caller_complies,
            users_total: impact.users_total,
            users_invited: impact.users_invited,
            users_blocked_now: impact.users_blocked_now,
            users_in_grace: impact.users_in_grace,
            deadline: impact.deadline.map(|at| When::new(at, now)),
            sessions_ended: impact.sessions_ended,
            users_without_email: impact.users_without_email,
        },
        people,
        download: address(FILE, &[("typed", &kept::typed(&state, &visitor, &form))]),
        back: kept::address_with(&state, &visitor, &form),
    }))
}

/// The first people of every list that has some.
async fn first(
    state: &WebState,
    visitor: &SignedIn,
    form: &SettingsForm,
    wish: &form::Wish,
) -> Result<Vec<AffectedPeople>, Problem> {
    let typed = kept::typed(state, visitor, form);
    let slug = super::slug(visitor);
    let mut lists = Vec::new();
    for effect in Effect::ALL {
        let wanted = WantedAffected { effect, after: None, limit: AT_FIRST };
        let found = settings::affected(&state.app, &visitor.caller, &slug, wish.clone(), wanted).await?;
        let all = address(&format!("{PREVIEW}/{}", effect.as_str()), &[("typed", &typed)]);
        if !found.items.is_empty() || found.next.is_some() {
            lists.push(listed(state, effect, found.items, found.next.map(|_| all)));
        }
    }
    Ok(lists)
}

fn listed(state: &WebState, effect: Effect, people: Vec<Affected>, more: Option<String>) -> AffectedPeople {
    let now = state.app.now();
    let row = |person: Affected| AffectedRow {
        id: person.id.to_string(),
        username: person.username,
        display_name: person.display_name,
        email: person.email,
        deadline: person.deadline.map(|at| When::new(at, now)),
        sessions: person.sessions_ended,
    };
    AffectedPeople { effect, people: people.into_iter().map(row).collect(), more }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    typed: String,
    cursor: String,
}

/// Everybody on one list. Without what was typed, or with a change that is out of date, it goes back to the form.
pub(super) async fn affected(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    Path(effect): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let form = kept::read(&state, &visitor, query.as_deref());
    let (Some(effect), Some(form)) = (Effect::parse(&effect), form) else { return Ok(go(HERE)) };
    let Ok(wish) = form::read(&state, &form) else { return Ok(go(HERE)) };
    let query: Query = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let here = format!("{PREVIEW}/{}", effect.as_str());
    let first = address(&here, &[("typed", &query.typed)]);
    let scope = format!("console{here}/{}", visitor.caller.live.account.tenant.id);
    let cursor = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let Ok(after) = state.cursors.id::<UserId>(&scope, cursor) else { return Ok(go(&first)) };
    let wanted = WantedAffected { effect, after, limit: ON_A_PAGE };
    let slug = super::slug(&visitor);
    let found = match settings::affected(&state.app, &visitor.caller, &slug, wish, wanted).await {
        Ok(found) => found,
        Err(SettingsError::Conflict) => return Ok(go(HERE)),
        Err(error) => return Err(error.into()),
    };
    let next = found.next.map(|id| state.cursors.encode(&scope, id.0.as_bytes()));
    let next = next.map(|cursor| address(&here, &[("typed", &query.typed), ("cursor", &cursor)]));
    Ok(page(&AffectedPage {
        page: visitor.page(&state, NavItem::Settings),
        list: listed(&state, effect, found.items, None),
        pager: Pager { first: after.map(|_| first), next },
        download: address(FILE, &[("typed", &query.typed)]),
        back: kept::address_with(&state, &visitor, &form),
    }))
}

/// All lists as one file.
pub(super) async fn download(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(form) = kept::read(&state, &visitor, query.as_deref()) else { return Ok(go(HERE)) };
    let Ok(wish) = form::read(&state, &form) else { return Ok(go(HERE)) };
    export::affected(&state, &visitor.caller, &super::slug(&visitor), wish, ReadBy::Person).await
}
