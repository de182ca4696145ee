//! The audit log as its administrators read it.

use twinlock_core::{ids::UserId, name::NameKey};
use twinlock_store::users;

use super::{Entry, Filter, list};
use crate::{App, Caller, Internal, sessions};

/// Why the log was not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// No such tenant, or not the caller's.
    #[error("no such organisation")]
    NotFound,
    /// The caller does not administer the tenant.
    #[error("not allowed")]
    Forbidden,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// Events of the caller's tenant, newest first.
pub async fn read(
    app: &App,
    caller: &Caller,
    slug: &str,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>, AuditError> {
    admit(caller, slug)?;
    Ok(list(app, caller.live.account.tenant.id, filter, limit).await?)
}

/// The same in the course of a long answer: whether the caller may still read is looked up anew.
pub async fn read_again(
    app: &App,
    caller: &Caller,
    slug: &str,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>, AuditError> {
    let caller = sessions::again(app, caller).await?.ok_or(AuditError::Ended)?;
    read(app, &caller, slug, filter, limit).await
}

/// Somebody else's tenant looks like one that does not exist.
fn admit(caller: &Caller, slug: &str) -> Result<(), AuditError> {
    let account = &caller.live.account;
    if account.tenant.slug != slug {
        return Err(AuditError::NotFound);
    }
    if account.user.role.administers_tenant() { Ok(()) } else { Err(AuditError::Forbidden) }
}

/// Whom an administrator means by a user name, an address or an id, in their own tenant. An id may be that of
/// somebody who is not there any more.
pub async fn person(app: &App, caller: &Caller, text: &str) -> Result<Option<UserId>, Internal> {
    if let Some(id) = UserId::parse(text) {
        return Ok(Some(id));
    }
    let Some(name) = NameKey::of(text) else { return Ok(None) };
    let found = users::by_login(&app.store, &caller.live.account.tenant.slug, &name).await?;
    Ok(found.map(|account| account.user.id))
}
