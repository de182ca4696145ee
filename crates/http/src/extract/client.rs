//! The client of a request, as use cases want it.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use twinlock_service::{Client, browser};

use crate::{
    WebState,
    http::{
        ClientAddress, RequestId, UserAgent,
        cookies::{self, CookieKind},
    },
};

/// Address, browser and request id.
pub struct RequestClient(pub Client);

impl FromRequestParts<WebState> for RequestClient {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Infallible> {
        let address = ClientAddress::from_request_parts(parts, state).await?;
        let UserAgent(user_agent) = UserAgent::from_request_parts(parts, state).await?;
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
        let device = cookies::find(&parts.headers, CookieKind::Device, state.is_https()).ok().flatten();
        let known_browser = device.and_then(|cookie| browser::recall(&state.app, cookie));
        let before = cookies::find(&parts.headers, CookieKind::PreLogin, state.is_https()).ok().flatten();
        let browser_hash = before.and_then(|secret| browser::hash(&state.app, secret).ok());
        Ok(Self(Client { address: address.0, user_agent, request_id, browser_hash, known_browser }))
    }
}
