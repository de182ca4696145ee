//! Enrolling a second factor in four steps: choose, set up, save codes, done.

mod app;
mod choose;
mod done;
mod key;
mod proof;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use twinlock_http::WebState;
use twinlock_service::{enrol::Enrolled, guard::Act, sessions::Rights};

use crate::{
    account::answer::proof_missing,
    visitor::{ENROLLMENT, SignedIn},
};

/// The address under which somebody enrols: on their own security pages, or in the middle of a sign-in that leads
/// nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(&'static str);

impl Place {
    const ACCOUNT: Self = Self("/account/security/enrol");
    const SIGN_IN: Self = Self(ENROLLMENT);

    /// Where this visitor enrols.
    pub(crate) fn of(state: &WebState, visitor: &SignedIn) -> Self {
        if visitor.may_only_enrol(state) { Self::SIGN_IN } else { Self::ACCOUNT }
    }

    /// The address itself.
    pub(crate) fn base(self) -> String {
        self.0.to_owned()
    }

    /// The address of one of its pages.
    pub(crate) fn at(self, page: &str) -> String {
        format!("{}/{page}", self.0)
    }

    /// Where to go instead; nowhere in the middle of a sign-in.
    fn cancel(self) -> Option<String> {
        (self == Self::ACCOUNT).then(|| "/account/security".to_owned())
    }

    /// Where to go when there is nothing to enrol.
    fn back(self) -> String {
        self.cancel().unwrap_or_else(|| self.at("choose"))
    }

    /// Where to go on with a factor that was just enrolled: to the recovery codes that came with it, if any.
    fn after(self, enrolled: &Enrolled) -> String {
        self.at(if enrolled.recovery_codes.is_empty() { "done" } else { "codes" })
    }

    fn routes(self) -> Router<WebState> {
        Router::new()
            .route(self.0, get(choose::begin))
            .route(&self.at("proof"), get(proof::ask).post(proof::give))
            .route(&self.at("proof/send"), post(proof::send))
            .route(&self.at("choose"), get(choose::ask).post(choose::choose))
            .route(&self.at("app"), get(app::show).post(app::confirm))
            .route(&self.at("key"), get(key::show).post(key::register))
            .route(&self.at("key/options"), post(key::options))
            .route(&self.at("codes"), get(done::codes).post(done::saved))
            .route(&self.at("done"), get(done::done))
    }
}

pub(super) fn routes() -> Router<WebState> {
    Place::ACCOUNT.routes().merge(Place::SIGN_IN.routes())
}

/// The way to a fresh proof, where one is needed before the page `here`. A sign-in that led into the enrollment has
/// shown what there is.
fn confirm_first(state: &WebState, visitor: &SignedIn, here: &str) -> Option<Response> {
    if visitor.caller.rights(&state.app) == Rights::Enrollment {
        return None;
    }
    proof_missing(state, &visitor.caller, Act::OwnFactors, here)
}
