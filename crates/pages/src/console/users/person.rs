//! A person as this visitor sees them.

use axum::response::Response;
use twinlock_core::{
    ids::UserId,
    user::{Power, Role, Status},
};
use twinlock_http::{
    WebState,
    http::{Code, Problem},
};
use twinlock_service::{
    administration::Whom,
    operators,
    people::{self, PersonView},
};

use crate::{
    render::go,
    view::{
        Banner, PersonNote, When,
        console::{
            person::{Awaited, May},
            users::{Invitation, UserRow},
        },
    },
    visitor::SignedIn,
};

/// Somebody, and what the visitor may do to them.
pub(super) struct Subject {
    /// As administrators see them.
    pub(super) view: PersonView,
    /// As pages show them.
    pub(super) row: UserRow,
    /// What the visitor may do.
    pub(super) may: May,
}

/// Anybody of the visitor's organisation.
pub(super) async fn find(state: &WebState, visitor: &SignedIn, id: UserId) -> Result<Subject, Problem> {
    let view = people::show(&state.app, &visitor.caller, &whom(visitor, id)).await?;
    let (row, may) = (row(state, visitor, &view), may(state, visitor, &view));
    Ok(Subject { view, row, may })
}

/// Somebody whom the visitor may administer. Everybody else is refused before anything is asked.
pub(super) async fn administered(
    state: &WebState,
    visitor: &SignedIn,
    id: UserId,
) -> Result<Subject, Problem> {
    let subject = find(state, visitor, id).await?;
    if subject.may.administer { Ok(subject) } else { Err(Problem::new(Code::Forbidden)) }
}

/// The person of this id in the visitor's organisation.
pub(super) fn whom(visitor: &SignedIn, user: UserId) -> Whom<'_> {
    Whom { tenant: &visitor.caller.live.account.tenant.slug, user }
}

/// A line of a list.
pub(super) fn row(state: &WebState, visitor: &SignedIn, view: &PersonView) -> UserRow {
    let user = &view.user;
    UserRow {
        id: user.id.to_string(),
        username: user.username.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        role: user.role,
        status: user.status,
        invitation: if view.approval.is_some() { Invitation::AwaitsApproval } else { Invitation::Given },
        mfa: user.mfa_enabled,
        at_risk: view.at_risk,
        last_sign_in: view.last_sign_in_at.map(|at| When::new(at, state.app.now())),
        own: visitor.caller.live.account.user.id.0 == user.id,
    }
}

/// What the service will allow, so that pages offer no more.
fn may(state: &WebState, visitor: &SignedIn, view: &PersonView) -> May {
    let (me, user) = (&visitor.caller.live.account.user, &view.user);
    let inspect = me.id.0 != user.id && me.role.outranks(user.role);
    // Operators are changed at the server, not by one of them over the network.
    let among_operators = operators::is_at_home(&visitor.caller);
    let resettable = state.app.config().mfa_enabled && user.status != Status::Invited && !among_operators;
    May {
        inspect,
        administer: inspect && me.role.has(Power::Administer),
        reset: inspect && me.role.has(Power::ResetFactors) && resettable,
    }
}

/// Among operators: whose word the invitation of somebody waits for.
pub(super) fn awaited(visitor: &SignedIn, view: &PersonView) -> Option<Awaited> {
    let approval = view.approval.as_ref()?;
    let own = approval.invited_by.as_ref() == Some(&visitor.caller.live.account.user.username);
    Some(Awaited { invited_by: approval.invited_by.clone().unwrap_or_default(), own })
}

/// The roles that the visitor may give.
pub(super) fn roles(visitor: &SignedIn) -> Vec<Role> {
    let me = visitor.caller.live.account.user.role;
    Role::ALL.iter().copied().filter(|role| me.outranks(*role)).collect()
}

/// The page of a person.
pub(super) fn address(id: UserId) -> String {
    format!("/console/users/{id}")
}

/// To the page of a person, which says what was done.
pub(super) fn done(id: UserId, note: PersonNote) -> Response {
    go(&noted(&address(id), note))
}

/// `path`, to say there what was done.
pub(super) fn noted(path: &str, note: PersonNote) -> String {
    format!("{path}?done={}", Banner::Person(note).key().unwrap_or_default())
}
