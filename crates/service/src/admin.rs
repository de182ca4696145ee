//! What the operator does at the command line, on the database directly: no session, no step-up, and
//! every act in the audit log as the command line's.
//!
//! A running server sees these acts within a second, when what it has cached of a session is read anew.

mod access;
mod change;
mod invitations;

use secrecy::SecretString;
use serde_json::{Value, json};
use twinlock_core::{
    audit::EventKind,
    name::NameKey,
    password::PasswordProblem,
    user::{Role, Status},
};
use twinlock_store::{
    StoreError,
    tenants::{self, Tenant},
    users::{self, Account},
};

pub use access::{activate, suspend, unlock};
pub use change::{change, delete};
pub use invitations::{approve_operator, invite_again};

use crate::{
    App, Internal, UserView,
    audit_log::About,
    context::Work,
    mail::{OperatorNotice, Unsent},
    mfa_reset,
    operators::notices,
    setup::{
        FieldProblem,
        provision::{self, NewUser, Texts},
    },
};

/// Why the operator's wish was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No tenant has this slug.
    #[error("there is no tenant {0}")]
    NoSuchTenant(String),
    /// Nobody in the tenant has this name or address.
    #[error("there is no user {1} in tenant {0}")]
    NoSuchUser(String, String),
    /// The slug, the user name or the address is taken.
    #[error("this name or address is taken")]
    Taken,
    /// Some fields cannot be used.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldProblem>),
    /// The password breaks a rule.
    #[error("password: {0}")]
    Weak(PasswordProblem),
    /// The account waits for its invitation to be accepted.
    #[error("this account has no password yet: its invitation is still open")]
    Invited,
    /// No invitation of theirs waits for another operator.
    #[error("no invitation of {0} waits to be approved")]
    NotWaiting(String),
    /// The account has a password: there is nothing to be invited to.
    #[error("{0} has accepted the invitation already")]
    Accepted(String),
    /// The invitation of an operator waits for another's word.
    #[error("the invitation of {0} waits: send it with `twinlock admin approve-operator {0}`")]
    AwaitsApproval(String),
    /// Nobody else owns the tenant.
    #[error("{0} is the last owner: make another one first")]
    LastOwner(String),
    /// Too many mails went out lately.
    #[error("too many mails went out lately: try again in {0} seconds")]
    TooManyMails(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

crate::password::weak_passwords_are_told!(AdminError);

impl From<Unsent> for AdminError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooManyMails(seconds),
            Unsent::Internal(error) => Self::Internal(error),
        }
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Taken,
            other => Self::Internal(other.into()),
        }
    }
}

