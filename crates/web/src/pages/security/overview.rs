//! `/account/security`, and what enabling MFA means.

use axum::{extract::State, response::Response};
use twinlock_core::{clock::Timestamp, factor::recovery::CODES_PER_SET};
use twinlock_service::{MethodView, enrol::MAX_FACTORS, factors};

use crate::{
    WebState,
    extract::MfaAvailable,
    http::Problem,
    pages::{account::answer, render::page, visitor::SignedIn},
    view::{
        NavItem, When,
        security::{EnablePage, Method, MethodKind, SecurityPage},
    },
};

pub(super) async fn overview(State(state): State<WebState>, visitor: SignedIn) -> Result<Response, Problem> {
    let found = factors::overview(&state.app, &visitor.caller).await?;
    let now = state.app.now();
    let methods: Vec<_> = found.methods.into_iter().map(|view| method(view, now)).collect();
    Ok(page(&SecurityPage {
        page: visitor.page(&state, NavItem::Security),
        mfa: answer::mfa(&state, &visitor.caller),
        can_add: methods.len() < MAX_FACTORS as usize,
        methods,
        codes_total: u32::try_from(CODES_PER_SET).unwrap_or(u32::MAX),
        password_changed: None,
    }))
}

fn method(view: MethodView, now: Timestamp) -> Method {
    Method {
        id: view.id.to_string(),
        name: view.name,
        kind: MethodKind::App,
        added: When::new(view.created_at, now),
        last_used: view.last_used_at.map(|at| When::new(at, now)),
    }
}

pub(super) async fn enable(State(state): State<WebState>, _: MfaAvailable, visitor: SignedIn) -> Response {
    page(&EnablePage { page: visitor.page(&state, NavItem::Security) })
}
