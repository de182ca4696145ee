//! Making operators. It takes the command line: nobody becomes an operator over the network.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    ids::TenantId,
    tenant::{SYSTEM_SLUG, Settings},
    user::Role,
};
use twinlock_store::tenants::{self, Tenant};

use crate::{
    App,
    admin::{self, AdminError, CreateUser, CreatedUser},
    audit_log::About,
    context::Work,
    setup::provision::{self, Texts},
};

/// Makes an operator by invitation. There is no other way in than through the enrollment of a second factor, which
/// the operators' own tenant always requires: no operator has one lock only, not even for a moment.
pub async fn create_operator(
    app: &App,
    username: String,
    email: Option<String>,
    display_name: Option<String>,
) -> Result<CreatedUser, AdminError> {
    // A name that cannot be used is told before anything is made.
    Texts::check(&username, email.as_deref(), display_name.as_deref()).map_err(AdminError::Invalid)?;
    app.transact(|| ensure_tenant(app)).await?;
    let new = CreateUser { username, email, display_name, role: Role::Owner, password: None };
    admin::create_user(app, SYSTEM_SLUG, new).await
}

async fn ensure_tenant(app: &App) -> Result<(), AdminError> {
    let work = Work::at_command_line(app).await?;
    if tenants::by_slug(&work, SYSTEM_SLUG).await?.is_none() {
        make_tenant(&work).await?;
    }
    Ok(work.commit().await?)
}

async fn make_tenant(work: &Work<'_>) -> Result<(), AdminError> {
    let now = work.now;
    let tenant = Tenant {
        id: TenantId::new(now, work.app.entropy()),
        slug: SYSTEM_SLUG.to_owned(),
        name: "Operators".to_owned(),
        settings: Settings::of_operators(now),
        version: 1,
        suspended_at: None,
        created_at: now,
    };
    // From now on the set-up link of the first start is dead.
    provision::claim_first(work).await?;
    tenants::insert(work, &tenant).await?;
    let about = About { tenant: Some(tenant.id), ..About::anonymous(None) }.with(json!({}));
    Ok(work.record(EventKind::TenantCreated, about).await?)
}
