//! What an administrator wants changed of somebody, checked, and compared with what is.

use serde_json::{Value, json};
use twinlock_core::{
    factor::typed::is_blank,
    name::{NameError, NameKey, validate_display_name, validate_email, validate_username},
    user::{Role, Status},
};
use twinlock_store::users::User;

use super::PersonError;
use crate::setup::FieldProblem;

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// A new user name.
    pub username: Option<String>,
    /// A new address.
    pub email: Option<String>,
    /// A name for people; an empty one makes room for the user name.
    pub display_name: Option<String>,
    /// A new role.
    pub role: Option<Role>,
    /// Whether the account is to be suspended.
    pub suspended: Option<bool>,
}

/// What is different from what is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) status: Option<Status>,
}

impl Wish {
    pub(crate) fn of(user: &User, wanted: &PersonChange) -> Result<Self, PersonError> {
        let username = wanted.username.as_deref().map(validate_username).transpose();
        let username = username.map_err(FieldProblem::of("username"));
        let email = wanted.email.as_deref().map(validate_email).transpose();
        let email = email.map_err(FieldProblem::of("email"));
        let shown = username.as_ref().ok().and_then(Option::as_deref).unwrap_or(&user.username);
        let display_name = wanted.display_name.as_deref().map(|raw| new_display_name(raw, shown)).transpose();
        let display_name = display_name.map_err(FieldProblem::of("display_name"));
        let (username, email, display_name) = match (username, email, display_name) {
            (Ok(username), Ok(email), Ok(display_name)) => (username, email, display_name),
            (username, email, display_name) => {
                let problems = [username.err(), email.err(), display_name.err()];
                return Err(PersonError::Invalid(problems.into_iter().flatten().collect()));
            }
        };
        let key = |email: &String| NameKey::of(email);
        Ok(Self {
            username: username.filter(|name| *name != user.username),
            email: email.filter(|email| user.email.as_ref().and_then(key) != key(email)),
            display_name: display_name.filter(|name| *name != user.display_name),
            role: wanted.role.filter(|role| *role != user.role),
            status: status(user, wanted.suspended)?,
        })
    }

    /// Whether the person would no longer be an owner who can sign in.
    pub(crate) fn unseats(&self) -> bool {
        self.role.is_some() || self.status == Some(Status::Suspended)
    }

    /// Whether it changes who somebody is to the server: then the administrator needs a second factor.
    pub(crate) fn is_grave(&self) -> bool {
        self.role.is_some() || self.status.is_some() || self.email.is_some()
    }

    /// The person under the names that are wished, and what the audit log tells of it.
    pub(crate) fn renamed(&self, old: &User) -> Renamed {
        let new = User {
            username: self.username.clone().unwrap_or_else(|| old.username.clone()),
            display_name: self.display_name.clone().unwrap_or_else(|| old.display_name.clone()),
            ..old.clone()
        };
        let names = |user: &User| json!({ "username": user.username, "display_name": user.display_name });
        Renamed { detail: json!({ "old": names(old), "new": names(&new) }), new }
    }

    /// Whether it changes a name.
    pub(crate) fn renames(&self) -> bool {
        self.username.is_some() || self.display_name.is_some()
    }
}

/// Somebody with other names.
pub(crate) struct Renamed {
    /// The person from now on.
    pub(crate) new: User,
    /// Old and new names.
    pub(crate) detail: Value,
}

fn new_display_name(raw: &str, username: &str) -> Result<String, NameError> {
    if is_blank(raw) { Ok(username.to_owned()) } else { validate_display_name(raw) }
}

/// An account without a password becomes active by its invitation only; suspended meanwhile, it waits for it
/// again.
fn status(user: &User, suspended: Option<bool>) -> Result<Option<Status>, PersonError> {
    match (user.status, suspended) {
        (Status::Suspended, Some(false)) if user.password_hash.is_none() => Ok(Some(Status::Invited)),
        (Status::Suspended, Some(false)) => Ok(Some(Status::Active)),
        (Status::Invited, Some(false)) => Err(PersonError::StillInvited),
        (Status::Active | Status::Invited, Some(true)) => Ok(Some(Status::Suspended)),
        _ => Ok(None),
    }
}
