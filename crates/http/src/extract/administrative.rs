//! Callers who administer: whether they may at all is asked before anything they sent is read.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use twinlock_core::{ids::UserId, tenant::SYSTEM_SLUG, user::Power};
use twinlock_service::{
    Caller,
    administration::{self, Ask, NotAllowed},
    operators::{self, approval, owners},
};

use crate::{
    WebState,
    extract::{LoggedIn, logged_in::Operating},
    http::{ApiPath, Code, Problem},
};

/// A caller who may do what `R` says in the organisation that the path names, to the person that it names: 401, 403 or
/// 404 otherwise, whatever body and query say. It comes before the extractors of those.
pub struct May<R>(pub Arc<Caller>, pub PhantomData<R>);

/// What a route takes.
pub trait Rule {
    /// The power.
    const POWER: Power;
    /// When a fresh proof is needed as well.
    const PROOF: Proof;
    /// Whether operators may do it among themselves, too.
    const AMONG_OPERATORS: bool;
}

/// When a route needs a fresh proof.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It only looks.
    Never,
    /// It changes something.
    Always,
    /// It changes what protects somebody: that takes somebody who is protected so themselves.
    ByFactor,
    /// It changes something unless the query says `dry_run=true`.
    UnlessDryRun,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $power:ident, $proof:ident, $among_operators:literal;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl Rule for $name {
            const POWER: Power = Power::$power;
            const PROOF: Proof = Proof::$proof;
            const AMONG_OPERATORS: bool = $among_operators;
        }
    )*};
}

rules! {
    /// Sees people: owners, administrators and helpdesk.
    SeePeople = SeePeople, Never, true;
    /// Sees a person's second factors: those of people below only.
    SeeFactors = ResetFactors, Never, true;
    /// Looks at what is the administrators': settings, log, sessions.
    Look = Administer, Never, true;
    /// Changes something of the organisation, or of an account that has not been opened yet, or signs somebody out.
    Change = Administer, Always, true;
    /// Changes a person.
    ChangePerson = Administer, Always, false;
    /// Changes settings, or asks what a change would do.
    ChangeOrTry = Administer, UnlessDryRun, true;
    /// Makes many people, or asks what that would do.
    Import = Administer, UnlessDryRun, false;
    /// Removes one of a person's second factors.
    RemoveFactor = Administer, ByFactor, false;
    /// Resets them all.
    ResetFactors = ResetFactors, ByFactor, false;
}

impl<R: Rule> FromRequestParts<WebState> for May<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let LoggedIn(caller) = LoggedIn::from_request_parts(parts, state).await?;
        let Named { tenant, user } = Named::in_path(parts, state).await?;
        let acts = match R::PROOF {
            Proof::Never => false,
            Proof::Always | Proof::ByFactor => true,
            Proof::UnlessDryRun => !is_dry_run(parts.uri.query().unwrap_or_default()),
        };
        let (power, factor) = (R::POWER, R::PROOF == Proof::ByFactor);
        let ask = Ask { tenant: &tenant, user, power, acts, factor, among_operators: R::AMONG_OPERATORS };
        administration::precheck(&state.app, &caller, &ask).await?;
        Ok(Self(caller, PhantomData))
    }
}

/// Whether the query asks for no change. One that cannot be read is refused later, to who may change something.
fn is_dry_run(query: &str) -> bool {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.any(|(name, value)| name == "dry_run" && value == "true")
}

/// An operator who looks. To everybody else the route is not there.
pub struct Operator(pub Arc<Caller>);

/// An operator who changes something.
pub struct ActingOperator(pub Arc<Caller>);

impl FromRequestParts<WebState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        operator(parts, state, false).await.map(Self)
    }
}

impl FromRequestParts<WebState> for ActingOperator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        operator(parts, state, true).await.map(Self)
    }
}

/// An operator who may approve the invitation that the path names.
pub struct Approver(pub Arc<Caller>, pub UserId);

impl FromRequestParts<WebState> for Approver {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let Operator(caller) = Operator::from_request_parts(parts, state).await?;
        let ApiPath(user) = ApiPath::from_request_parts(parts, state).await?;
        approval::precheck(&state.app, &caller, user).await?;
        Ok(Self(caller, user))
    }
}

/// Who may send an invitation again that is still open.
pub enum Inviter {
    /// An administrator of the organisation that the path names.
    Administrator(Arc<Caller>),
    /// An operator, to owners of an organisation that no owner has opened yet. Of any other an operator sees nobody.
    Operator(Arc<Caller>),
}

impl FromRequestParts<WebState> for Inviter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let Operating(caller) = Operating::from_request_parts(parts, state).await?;
        let named = Named::in_path(parts, state).await?;
        if !operators::is_at_home(&caller) || named.tenant == SYSTEM_SLUG {
            let May(caller, ..) = May::<Change>::from_request_parts(parts, state).await?;
            return Ok(Self::Administrator(caller));
        }
        match owners::precheck(&state.app, &caller, &named.tenant, named.user).await {
            Ok(()) => Ok(Self::Operator(caller)),
            // Answered, and noted, as any organisation that is not theirs.
            Err(NotAllowed::NotFound) => {
                LoggedIn::from_request_parts(parts, state).await?;
                Err(Problem::new(Code::NotFound))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a path names.
struct Named {
    tenant: String,
    user: Option<UserId>,
}

impl Named {
    async fn in_path(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let not_found = || Problem::new(Code::NotFound);
        let named = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let find = |wanted: &str| named.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text);
        let user = find("userID").map(|text| UserId::parse(text).ok_or_else(not_found)).transpose()?;
        Ok(Self { tenant: find("tenantID").ok_or_else(not_found)?.to_owned(), user })
    }
}

async fn operator(parts: &mut Parts, state: &WebState, acts: bool) -> Result<Arc<Caller>, Problem> {
    let Operating(caller) = Operating::from_request_parts(parts, state).await?;
    operators::precheck(&state.app, &caller, acts)?;
    Ok(caller)
}

#[cfg(test)]
mod tests {
    use super::is_dry_run;

    #[test]
    fn only_a_query_that_says_so_is_a_dry_run() {
        assert!(is_dry_run("dry_run=true") && is_dry_run("a=b&dry%5Frun=true"));
        for query in
            ["", "dry_run", "dry_run=", "dry_run=false", "dry_run=1", "dry_run=TRUE", "x=dry_run=true"]
        {
            assert!(!is_dry_run(query), "{query}");
        }
    }
}
