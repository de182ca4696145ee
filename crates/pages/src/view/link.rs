//! What mailed and printed links open. Opening one uses nothing up; only its form does.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::{FieldError, LinkKind, NewPasswordError, Page};

/// `/reset/{token}`: choose a new password. Posts `new_password` to the same address.
#[derive(Debug, Template)]
#[template(path = "link/reset.html")]
pub struct ResetPage {
    /// Common to all pages.
    pub page: Page,
    /// The token of the link.
    pub token: String,
    /// The user name, for password managers.
    pub username: String,
    /// The fewest characters a password needs.
    pub min_length: u32,
    /// What was wrong.
    pub error: Option<NewPasswordError>,
}

/// `/invite/{token}`: accept an invitation. Posts `password` to the same address.
#[derive(Debug, Template)]
#[template(path = "link/invite.html")]
pub struct InvitePage {
    /// Common to all pages.
    pub page: Page,
    /// The token of the link.
    pub token: String,
    /// The organisation's name.
    pub tenant_name: String,
    /// The new account's user name.
    pub username: String,
    /// The fewest characters a password needs.
    pub min_length: u32,
    /// What was wrong.
    pub error: Option<NewPasswordError>,
}

/// `/confirm/{token}`: confirm an email address. Posts to the same address.
#[derive(Debug, Template)]
#[template(path = "link/confirm.html")]
pub struct ConfirmPage {
    /// Common to all pages.
    pub page: Page,
    /// The token of the link.
    pub token: String,
    /// The address to confirm.
    pub email: String,
}

/// After `/confirm/{token}`.
#[derive(Debug, Template)]
#[template(path = "link/confirmed.html")]
pub struct ConfirmedPage {
    /// Common to all pages.
    pub page: Page,
    /// The address that is confirmed now.
    pub email: String,
}

/// `/login` while nobody has an account: what to do first.
#[derive(Template)]
#[template(path = "link/unset.html")]
pub struct UnsetPage {
    /// Frame.
    pub page: Page,
}

/// A link that is unknown, expired or used. Status 410 or 404.
#[derive(Debug, Template)]
#[template(path = "link/dead.html")]
pub struct DeadLinkPage {
    /// Common to all pages.
    pub page: Page,
    /// What the link was for.
    pub kind: LinkKind,
}

/// What the form of [`SetupPage`] holds; a password is never given back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetupForm {
    /// The organisation's name, field `tenant_name`.
    pub tenant_name: String,
    /// Its id, field `tenant_id`.
    pub tenant_id: String,
    /// The owner's user name, field `username`.
    pub username: String,
    /// The owner's address, field `email`.
    pub email: String,
    /// What the owner is called, field `display_name`.
    pub display_name: String,
}

/// What was wrong with each field of [`SetupForm`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct SetupErrors {
    /// Field `tenant_name`.
    pub tenant_name: Option<FieldError>,
    /// Field `tenant_id`.
    pub tenant_id: Option<FieldError>,
    /// Field `username`.
    pub username: Option<FieldError>,
    /// Field `email`.
    pub email: Option<FieldError>,
    /// Field `display_name`.
    pub display_name: Option<FieldError>,
    /// Field `password`.
    pub password: Option<NewPasswordError>,
}

impl SetupErrors {
    /// The field where the next keystroke belongs: the first with an error, or the first.
    fn focus(&self) -> &'static str {
        let marks = [
            ("tenant_name", self.tenant_name.is_some()),
            ("tenant_id", self.tenant_id.is_some()),
            ("username", self.username.is_some()),
            ("display_name", self.display_name.is_some()),
            ("email", self.email.is_some()),
            ("password", self.password.is_some()),
        ];
        marks.into_iter().find(|(_, wrong)| *wrong).map_or("tenant_name", |(field, _)| field)
    }
}

/// `/setup/{token}`: the first organisation and its owner. Posts the fields of [`SetupForm`] and
/// `password` to the same address.
#[derive(Debug, Template)]
#[template(path = "link/setup.html")]
pub struct SetupPage {
    /// Common to all pages.
    pub page: Page,
    /// The token of the link.
    pub token: String,
    /// What was typed.
    pub form: SetupForm,
    /// What was wrong.
    pub errors: SetupErrors,
    /// The fewest characters a password needs.
    pub min_length: u32,
}
