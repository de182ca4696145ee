//! What an act of the console needs: a fresh proof of a second factor, and for grave ones a factor at all.

use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use twinlock_core::assurance::Strength;
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};
use twinlock_service::guard::{self, Act};

use super::guard::Helper;
use crate::{
    account::answer::{self, confirm_first},
    again::again,
    render::page_with,
    view::{NavItem, console::person::LockNeededPage},
    visitor::SignedIn,
};

/// What an act asks of the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// A fresh proof where they have a factor.
    Plain,
    /// A factor and a fresh proof of it.
    Grave,
}

/// The answer in place of the page `here` where something is missing: asked before a form is filled in rather
/// than after.
pub(super) fn missing(state: &WebState, visitor: &SignedIn, weight: Weight, here: &str) -> Option<Response> {
    let live = &visitor.caller.live;
    let factorless = state.app.config().mfa_enabled && !live.account.factors.any();
    if weight == Weight::Grave && factorless {
        return Some(Lock::Missing.page(state, visitor));
    }
    let needed = guard::require(&state.app, &live.account, &live.proofs, Act::Administer).err()?;
    Some(match lacked(state, visitor, needed.methods.is_empty()) {
        Some(lock) => lock.page(state, visitor),
        None => confirm_first(here),
    })
}

/// What is no mistake in a form of the page `here`.
pub(super) fn otherwise(
    state: &WebState,
    visitor: &SignedIn,
    error: impl Into<Problem>,
    here: &str,
) -> Response {
    let problem = error.into();
    if problem.code != Code::StepUpRequired {
        return answer::otherwise(problem, here);
    }
    let methods = problem.extra.iter().find(|(name, _)| *name == "methods");
    let lacking = methods.is_some_and(|(_, methods)| methods.as_array().is_some_and(Vec::is_empty));
    match lacked(state, visitor, lacking) {
        // By an address of its own, so that coming back to it sends no form once more.
        Some(lock) => again(lock.address(), &()),
        None => confirm_first(here),
    }
}

/// A second factor that counts is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// There is none.
    Missing,
    /// There is one that was enrolled on a recovery code less than a day ago.
    Waits,
}

impl Lock {
    fn address(self) -> &'static str {
        match self {
            Self::Missing => "/console/second-lock",
            Self::Waits => "/console/second-lock/waits",
        }
    }

    fn page(self, state: &WebState, visitor: &SignedIn) -> Response {
        let page = visitor.page(state, NavItem::None);
        page_with(StatusCode::FORBIDDEN, &LockNeededPage { page, waits: self == Self::Waits })
    }
}

pub(super) fn routes() -> Router<WebState> {
    let page = |lock: Lock| {
        get(move |State(state): State<WebState>, Helper(visitor): Helper| async move {
            lock.page(&state, &visitor)
        })
    };
    [Lock::Missing, Lock::Waits]
        .into_iter()
        .fold(Router::new(), |routes, lock| routes.route(lock.address(), page(lock)))
}

/// The lock that is missing, where no proof would do.
fn lacked(state: &WebState, visitor: &SignedIn, lacking: bool) -> Option<Lock> {
    match (lacking, visitor.caller.live.proofs.fresh_factor(state.app.now())) {
        (true, _) => Some(Lock::Missing),
        (false, Some(Strength::Limited)) => Some(Lock::Waits),
        (false, _) => None,
    }
}
