//! Forms about a person: a new one, changes, a deadline of their own.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::users::{Role, UserRow};
use crate::view::{FieldError, NewPasswordError, Page, When};

/// What was typed about a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonFields {
    /// User name.
    pub username: String,
    /// Address.
    pub email: String,
    /// Name for people.
    pub display_name: String,
    /// Role.
    pub role: Role,
}

/// What was wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonErrors {
    /// User name.
    pub username: Option<FieldError>,
    /// Address.
    pub email: Option<FieldError>,
    /// Name for people.
    pub display_name: Option<FieldError>,
    /// Password.
    pub password: Option<NewPasswordError>,
}

impl PersonErrors {
    /// The field with the first error, if any: it has the focus.
    pub fn focus(&self) -> &'static str {
        let marks = [
            ("username", self.username.is_some()),
            ("email", self.email.is_some()),
            ("display_name", self.display_name.is_some()),
            ("password", self.password.is_some()),
        ];
        marks.into_iter().find(|(_, wrong)| *wrong).map_or("", |(field, _)| field)
    }
}

/// `/console/users/new`. Posts `username`, `email`, `display_name`, `role` and `password` to the same address.
#[derive(Debug, Template)]
#[template(path = "console/person_new.html")]
pub struct NewPersonPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// What was typed.
    pub form: PersonFields,
    /// What was wrong with it.
    pub errors: PersonErrors,
    /// The roles that the visitor may give.
    pub roles: Vec<Role>,
    /// The fewest characters a password needs.
    pub min_length: u32,
}

/// `/console/users/{id}/edit`. Posts `username`, `email`, `display_name` and `role` to the same address.
#[derive(Debug, Template)]
#[template(path = "console/person_edit.html")]
pub struct EditPersonPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Who, as stored.
    pub person: UserRow,
    /// What was typed.
    pub form: PersonFields,
    /// What was wrong with it.
    pub errors: PersonErrors,
    /// The roles that the visitor may give.
    pub roles: Vec<Role>,
}

/// `/console/users/{id}/deadline`. Posts `day` and `reason` to the same address.
#[derive(Debug, Template)]
#[template(path = "console/person_deadline.html")]
pub struct DeadlinePage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Whose.
    pub person: UserRow,
    /// The present one; none where enrollment is due at the next sign-in.
    pub present: Option<When>,
    /// The day as typed, `2026-03-02`.
    pub day: String,
    /// What was wrong with it.
    pub day_error: Option<FieldError>,
    /// Why, as typed.
    pub reason: String,
    /// What was wrong with it.
    pub reason_error: Option<FieldError>,
}
