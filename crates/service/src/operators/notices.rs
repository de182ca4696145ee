//! All operators are told of what is done to one of them.

use twinlock_core::{ids::TenantId, tenant::SYSTEM_SLUG};
use twinlock_store::{in_charge, tenants::Tenant};

use crate::{
    Internal,
    context::Work,
    mail::{LetterKind, OperatorNotice},
};

/// So many are told; a server has a handful.
const MOST: u32 = 200;

/// Tells them, if the tenant is theirs.
pub(crate) async fn tell(work: &Work<'_>, tenant: &Tenant, notice: OperatorNotice) -> Result<(), Internal> {
    if tenant.slug == SYSTEM_SLUG { tell_all(work, tenant.id, &notice).await } else { Ok(()) }
}

async fn tell_all(work: &Work<'_>, tenant: TenantId, notice: &OperatorNotice) -> Result<(), Internal> {
    for operator in in_charge::administrators(work, tenant, MOST).await? {
        work.notify(&operator, LetterKind::OfOperators(notice.clone())).await?;
    }
    Ok(())
}
