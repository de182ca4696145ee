//! `/console`: how things stand, and what is worth doing.

use axum::{extract::State, response::Response};
use twinlock_core::policy;
use twinlock_service::{
    mfa_status,
    recommendations::{self, Recommendation, Severity},
};

use super::guard::Administrator;
use crate::{
    WebState,
    http::Problem,
    pages::{render::page, visitor::SignedIn},
    view::{
        NavItem, When,
        console::overview::{Advice, OverviewPage, Progress, Tone},
    },
};

pub(super) async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
) -> Result<Response, Problem> {
    let tenant = &visitor.caller.live.account.tenant;
    let found = recommendations::recommendations(&state.app, &visitor.caller, &tenant.slug).await?;
    Ok(page(&OverviewPage {
        page: visitor.page(&state, NavItem::Overview),
        organisation: tenant.name.clone(),
        mfa: progress(&state, &visitor).await?,
        recommendations: found.into_iter().map(advice).collect(),
    }))
}

async fn progress(state: &WebState, visitor: &SignedIn) -> Result<Option<Progress>, Problem> {
    if !state.app.config().mfa_enabled {
        return Ok(None);
    }
    let slug = &visitor.caller.live.account.tenant.slug;
    let numbers = mfa_status::numbers(&state.app, &visitor.caller, slug).await?;
    let now = state.app.now();
    Ok(Some(Progress {
        total: numbers.total,
        enrolled: numbers.enrolled,
        totp: numbers.totp,
        webauthn: numbers.webauthn,
        required: numbers.required,
        grace: numbers.grace_until.map(|end| (When::new(end, now), policy::days_left(end, now))),
    }))
}

fn advice(found: Recommendation) -> Advice {
    Advice {
        tone: match found.severity {
            Severity::High => Tone::Alarm,
            Severity::Medium => Tone::Warning,
            Severity::Low => Tone::Plain,
        },
        title: found.title.to_owned(),
        detail: found.detail,
        href: found.href,
    }
}
