//! Who may see a page of the console.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use twinlock_core::user::Power;

use crate::{
    WebState,
    http::{Code, Problem},
    pages::visitor::SignedIn,
};

/// A visitor who administers their organisation. A stranger is led to the sign-in; anybody else is refused.
pub(super) struct Administrator(pub(super) SignedIn);

impl FromRequestParts<WebState> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(parts, state).await?;
        if visitor.caller.live.account.user.role.has(Power::Administer) {
            Ok(Self(visitor))
        } else {
            Err(Problem::new(Code::Forbidden).into_response())
        }
    }
}
