//! Whose short-lived state ends.

use twinlock_core::ids::{SessionId, TenantId, UserId};

use crate::Stale;

/// The ids of an organisation's owners and administrators, of whatever status.
pub(crate) const ADMINISTRATORS: &str =
    "SELECT id FROM users WHERE tenant_id = $1 AND role <> 'member' AND role IN ('owner', 'admin')";

/// Whose state ends. The people are held, or nobody else uses the database.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// What hangs on one session of this person.
    Session {
        /// Its owner; a session of somebody else stays.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// A person's.
    Person {
        /// Who.
        user: UserId,
        /// The session that goes on.
        keep: Option<SessionId>,
    },
    /// That of the owners and administrators of an organisation.
    InCharge {
        /// Which.
        tenant: TenantId,
        /// The session that goes on.
        keep: SessionId,
    },
    /// That of everybody in an organisation.
    Tenant {
        /// Which.
        tenant: TenantId,
        /// The session that goes on.
        keep: Option<SessionId>,
    },
    /// Everybody's.
    Everybody,
}

impl Of {
    pub(super) fn stale(self) -> Stale {
        match self {
            Self::Session { session, .. } => Stale::Session(session),
            Self::Person { user, .. } => Stale::User(user),
            Self::InCharge { tenant, .. } | Self::Tenant { tenant, .. } => Stale::Tenant(tenant),
            Self::Everybody => Stale::Everybody,
        }
    }

    pub(super) fn keep(self) -> Option<SessionId> {
        match self {
            Self::Person { keep, .. } | Self::Tenant { keep, .. } => keep,
            Self::InCharge { keep, .. } => Some(keep),
            Self::Session { .. } | Self::Everybody => None,
        }
    }

    /// What the ids of these people are; nothing where it is everybody.
    pub(super) fn people(self) -> Option<String> {
        match self {
            Self::Session { .. } | Self::Person { .. } => Some("= :user".into()),
            Self::InCharge { .. } => Some(format!("IN ({})", ADMINISTRATORS.replace("$1", ":tenant"))),
            Self::Tenant { .. } => Some("IN (SELECT id FROM users WHERE tenant_id = :tenant)".into()),
            Self::Everybody => None,
        }
    }
}
