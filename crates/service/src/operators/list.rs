//! Which organisations there are.

use twinlock_store::organisations;

use super::{By, OperateError, OrganisationView, precheck};
use crate::{App, administration::NotAllowed};

/// Those whose id comes after `after`, by id, at most `limit`.
pub async fn list(
    app: &App,
    by: By<'_>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<OrganisationView>, OperateError> {
    look(app, by)?;
    let found = organisations::list(&app.store, after.unwrap_or_default(), limit).await?;
    Ok(found.into_iter().map(OrganisationView::from).collect())
}

/// One of them.
pub async fn show(app: &App, by: By<'_>, slug: &str) -> Result<OrganisationView, OperateError> {
    look(app, by)?;
    let found = organisations::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    Ok(found.into())
}

pub(super) fn look(app: &App, by: By<'_>) -> Result<(), NotAllowed> {
    match by {
        By::Session(_, caller) => precheck(app, caller, false),
        By::CommandLine => Ok(()),
    }
}
