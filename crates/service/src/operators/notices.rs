//! All operators are told of what is done to one of them.

use twinlock_core::{ids::TenantId, tenant::SYSTEM_SLUG};
use twinlock_store::{Tx, in_charge, tenants::Tenant};

use crate::{
    App, Client, Internal,
    mail::{LetterKind, OperatorNotice, notify},
};

/// So many are told; a server has a handful.
const MOST: u32 = 200;

/// Tells them, if the tenant is theirs.
pub(crate) async fn tell(
    tx: &Tx,
    app: &App,
    client: Option<&Client>,
    tenant: &Tenant,
    notice: OperatorNotice,
) -> Result<(), Internal> {
    if tenant.slug == SYSTEM_SLUG { tell_all(tx, app, client, tenant.id, &notice).await } else { Ok(()) }
}

async fn tell_all(
    tx: &Tx,
    app: &App,
    client: Option<&Client>,
    tenant: TenantId,
    notice: &OperatorNotice,
) -> Result<(), Internal> {
    for operator in in_charge::administrators(tx, tenant, MOST).await? {
        notify(tx, app, client, &operator, LetterKind::OfOperators(notice.clone())).await?;
    }
    Ok(())
}
