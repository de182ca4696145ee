//! What an act of the console needs: a fresh proof of a second factor, and for grave ones a factor at all.

use axum::{http::StatusCode, response::Response};
use twinlock_core::assurance::Strength;
use twinlock_service::guard::{self, Act};

use crate::{
    WebState,
    http::{Code, Problem},
    pages::{
        account::answer::{self, confirm_first},
        render::page_with,
        visitor::SignedIn,
    },
    view::{NavItem, console::person::LockNeededPage},
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
        return Some(lock_needed(state, visitor, false));
    }
    let needed = guard::require(&state.app, &live.account, &live.proofs, Act::Administer).err()?;
    Some(lead(state, visitor, needed.methods.is_empty(), here))
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
    lead(state, visitor, lacking, here)
}

/// To the proof and back; but where no proof would do, to what will.
fn lead(state: &WebState, visitor: &SignedIn, lacking: bool, here: &str) -> Response {
    let proven = visitor.caller.live.proofs.fresh_factor(state.app.now());
    match (lacking, proven) {
        (true, _) => lock_needed(state, visitor, false),
        (false, Some(Strength::Limited)) => lock_needed(state, visitor, true),
        (false, _) => confirm_first(here),
    }
}

fn lock_needed(state: &WebState, visitor: &SignedIn, waits: bool) -> Response {
    let page = visitor.page(state, NavItem::None);
    page_with(StatusCode::FORBIDDEN, &LockNeededPage { page, waits })
}
