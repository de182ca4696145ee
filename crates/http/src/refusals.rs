//! Refused authorisations: every answer 403 to somebody who is signed in is noted for the audit log, whichever guard or
//! use case gave it.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use twinlock_service::{Caller, Client, audit_log};

use crate::{
    WebState,
    http::{ClientAddress, Problem, RequestId, UserAgent},
};

/// Who asks, once an extractor has found out.
#[derive(Clone, Default)]
pub struct Asker(Arc<OnceLock<Arc<Caller>>>);

impl Asker {
    /// Says who asks.
    pub fn is(&self, caller: &Arc<Caller>) {
        let _ = self.0.set(Arc::clone(caller));
    }
}

/// Notes a 403. What was asked for is told by its route, never by its path.
pub async fn watch(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let asker = Asker::default();
    parts.extensions.insert(asker.clone());
    let route =
        parts.extensions.get::<MatchedPath>().map(|path| format!("{} {}", parts.method, path.as_str()));
    let Ok(address) = ClientAddress::from_request_parts(&mut parts, &state).await;
    let Ok(UserAgent(user_agent)) = UserAgent::from_request_parts(&mut parts, &state).await;
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::FORBIDDEN
        && let Some(caller) = asker.0.get()
    {
        let client = Client { user_agent, request_id, ..Client::at(address.0) };
        let code =
            response.extensions().get::<Problem>().map_or("forbidden", |problem| problem.code.as_str());
        audit_log::refused(&state.app, caller, &client, (code, &route.unwrap_or_default()));
    }
    response
}
