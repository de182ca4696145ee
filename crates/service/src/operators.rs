//! Operators look after the organisations of the whole server. They are people of the reserved tenant `system`;
//! whoever is not sees none of this.
//!
//! They see of an organisation that it is there, not what is in it: its people, factors and log are for those who
//! administer it. Only until an owner has opened their account do operators look after its invitation.

pub mod accounts;
pub mod approval;
pub mod create;
pub mod list;
pub(crate) mod notices;
pub mod operate;
pub mod owners;
pub mod removal;
pub mod search;
pub mod server;

use serde_json::Value;
use twinlock_core::{audit::EventKind, clock::Timestamp, ids::TenantId, tenant::SYSTEM_SLUG, user::Power};
use twinlock_store::{
    StoreError,
    organisations::{self, Organisation},
    users::Account,
};

use crate::{
    App, Caller, Client, Internal,
    administration::NotAllowed,
    audit_log::About,
    context::Work,
    guard::{self, Act, StepUpRequired},
    mail::Unsent,
    sessions,
    setup::FieldProblem,
};

/// Why an operator's wish was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// No such organisation, or no operator asked.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The id, a user name or an address is taken.
    #[error("this id is taken")]
    Taken,
    /// Some fields cannot be used.
    #[error("{}", list_of(.0))]
    Invalid(Vec<FieldProblem>),
    /// It is to be deleted: it must be restored first.
    #[error("this organisation is to be deleted: restore it first")]
    ToBeDeleted,
    /// It is not to be deleted.
    #[error("this organisation is not to be deleted")]
    NotToBeDeleted,
    /// It is suspended: an invitation would lead nowhere.
    #[error("this organisation is suspended: let its people in again first")]
    Suspended,
    /// Too many mails went out lately.
    #[error("too many mails went out lately: try again in {0} seconds")]
    TooManyMails(i64),
}

impl From<Unsent> for OperateError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooManyMails(seconds),
            Unsent::Internal(error) => error.into(),
        }
    }
}

impl From<Internal> for OperateError {
    fn from(error: Internal) -> Self {
        Self::NotAllowed(error.into())
    }
}

impl From<StoreError> for OperateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Taken,
            other => Self::NotAllowed(other.into()),
        }
    }
}

fn list_of(problems: &[FieldProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// An organisation, as operators see it.
#[derive(Debug, Clone)]
pub struct OrganisationView {
    /// Its slug.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Since when nobody can sign in.
    pub suspended_at: Option<Timestamp>,
    /// When it goes for good.
    pub delete_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its people, active or invited.
    pub users_total: u64,
    /// Those of them who have not accepted their invitation yet.
    pub users_invited: u64,
}

impl From<Organisation> for OrganisationView {
    fn from(found: Organisation) -> Self {
        Self {
            id: found.slug,
            name: found.name,
            suspended_at: found.suspended_at,
            delete_at: found.delete_at,
            created_at: found.created_at,
            users_total: found.people,
            users_invited: found.invited,
        }
    }
}

/// Who operates.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// Somebody signed in.
    Session(&'a Client, &'a Caller),
    /// Whoever is at the server's command line.
    CommandLine,
}

/// Whether the caller is one of those who may be operators: of the reserved tenant.
pub fn is_at_home(caller: &Caller) -> bool {
    caller.live.account.tenant.slug == SYSTEM_SLUG
}

/// With second factors switched off on the server a password alone signs in: what operators may see and do is left to the
/// command line then. Asks nothing of people of other tenants.
pub(crate) fn require_both_locks(app: &App, account: &Account) -> Result<(), StepUpRequired> {
    let asked = app.config.mfa_enabled || account.tenant.slug != SYSTEM_SLUG;
    if asked { Ok(()) } else { Err(StepUpRequired { methods: vec![] }) }
}

/// Whether the account is an operator's, and has a second factor: whatever the settings say, one lock does not do.
fn admit(app: &App, account: &Account) -> Result<(), NotAllowed> {
    if account.tenant.slug != SYSTEM_SLUG || !account.user.role.has(Power::Administer) {
        return Err(NotAllowed::NotFound);
    }
    require_both_locks(app, account)?;
    if account.factors.any() { Ok(()) } else { Err(StepUpRequired { methods: vec![] }.into()) }
}

/// Whether the caller may use a route of operators at all: to look, or, with `acts`, to change something.
///
/// # Errors
/// The same as the use case behind the route, whatever was sent.
pub fn precheck(app: &App, caller: &Caller, acts: bool) -> Result<(), NotAllowed> {
    let live = &caller.live;
    admit(app, &live.account)?;
    if acts {
        guard::require(app, &live.account, &live.proofs, Act::Administer)?;
    }
    Ok(())
}

/// An act that is under way.
struct Operating<'a> {
    work: Work<'a>,
    actor: Option<Account>,
}

impl<'a> By<'a> {
    /// Begins what they do.
    async fn work(self, app: &'a App) -> Result<Work<'a>, StoreError> {
        match self {
            Self::Session(client, _) => Work::begin(app, client).await,
            Self::CommandLine => Work::at_command_line(app).await,
        }
    }

    /// Refuses at once what it can.
    fn knock(&self, app: &App) -> Result<(), NotAllowed> {
        match self {
            Self::Session(_, caller) => precheck(app, caller, true),
            Self::CommandLine => Ok(()),
        }
    }
}

impl<'a> Operating<'a> {
    /// Begins an act on an organisation, which is held, and then the operator.
    async fn on(app: &'a App, by: By<'a>, slug: &str) -> Result<(Self, Organisation), OperateError> {
        by.knock(app)?;
        let work = by.work(app).await?;
        let held = organisations::hold(&work, slug).await?;
        let operating = Self::admitted(by, work).await?;
        Ok((operating, held.ok_or(NotAllowed::NotFound)?))
    }

    /// Begins an act on none that is there.
    async fn begin(app: &'a App, by: By<'a>) -> Result<Self, OperateError> {
        by.knock(app)?;
        let work = by.work(app).await?;
        Self::admitted(by, work).await
    }

    /// Asks everything of the operator as they are now.
    async fn admitted(by: By<'a>, work: Work<'a>) -> Result<Self, OperateError> {
        let By::Session(_, caller) = by else { return Ok(Self { work, actor: None }) };
        let account = sessions::hold_own(&work, caller).await?.ok_or(NotAllowed::Ended)?;
        admit(work.app, &account)?;
        guard::require(work.app, &account, &caller.live.proofs, Act::Administer).map_err(NotAllowed::from)?;
        Ok(Self { work, actor: Some(account) })
    }

    /// Writes it down in the organisation's own log.
    async fn record(&self, tenant: TenantId, kind: EventKind, detail: Value) -> Result<(), Internal> {
        let about = About { tenant: Some(tenant), ..About::anonymous(None) }.with(detail);
        self.write(kind, about).await
    }

    async fn write(&self, kind: EventKind, about: About<'_>) -> Result<(), Internal> {
        let actor = self.actor.as_ref().map(|account| &account.user);
        self.work.record(kind, About { actor, ..about }).await
    }
}
