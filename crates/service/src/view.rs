//! What the API and the pages show of people and factors: never a secret.

use serde::Serialize;
use twinlock_core::{
    clock::Timestamp,
    user::{Role, Status},
};
use twinlock_store::{security_keys::SecurityKey, totp::TotpFactor, users::Account};
use uuid::Uuid;

use crate::App;

/// A person, as api.md's `user`.
#[derive(Debug, Clone, Serialize)]
pub struct UserView {
    /// Id.
    pub id: Uuid,
    /// The tenant's slug.
    pub tenant_id: String,
    /// User name.
    pub username: String,
    /// Confirmed address.
    pub email: Option<String>,
    /// Name for people.
    pub display_name: String,
    /// Role.
    pub role: Role,
    /// Status.
    pub status: Status,
    /// Whether a second factor is enrolled.
    pub mfa_enabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl UserView {
    pub(crate) fn of(app: &App, account: &Account) -> Self {
        let user = &account.user;
        Self {
            id: user.id.0,
            tenant_id: account.tenant.slug.clone(),
            username: user.username.clone(),
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            role: user.role,
            status: user.status,
            mfa_enabled: app.config.mfa_enabled && account.factors.any(),
            created_at: user.created_at,
        }
    }
}

/// An enrolled second factor, as in api.md's list of methods.
#[derive(Debug, Clone, Serialize)]
pub struct MethodView {
    /// Id.
    pub id: Uuid,
    /// Kind: `totp` or `webauthn`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name its owner gave it.
    pub name: String,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl From<&TotpFactor> for MethodView {
    fn from(factor: &TotpFactor) -> Self {
        Self {
            id: factor.id.0,
            kind: "totp",
            name: factor.name.clone(),
            created_at: factor.created_at,
            last_used_at: factor.last_used_at,
        }
    }
}

impl From<&SecurityKey> for MethodView {
    fn from(key: &SecurityKey) -> Self {
        Self {
            id: key.id.0,
            kind: "webauthn",
            name: key.name.clone(),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}
