//! Tenants as the sign-in page sees them.

use twinlock_core::name::validate_slug;
use twinlock_store::tenants::{self, Tenant};

use crate::{App, Internal};

/// The only tenant of this server, if there is just one: then nobody has to be asked which.
pub async fn only_one(app: &App) -> Result<Option<Tenant>, Internal> {
    let mut found = tenants::list(&app.store, 2).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// The tenant of a slug.
pub async fn named(app: &App, slug: &str) -> Result<Option<Tenant>, Internal> {
    match validate_slug(slug) {
        Ok(slug) => Ok(tenants::by_slug(&app.store, &slug).await?),
        Err(_) => Ok(None),
    }
}