fn list(problems: &[FieldProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A person to be made.
pub struct CreateUser {
    /// User name.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// Name for people; the user name where none is given.
    pub display_name: Option<String>,
    /// Role.
    pub role: Role,
    /// Password; without one an invitation is made.
    pub password: Option<SecretString>,
}

/// A person just made.
#[derive(Debug)]
pub struct CreatedUser {
    /// The account.
    pub user: UserView,
    /// The link that sets the first password, where none was given. It was mailed as well, where there
    /// is an address.
    pub invitation: Option<String>,
}

/// Makes a tenant.
pub async fn create_tenant(app: &App, slug: &str, name: &str) -> Result<(), AdminError> {
    app.transact(|| create_tenant_once(app, slug, name)).await
}

async fn create_tenant_once(app: &App, slug: &str, name: &str) -> Result<(), AdminError> {
    let tenant = provision::new_tenant(app, slug, name).map_err(AdminError::Invalid)?;
    let work = Work::at_command_line(app).await?;
    // From now on the set-up link of the first start is dead.
    provision::claim_first(&work).await?;
    tenants::insert(&work, &tenant).await?;
    let about = About { tenant: Some(tenant.id), ..About::anonymous(None) };
    work.record(EventKind::TenantCreated, about).await?;
    Ok(work.commit().await?)
}

/// Makes a person, active with a password or invited without.
pub async fn create_user(app: &App, slug: &str, wanted: CreateUser) -> Result<CreatedUser, AdminError> {
    make_user(app, slug, wanted, false).await
}

/// The same; the password must be changed at the first sign-in, within seven days.
pub async fn create_user_to_change(
    app: &App,
    slug: &str,
    wanted: CreateUser,
) -> Result<CreatedUser, AdminError> {
    make_user(app, slug, wanted, true).await
}

async fn make_user(
    app: &App,
    slug: &str,
    wanted: CreateUser,
    must_change: bool,
) -> Result<CreatedUser, AdminError> {
    let texts = Texts::check(&wanted.username, wanted.email.as_deref(), wanted.display_name.as_deref())
        .map_err(AdminError::Invalid)?;
    let tenant = find_tenant(app, slug).await?;
    let password_hash = match &wanted.password {
        Some(password) => Some(texts.hash(app, &tenant, password).await?),
        None => None,
    };
    let status = if password_hash.is_some() { Status::Active } else { Status::Invited };
    let new = NewUser { texts, role: wanted.role, status, password_hash, must_change, created_at: None };
    app.transact(|| insert(app, &tenant, new.clone())).await
}

async fn insert(app: &App, tenant: &Tenant, new: NewUser) -> Result<CreatedUser, AdminError> {
    let (role, status) = (new.role, new.status);
    let work = Work::at_command_line(app).await?;
    let missing = || AdminError::NoSuchTenant(tenant.slug.clone());
    tenants::hold(&work, tenant.id).await?.ok_or_else(missing)?;
    let user = provision::insert_user(&work, tenant.id, new).await?;
    let account =
        users::account(&work, user.id).await?.ok_or(Internal::Broken("the new account is not there"))?;
    let detail = json!({ "role": role });
    record(&work, EventKind::UserCreated, &account, detail).await?;
    let invitation = match status {
        Status::Invited => Some(invitations::invite(&work, &account).await?),
        _ => None,
    };
    let notice = OperatorNotice::Made { username: account.user.username.clone() };
    notices::tell(&work, &account.tenant, notice).await?;
    work.commit().await?;
    Ok(CreatedUser { user: UserView::of(app, &account), invitation })
}

/// Tells the operators what was done to one of them.
async fn tell(work: &Work<'_>, account: &Account, what: &'static str) -> Result<(), Internal> {
    let notice = OperatorNotice::Changed { username: account.user.username.clone(), what };
    notices::tell(work, &account.tenant, notice).await
}

/// A person whose second factors were reset.
#[derive(Debug)]
pub struct Reset {
    /// The account.
    pub user: UserView,
    /// For who has no address: the code that opens the next enrollment, once, within 24 hours. It is shown
    /// only now. Whoever has an address gets theirs by mail when they ask for it.
    pub enrollment_code: Option<SecretString>,
}

/// Removes a person's second factors and recovery codes, ends their sessions, and tells them. The password
/// alone does not enrol again.
pub async fn reset_mfa(app: &App, slug: &str, name: &str) -> Result<Reset, AdminError> {
    app.transact(|| reset_mfa_once(app, slug, name)).await
}

async fn reset_mfa_once(app: &App, slug: &str, name: &str) -> Result<Reset, AdminError> {
    let (work, mut account) = hold(app, slug, name).await?;
    if account.user.status == Status::Invited {
        return Err(AdminError::Invited);
    }
    let done = mfa_reset::apply(&work, &account, None).await?;
    record(&work, EventKind::MfaReset, &account, done.detail).await?;
    tell(&work, &account, "lost all its second factors").await?;
    work.commit().await?;
    account.factors = users::FactorCounts::default();
    Ok(Reset { user: UserView::of(app, &account), enrollment_code: done.enrollment_code })
}

async fn find_tenant(app: &App, slug: &str) -> Result<Tenant, AdminError> {
    tenants::by_slug(&app.store, slug).await?.ok_or_else(|| AdminError::NoSuchTenant(slug.to_owned()))
}

/// The account of this name or address.
async fn find(app: &App, slug: &str, name: &str) -> Result<Account, AdminError> {
    find_tenant(app, slug).await?;
    let key = NameKey::of(name).ok_or_else(|| missing(slug, name))?;
    users::by_login(&app.store, slug, &key).await?.ok_or_else(|| missing(slug, name))
}

/// The same, held.
async fn hold<'a>(app: &'a App, slug: &str, name: &str) -> Result<(Work<'a>, Account), AdminError> {
    let found = find(app, slug, name).await?;
    let work = Work::at_command_line(app).await?;
    let account = users::hold(&work, found.user.id).await?.ok_or_else(|| missing(slug, name))?;
    Ok((work, account))
}

fn missing(slug: &str, name: &str) -> AdminError {
    AdminError::NoSuchUser(slug.to_owned(), name.to_owned())
}

async fn record(work: &Work<'_>, kind: EventKind, account: &Account, detail: Value) -> Result<(), Internal> {
    let about = About::anonymous(Some(&account.user)).with(detail);
    work.record(kind, about).await
}
