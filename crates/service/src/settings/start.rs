//! From when a second factor is required, and of whom.

use twinlock_core::{
    ids::{SessionId, TenantId},
    tenant::Settings,
};
use twinlock_store::{
    StoreError, in_charge,
    sessions::{
        self,
        short_lived::{self, End, Of},
    },
    users,
};

use crate::context::Work;

/// From now on a factor is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Of everybody.
    ForAll,
    /// Of owners and administrators.
    ForAdmins,
}

impl Start {
    /// Of whom it becomes required by this change.
    pub(crate) fn of(before: &Settings, after: &Settings) -> Option<Self> {
        if after.mfa_required && !before.mfa_required {
            return Some(Self::ForAll);
        }
        let admins = after.mfa_required_for_admins && !before.mfa_required_for_admins;
        admins.then_some(Self::ForAdmins)
    }

    /// People sign in again and meet the banner or the enrollment; answers how many sessions ended. Deadlines of
    /// people's own were for an earlier start.
    pub(crate) async fn carry_out(
        self,
        work: &Work<'_>,
        tenant: TenantId,
        keep: SessionId,
    ) -> Result<u64, StoreError> {
        match self {
            Self::ForAll => {
                users::lock_all(work, tenant).await?;
                users::clear_mfa_deadlines(work, tenant).await?;
                let alive = sessions::count_of_tenant(work, tenant, keep, work.now).await?;
                let of = Of::Tenant { tenant, keep: Some(keep) };
                short_lived::end(work, of, End::Enforcement, work.now).await?;
                Ok(alive)
            }
            Self::ForAdmins => in_charge::end_sessions(work, tenant, keep, work.now).await,
        }
    }
}
