//! One person of a tenant.

use twinlock_store::{
    links::{self, LinkPurpose},
    operator_approvals,
};

use super::PersonView;
use crate::{
    App, Caller,
    administration::{self, NotAllowed, Whom},
};

/// Anybody of the caller's tenant, and the address that waits to be confirmed.
pub async fn show(app: &App, caller: &Caller, whom: &Whom<'_>) -> Result<PersonView, NotAllowed> {
    let account = administration::look_at(app, caller, whom).await?;
    let waiting = links::open_of_user(&app.store, LinkPurpose::ConfirmEmail, whom.user, app.now()).await?;
    let email_pending = waiting.and_then(|link| link.address);
    let approval = operator_approvals::of_user(&app.store, whom.user).await?;
    Ok(PersonView { email_pending, ..PersonView::of(app, &account) }.awaiting(approval.as_ref()))
}
