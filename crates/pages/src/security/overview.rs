//! `/account/security`, and what enabling MFA means.

use axum::{extract::State, response::Response};
use twinlock_core::{assurance, clock::Timestamp, factor::recovery::CODES_PER_SET};
use twinlock_http::{WebState, extract::MfaAvailable, http::Problem};
use twinlock_service::{MethodView, enrol::MAX_FACTORS, factors};

use super::keys::rows;
use crate::{
    account::answer,
    keys,
    readiness::view,
    render::page,
    view::{
        KeysHere, NavItem, When,
        security::{EnablePage, Method, MethodKind, SecurityPage},
    },
    visitor::SignedIn,
};

pub(super) async fn overview(State(state): State<WebState>, visitor: SignedIn) -> Result<Response, Problem> {
    let found = factors::overview(&state.app, &visitor.caller).await?;
    let now = state.app.now();
    let kept = |view: &MethodView| found.kept.iter().any(|id| id.0 == view.id);
    let mut keys = rows(&state, &visitor.caller, now).await?;
    for key in &mut keys {
        key.kept = found.kept.iter().any(|id| id.to_string() == key.id);
    }
    Ok(page(&SecurityPage {
        page: visitor.page(&state, NavItem::Security),
        mfa: answer::mfa(&state, &visitor.caller),
        readiness: view(&found.readiness, &found.methods, now),
        can_add: found.methods.len() < MAX_FACTORS as usize,
        apps: found
            .methods
            .into_iter()
            .filter(|view| view.kind == "totp")
            .map(|view| Method { kept: kept(&view), ..app(view, now) })
            .collect(),
        required: found.required,
        keys,
        keys_here: visitor.keys.clone(),
        asked_first: asked_first(&state, &visitor),
        codes_total: u32::try_from(CODES_PER_SET).unwrap_or(u32::MAX),
        password_changed: None,
    }))
}

fn app(view: MethodView, now: Timestamp) -> Method {
    Method {
        id: view.id.to_string(),
        name: view.name,
        added: When::new(view.created_at, now),
        last_used: view.last_used_at.map(|at| When::new(at, now)),
        kept: false,
    }
}

/// What is asked first at sign-in, where the person has both kinds: the key, unless they chose the app.
fn asked_first(state: &WebState, visitor: &SignedIn) -> Option<MethodKind> {
    let ways = keys::ways(state, &visitor.caller, &KeysHere::Yes);
    let app = visitor.caller.live.account.user.preferred == Some(assurance::Method::Totp);
    (ways.key && ways.app).then_some(if app { MethodKind::App } else { MethodKind::Key })
}

pub(super) async fn enable(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    page(&EnablePage { page: visitor.page(&state, NavItem::Security) })
}
