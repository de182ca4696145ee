//! `/api/docs`: the OpenAPI document for people, without a script.

mod model;
mod schema;

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use twinlock_http::WebState;
use utoipa::openapi::OpenApi;

use super::{
    render::page,
    visitor::{PreLogin, SignedIn},
};
use crate::view::{
    NavItem,
    api_docs::{ApiDocsPage, Group},
};

const DOCUMENT: &str = "/api/v1/openapi.json";

/// What the page says, made from the document once.
struct Content {
    version: String,
    description: String,
    groups: Vec<Group>,
}

pub(super) fn routes(document: &OpenApi) -> Router<WebState> {
    // The published JSON is what the page is made of: it shows what programs see, and nothing else.
    let published = serde_json::to_value(document).unwrap_or_default();
    let content = Arc::new(Content {
        version: document.info.version.clone(),
        description: document.info.description.clone().unwrap_or_default(),
        groups: model::groups(&published),
    });
    let show = move |State(state): State<WebState>, visitor: Option<SignedIn>, browser: PreLogin| {
        let content = Arc::clone(&content);
        async move { docs(&state, visitor.as_ref(), &browser, &content) }
    };
    Router::new().route("/api/docs", get(show))
}

fn docs(state: &WebState, visitor: Option<&SignedIn>, browser: &PreLogin, content: &Content) -> Response {
    let layout = match visitor {
        Some(visitor) => visitor.page(state, NavItem::None),
        None => browser.page(),
    };
    page(&ApiDocsPage {
        page: layout,
        version: content.version.clone(),
        description: content.description.clone(),
        document_url: DOCUMENT.to_owned(),
        groups: content.groups.clone(),
    })
}
