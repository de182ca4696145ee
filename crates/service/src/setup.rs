//! The first start: a one-time link, printed where the server runs, makes the first tenant and its
//! owner. It has one winner and never comes back.

pub(crate) mod provision;

use std::sync::atomic::Ordering;

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    password::PasswordProblem,
    user::{Role, Status},
};
use twinlock_store::{
    links::LinkPurpose,
    tenants::{self, Tenant},
    users::{self, Account},
};

use crate::{
    App, Client, Internal,
    audit_log::About,
    context::Work,
    login::{self, LoginError, Outcome, Target},
    mail::link,
};

pub use provision::FieldProblem;
use provision::{NewUser, Texts};

/// What the first person tells of themselves and their organisation.
pub struct NewOwner {
    /// Name of the organisation, for people.
    pub tenant_name: String,
    /// Its id in addresses and at sign-in.
    pub slug: String,
    /// User name.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// Name for people; the user name where none is given.
    pub display_name: Option<String>,
    /// Password.
    pub password: SecretString,
}

/// Why the set-up was not completed.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The link is unknown, used or expired, or there is a tenant already.
    #[error("the link is no longer valid")]
    LinkInvalid,
    /// Some fields cannot be used.
    #[error("some fields cannot be used")]
    Invalid(Vec<FieldProblem>),
    /// The password breaks a rule.
    #[error(transparent)]
    Weak(PasswordProblem),
    /// The account is made, and nobody can sign in with it now.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

crate::password::weak_passwords_are_told!(SetupError);

store_faults_are_internal!(SetupError);

/// The link to print while nobody has an account: a fresh one for an hour; earlier ones die. None once
/// there is a tenant.
pub async fn offer(app: &App) -> Result<Option<String>, Internal> {
    app.transact(|| offer_once(app)).await
}

async fn offer_once(app: &App) -> Result<Option<String>, Internal> {
    let work = Work::of_server(app).await?;
    if tenants::any(&work).await? {
        return Ok(None);
    }
    let link = link::issue(&work, LinkPurpose::Setup, None, None).await?;
    work.commit().await?;
    Ok(Some(link))
}

/// Whether the server still waits for its first account. Once it does not, asking costs no statement.
pub async fn is_waiting(app: &App) -> Result<bool, Internal> {
    if app.is_set_up.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let set_up = tenants::any(&app.store).await?;
    app.is_set_up.store(set_up, Ordering::Relaxed);
    Ok(!set_up)
}

/// Whether the link can still be used. Uses nothing up.
pub async fn peek(app: &App, token: &str) -> Result<bool, Internal> {
    let alive = link::peek(app, LinkPurpose::Setup, token).await?.is_some();
    Ok(alive && !tenants::any(&app.store).await?)
}

/// Uses the link up, makes the first tenant and its owner, and signs them in as far as that goes.
pub async fn complete(
    app: &App,
    client: &Client,
    token: &str,
    owner: NewOwner,
    target: Target<'_>,
) -> Result<Outcome, SetupError> {
    if !peek(app, token).await? {
        return Err(SetupError::LinkInvalid);
    }
    let texts = Texts::check(&owner.username, owner.email.as_deref(), owner.display_name.as_deref());
    let tenant = provision::new_tenant(app, &owner.slug, &owner.tenant_name);
    let (texts, tenant) = both(texts, tenant).map_err(SetupError::Invalid)?;
    let hash = texts.hash(app, &tenant, &owner.password).await?;
    let new = NewUser {
        texts,
        role: Role::Owner,
        status: Status::Active,
        password_hash: Some(hash),
        must_change: false,
        created_at: None,
    };
    let first = First { tenant, owner: new };
    app.transact(|| open(app, client, token, &first, target)).await
}

/// The first tenant and its owner, checked and hashed.
struct First {
    tenant: Tenant,
    owner: NewUser,
}

async fn open(
    app: &App,
    client: &Client,
    token: &str,
    first: &First,
    target: Target<'_>,
) -> Result<Outcome, SetupError> {
    let work = Work::begin(app, client).await?;
    link::consume(&work, LinkPurpose::Setup, token).await?.ok_or(SetupError::LinkInvalid)?;
    link::note_browser(&work, LinkPurpose::Setup, token).await?;
    let account = write(&work, first).await?;
    Ok(login::proceed(work, account, target).await?)
}

async fn write(work: &Work<'_>, first: &First) -> Result<Account, SetupError> {
    // Two links may be open on two nodes, and the command line may be at work as well.
    if tenants::any(work).await? || !provision::claim_first(work).await? {
        return Err(SetupError::LinkInvalid);
    }
    tenants::insert(work, &first.tenant).await?;
    let user = provision::insert_user(work, first.tenant.id, first.owner.clone()).await?;
    work.record(EventKind::SetupCompleted, About::own(&user)).await?;
    Ok(users::account(work, user.id).await?.ok_or(Internal::Broken("the owner is not there"))?)
}

/// Both, or all that is wrong with either.
fn both<A, B, E>(a: Result<A, Vec<E>>, b: Result<B, Vec<E>>) -> Result<(A, B), Vec<E>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(b.err().into_iter().chain(a.err()).flatten().collect()),
    }
}
