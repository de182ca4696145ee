//! Who may see a page of the console.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use twinlock_core::user::Power;
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};
use twinlock_service::operators;

use crate::{
    form::{SessionForm, UploadForm},
    visitor::SignedIn,
};

/// A visitor who administers their organisation. A stranger is led to the sign-in; anybody else is refused.
pub(super) struct Administrator(pub(super) SignedIn);

/// A visitor who sees people: the helpdesk, too.
pub(super) struct Helper(pub(super) SignedIn);

/// A form of a visitor who administers their organisation.
pub(super) struct AdministratorForm<T>(pub(super) SignedIn, pub(super) T);

/// A form of a visitor who sees people.
pub(super) struct HelperForm<T>(pub(super) SignedIn, pub(super) T);

/// The same with a file, of one who administers.
pub(super) struct AdministratorUpload<T>(pub(super) SignedIn, pub(super) T);

/// A visitor who is an operator of the server. To everybody else these pages are not there.
pub(super) struct OperatorPage(pub(super) SignedIn);

/// A form of such a visitor.
pub(super) struct OperatorForm<T>(pub(super) SignedIn, pub(super) T);

impl FromRequestParts<WebState> for OperatorPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(parts, state).await?;
        if operates(state, &visitor) { Ok(Self(visitor)) } else { Err(not_there()) }
    }
}

/// With second factors switched off on the server, the command line is left.
pub(super) fn operates(state: &WebState, visitor: &SignedIn) -> bool {
    state.app.config().mfa_enabled
        && operators::is_at_home(&visitor.caller)
        && has(visitor, Power::Administer)
}

fn not_there() -> Response {
    Problem::new(Code::NotFound).into_response()
}

impl FromRequestParts<WebState> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(parts, state).await?;
        if has(&visitor, Power::Administer) { Ok(Self(visitor)) } else { Err(forbidden()) }
    }
}

impl FromRequestParts<WebState> for Helper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let visitor = <SignedIn as FromRequestParts<WebState>>::from_request_parts(parts, state).await?;
        if has(&visitor, Power::SeePeople) { Ok(Self(visitor)) } else { Err(forbidden()) }
    }
}

/// Forms of such visitors: who may not is refused before what was sent is read.
macro_rules! forms {
    ($($form:ident = $guard:ident, $read:ident;)*) => {$(
        impl<T: DeserializeOwned> FromRequest<WebState> for $form<T> {
            type Rejection = Response;

            async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
                let (mut parts, body) = request.into_parts();
                $guard::from_request_parts(&mut parts, state).await?;
                let $read(visitor, form) =
                    $read::from_request(Request::from_parts(parts, body), state).await?;
                Ok(Self(visitor, form))
            }
        }
    )*};
}

forms! {
    OperatorForm = OperatorPage, SessionForm;
    AdministratorForm = Administrator, SessionForm;
    HelperForm = Helper, SessionForm;
    AdministratorUpload = Administrator, UploadForm;
}

fn has(visitor: &SignedIn, power: Power) -> bool {
    visitor.caller.live.account.user.role.has(power)
}

fn forbidden() -> Response {
    Problem::new(Code::Forbidden).into_response()
}
