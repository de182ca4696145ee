//! `/console`: how things stand, and what is worth doing.

use axum::{extract::State, response::Response};
use twinlock_http::{WebState, extract::RequestClient, http::Problem};
use twinlock_service::{
    Client,
    operators::{By, server},
    recommendations::{self, Recommendation, Severity},
};

use super::{
    guard::{self, Administrator},
    mfa::progress,
};
use crate::{
    render::page,
    view::{
        NavItem,
        console::{
            overview::{Advice, OverviewPage, Tone},
            server::Health,
        },
    },
    visitor::SignedIn,
};

pub(super) async fn show(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    Administrator(visitor): Administrator,
) -> Result<Response, Problem> {
    let tenant = &visitor.caller.live.account.tenant;
    let found = recommendations::recommendations(&state.app, &visitor.caller, &tenant.slug).await?;
    Ok(page(&OverviewPage {
        page: visitor.page(&state, NavItem::Overview),
        organisation: tenant.name.clone(),
        mfa: if state.app.config().mfa_enabled { Some(progress(&state, &visitor).await?) } else { None },
        recommendations: found.into_iter().map(advice).collect(),
        server: health(&state, &client, &visitor).await?,
    }))
}

/// To operators, how the server is doing.
async fn health(state: &WebState, client: &Client, visitor: &SignedIn) -> Result<Option<Health>, Problem> {
    if !guard::operates(state, visitor) {
        return Ok(None);
    }
    match server::health(&state.app, By::Session(client, &visitor.caller)).await {
        Ok(found) => Ok(Some(super::server::health(&found, state.app.now()))),
        Err(error) => Err(error.into()),
    }
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
