//! `/console`: how things stand, and what is worth doing.

use axum::{extract::State, response::Response};
use twinlock_service::recommendations::{self, Recommendation, Severity};

use super::{guard::Administrator, mfa::progress};
use crate::{
    WebState,
    http::Problem,
    pages::render::page,
    view::{
        NavItem,
        console::overview::{Advice, OverviewPage, Tone},
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
        mfa: if state.app.config().mfa_enabled { Some(progress(&state, &visitor).await?) } else { None },
        recommendations: found.into_iter().map(advice).collect(),
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
