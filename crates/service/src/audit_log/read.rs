//! The audit log as its administrators read it.

use twinlock_core::{ids::UserId, name::NameKey, user::Power};
use twinlock_store::users;

use super::{Entry, Filter, list};
use crate::{
    App, Caller, Internal,
    administration::{self, NotAllowed},
    sessions::{self, Rights},
};

/// Events of the caller's tenant, newest first.
pub async fn read(
    app: &App,
    caller: &Caller,
    slug: &str,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>, NotAllowed> {
    administration::look(app, caller, slug, Power::Administer)?;
    Ok(list(app, caller.live.account.tenant.id, filter, limit).await?)
}

/// The same in the course of a long answer: whether the caller may still read is looked up anew.
pub async fn read_again(
    app: &App,
    caller: &Caller,
    slug: &str,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Entry>, NotAllowed> {
    let now = sessions::again(app, caller).await?.filter(|caller| caller.rights(app) == Rights::Full);
    let caller = now.ok_or(NotAllowed::Ended)?;
    read(app, &caller, slug, filter, limit).await
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
