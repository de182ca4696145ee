//! `/reset/{token}` and `/invite/{token}`: choose a password.
//!
//! A reset signs nobody in and touches no second factor. An invitation signs in as far as the password
//! goes.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;
use twinlock_http::{WebState, count, extract::RequestClient, http::Problem};
use twinlock_service::{
    Channel, Client,
    invitation::{self, InvitationError},
    login::{LoginError, Target},
    recover::{self, ResetError},
    repeats::{self, UsedLink},
};

use super::{dead, dead_form, length};
use crate::{
    account::answer::new_password,
    again::{Again, again},
    form::PreLoginForm,
    login::{Over, Typed, Visit, anew, go_on},
    render::{self, go},
    view::{
        LinkKind, NewPasswordError,
        link::{InvitePage, ResetPage},
    },
    visitor::PreLogin,
};

/// What the link was sent for.
#[derive(Clone, Copy)]
enum Purpose {
    Reset,
    Invite,
}

/// A link, opened in a browser.
struct Opened<'a> {
    state: &'a WebState,
    browser: &'a PreLogin,
    purpose: Purpose,
    token: String,
}

/// Where a reset leads.
const RESET: &str = "/login?done=password-reset";

impl Opened<'_> {
    /// The form, for the first time or with what was wrong. Uses nothing up.
    async fn ask(&self, error: Option<NewPasswordError>) -> Result<Response, Problem> {
        let app = &self.state.app;
        let found = match self.purpose {
            Purpose::Reset => recover::peek(app, &self.token).await?,
            Purpose::Invite => invitation::peek(app, &self.token).await?,
        };
        let Some(link) = found else { return Ok(dead(self.browser, self.kind())) };
        let (page, token, username) = (self.browser.page(), self.token.clone(), link.username);
        let (tenant_name, min_length) = (link.tenant_name, length(link.password_min_length));
        Ok(self.browser.keep(match self.purpose {
            Purpose::Reset => render::page(&ResetPage { page, token, username, min_length, error }),
            Purpose::Invite => {
                render::page(&InvitePage { page, token, tenant_name, username, min_length, error })
            }
        }))
    }

    /// Back to the form.
    fn again(&self, error: NewPasswordError) -> Response {
        let path = match self.purpose {
            Purpose::Reset => "/reset",
            Purpose::Invite => "/invite",
        };
        again(&format!("{path}/{}", self.token), &error)
    }

    fn kind(&self) -> LinkKind {
        match self.purpose {
            Purpose::Reset => LinkKind::Reset,
            Purpose::Invite => LinkKind::Invite,
        }
    }

    /// The answer to the form of a link that opens nothing any more.
    fn dead_form(&self) -> Response {
        self.browser.keep(dead_form(self.kind()))
    }

    /// The link does nothing any more. Where this very form has just used it up, the answer was lost: what it set
    /// is in force.
    async fn over(&self, client: &Client) -> Result<Response, Problem> {
        let used = match self.purpose {
            Purpose::Reset => UsedLink::PasswordReset,
            Purpose::Invite => UsedLink::Invitation,
        };
        if !repeats::link_used(&self.state.app, client, used, &self.token).await? {
            return Ok(self.dead_form());
        }
        Ok(match self.purpose {
            Purpose::Reset => go(RESET),
            Purpose::Invite => anew(Typed::default(), Over::AnswerLost),
        })
    }
}

pub(super) async fn show_reset(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
    Again(error): Again<NewPasswordError>,
) -> Result<Response, Problem> {
    Opened { state: &state, browser: &browser, purpose: Purpose::Reset, token }.ask(error).await
}

pub(super) async fn show_invitation(
    State(state): State<WebState>,
    Path(token): Path<String>,
    browser: PreLogin,
    Again(error): Again<NewPasswordError>,
) -> Result<Response, Problem> {
    Opened { state: &state, browser: &browser, purpose: Purpose::Invite, token }.ask(error).await
}

#[derive(Deserialize)]
pub(super) struct ResetForm {
    #[serde(default)]
    new_password: String,
}

pub(super) async fn reset(
    State(state): State<WebState>,
    Path(token): Path<String>,
    RequestClient(client): RequestClient,
    PreLoginForm(browser, form): PreLoginForm<ResetForm>,
) -> Result<Response, Problem> {
    let link = Opened { state: &state, browser: &browser, purpose: Purpose::Reset, token };
    if form.new_password.is_empty() {
        return Ok(link.again(NewPasswordError::Missing));
    }
    match recover::confirm(&state.app, &client, &link.token, &form.new_password.into()).await {
        Ok(()) => Ok(go(RESET)),
        Err(ResetError::Weak(problem)) => Ok(link.again(new_password(&problem))),
        Err(ResetError::LinkInvalid) => link.over(&client).await,
        Err(ResetError::Internal(error)) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(super) struct InviteForm {
    #[serde(default)]
    password: String,
}

pub(super) async fn accept(
    State(state): State<WebState>,
    Path(token): Path<String>,
    visit: Visit,
    PreLoginForm(browser, form): PreLoginForm<InviteForm>,
) -> Result<Response, Problem> {
    let link = Opened { state: &state, browser: &browser, purpose: Purpose::Invite, token };
    if form.password.is_empty() {
        return Ok(link.again(NewPasswordError::Missing));
    }
    let target = Target { channel: Channel::Browser, browser: Some(&browser.secret) };
    let password = form.password.into();
    let outcome = match invitation::accept(&state.app, &visit.client, &link.token, &password, target).await {
        Ok(outcome) => Ok(outcome),
        Err(InvitationError::Login(error)) => Err(error),
        Err(InvitationError::LinkInvalid) => return link.over(&visit.client).await,
        Err(InvitationError::Weak(problem)) => return Ok(link.again(new_password(&problem))),
        Err(InvitationError::Internal(error)) => return Err(error.into()),
    };
    count::sign_in(&outcome);
    match outcome {
        Ok(outcome) => go_on(&state, &visit, &Typed::default(), outcome).await,
        // The organisation was closed meanwhile.
        Err(LoginError::InvalidCredentials) => Ok(link.dead_form()),
        Err(error) => Err(error.into()),
    }
}
