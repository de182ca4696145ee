//! Who looks at a page: somebody signed in, or a browser that is not.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderValue, Method, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use twinlock_core::{entropy::random_bytes, factor::recovery::FEW_CODES};
use twinlock_service::{
    Caller, operators,
    sessions::{self, Rights},
};

use crate::{
    keys,
    render::go,
    view::{Banner, KeysHere, NavItem, Page, When, Who},
};
use twinlock_http::{
    WebState,
    http::{
        Problem, RequestId,
        cookies::{self, CookieKind},
        safe_next,
    },
    refusals::Asker,
};

/// A signed-in visitor. Anybody else is led to the sign-in, and back afterwards.
pub(super) struct SignedIn {
    /// Who.
    pub(super) caller: Arc<Caller>,
    /// The form token of this session.
    pub(super) csrf: String,
    /// Whether security keys work on this page.
    pub(super) keys: KeysHere,
    request_id: String,
    flash: Option<Banner>,
}

/// Where somebody enrols who must.
pub(super) const ENROLLMENT: &str = "/login/enrol";

impl SignedIn {
    /// Whether a second factor must be enrolled before anything else.
    pub(super) fn may_only_enrol(&self, state: &WebState) -> bool {
        self.caller.rights(&state.app) != Rights::Full
    }

    /// What is to be said of the recovery codes of somebody who has a second factor.
    fn codes_note(&self, state: &WebState) -> Option<Banner> {
        let factors = &self.caller.live.account.factors;
        match factors.codes {
            _ if !(state.app.config().mfa_enabled && factors.any()) => None,
            left @ ..=FEW_CODES => Some(Banner::FewCodes { left }),
            _ => (!factors.codes_saved).then_some(Banner::CodesNotSaved),
        }
    }

    /// What the layout needs.
    pub(super) fn page(&self, state: &WebState, active: NavItem) -> Page {
        let account = &self.caller.live.account;
        let mut banners: Vec<_> = self.flash.into_iter().collect();
        if let Some(deadline) = self.caller.obligation(&state.app).deadline() {
            banners.push(Banner::MfaGrace { deadline: When::new(deadline, state.app.now()) });
        }
        banners.extend(self.codes_note(state));
        Page {
            csrf: self.csrf.clone(),
            request_id: self.request_id.clone(),
            signed_in: Some(Who {
                username: account.user.username.clone(),
                display_name: account.user.display_name.clone(),
                tenant_name: account.tenant.name.clone(),
                role: account.user.role,
                mfa: state.app.config().mfa_enabled,
                operates: operators::is_at_home(&self.caller),
            }),
            active,
            banners,
            mfa: state.app.config().mfa_enabled,
            demo: state.demo.is_some(),
        }
    }
}

async fn visitor(parts: &Parts, state: &WebState) -> Result<Option<SignedIn>, Problem> {
    let Some(cookie) = cookies::find(&parts.headers, CookieKind::Session, state.is_https())? else {
        return Ok(None);
    };
    let Some(caller) = sessions::by_cookie(&state.app, cookie).await? else { return Ok(None) };
    if let Some(asker) = parts.extensions.get::<Asker>() {
        asker.is(&caller);
    }
    let csrf = sessions::csrf_token(&state.app, cookie)?;
    let keys = keys::here(parts, state);
    Ok(Some(SignedIn { caller, csrf, keys, request_id: request_id(parts), flash: flash(parts) }))
}

/// The note that an act left for the page after it (`?done=…`): one of a fixed list, never a text.
fn flash(parts: &Parts) -> Option<Banner> {
    let query = parts.uri.query()?;
    query.split('&').find_map(|pair| Banner::from_key(pair.strip_prefix("done=")?))
}

fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default()
}

impl FromRequestParts<WebState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let AnySession(visitor) = AnySession::from_request_parts(parts, state).await?;
        if visitor.may_only_enrol(state) { Err(go(ENROLLMENT)) } else { Ok(visitor) }
    }
}

/// A visitor with any session: one, too, that must enrol a second factor before anything else.
pub(super) struct AnySession(pub(super) SignedIn);

impl FromRequestParts<WebState> for AnySession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        match visitor(parts, state).await {
            Ok(Some(visitor)) => Ok(Self(visitor)),
            Ok(None) => Err(go(&login_address(parts))),
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// A visitor of the enrollment's pages. Who must enrol does so at one address and sees nothing else.
pub(super) struct Enroller(pub(super) SignedIn);

impl FromRequestParts<WebState> for Enroller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let AnySession(visitor) = AnySession::from_request_parts(parts, state).await?;
        let elsewhere = !parts.uri.path().starts_with(ENROLLMENT);
        if elsewhere && visitor.may_only_enrol(state) { Err(go(ENROLLMENT)) } else { Ok(Self(visitor)) }
    }
}

impl OptionalFromRequestParts<WebState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Option<Self>, Problem> {
        visitor(parts, state).await
    }
}

/// The sign-in page, and with it where the visitor wanted to go: only pages that can be asked for by
/// GET.
fn login_address(parts: &Parts) -> String {
    if parts.method != Method::GET {
        return "/login".to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(way_back(&parts.uri).as_bytes()).collect();
    format!("/login?next={next}")
}

/// The address with its query, but for the note of an act that is over. Where the sign-in would not lead back to it
/// ([`safe_next`]) the path alone.
fn way_back(wanted: &Uri) -> String {
    let asked = wanted.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("done="));
    let query = asked.collect::<Vec<_>>().join("&");
    let whole = if query.is_empty() { None } else { safe_next(&format!("{}?{query}", wanted.path())) };
    whole.unwrap_or_else(|| wanted.path().to_owned())
}

/// A browser before sign-in: it has a secret of its own, to which forms and half-finished logins are
/// bound.
pub(super) struct PreLogin {
    /// The browser's secret.
    pub(super) secret: String,
    /// The form token.
    pub(super) csrf: String,
    request_id: String,
    flash: Option<Banner>,
    fresh: Option<HeaderValue>,
    mfa: bool,
    demo: bool,
}

impl PreLogin {
    /// What the layout needs.
    pub(super) fn page(&self) -> Page {
        Page {
            csrf: self.csrf.clone(),
            request_id: self.request_id.clone(),
            signed_in: None,
            active: NavItem::None,
            banners: self.flash.into_iter().collect(),
            mfa: self.mfa,
            demo: self.demo,
        }
    }

    /// Sends the browser its secret, where it had none.
    pub(super) fn keep(&self, mut response: Response) -> Response {
        if let Some(cookie) = &self.fresh {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        response
    }
}

impl FromRequestParts<WebState> for PreLogin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let https = state.is_https();
        let found = cookies::find(&parts.headers, CookieKind::PreLogin, https)?;
        let (secret, fresh) = match found.filter(|secret| secret.len() == 43) {
            Some(secret) => (secret.to_owned(), None),
            None => {
                let secret = URL_SAFE_NO_PAD.encode(random_bytes::<32>(state.app.entropy()));
                let cookie = cookies::set(CookieKind::PreLogin, https, &secret, None)?;
                (secret, Some(cookie))
            }
        };
        let csrf = sessions::prelogin_token(&state.app, &secret)?;
        let (mfa, demo) = (state.app.config().mfa_enabled, state.demo.is_some());
        Ok(Self { secret, csrf, request_id: request_id(parts), flash: flash(parts), fresh, mfa, demo })
    }
}
