//! One's own account.

pub mod email_confirm;
pub mod mail_code;
pub mod password;
pub mod show;
pub mod update;

use serde::Serialize;
use twinlock_service::account::Profile;
use utoipa::ToSchema;

use super::answer::User;

/// One's own account.
#[derive(Serialize, ToSchema)]
pub struct AccountAnswer {
    #[serde(flatten)]
    user: User,
    /// A new address that waits for its confirmation.
    pending_email: Option<String>,
}

impl From<Profile> for AccountAnswer {
    fn from(profile: Profile) -> Self {
        Self { user: profile.user.into(), pending_email: profile.email_pending }
    }
}
