//! The organisations of the server, for its operators.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::Pager;
use crate::view::{FieldError, Page, When};

/// An organisation from outside.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Its id: what people type when they sign in.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its people, active or invited.
    pub users: u64,
    /// When it was made.
    pub created: When,
    /// Since when nobody can sign in.
    pub suspended: Option<When>,
    /// When it goes for good.
    pub goes: Option<When>,
}

/// `/console/organisations`. The form asks for the same address by GET: `search`.
#[derive(Debug, Template)]
#[template(path = "console/organisations.html")]
pub struct OrganisationsPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// What is asked for.
    pub search: String,
    /// The organisations of this part of the list.
    pub organisations: Vec<OrganisationRow>,
    /// Where it goes on.
    pub pager: Pager,
}

/// `/console/organisations/{id}`
#[derive(Debug, Template)]
#[template(path = "console/organisation.html")]
pub struct OrganisationPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Which.
    pub organisation: OrganisationRow,
    /// The owners who have not accepted their invitation, while no owner has.
    pub owners: Vec<WaitingOwnerRow>,
}

/// An owner who has not accepted the invitation yet.
#[derive(Clone, Debug)]
pub struct WaitingOwnerRow {
    /// Id.
    pub id: String,
    /// User name.
    pub username: String,
    /// Where the invitation goes.
    pub email: String,
}

/// `/console/organisations/{id}/owners/{user}/invite`: posts to the same address.
#[derive(Debug, Template)]
#[template(path = "console/organisation_invite.html")]
pub struct InviteOwnerPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Which organisation.
    pub organisation: OrganisationRow,
    /// Whom.
    pub owner: WaitingOwnerRow,
}

/// What was typed about a new organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OrganisationFields {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// User name of the owner.
    pub username: String,
    /// Address of the owner.
    pub email: String,
    /// Name of the owner.
    pub display_name: String,
}

/// What was wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationErrors {
    /// Id.
    pub id: Option<FieldError>,
    /// Name.
    pub name: Option<FieldError>,
    /// User name of the owner.
    pub username: Option<FieldError>,
    /// Address of the owner.
    pub email: Option<FieldError>,
    /// Name of the owner.
    pub display_name: Option<FieldError>,
}

impl OrganisationErrors {
    /// The field with the first error, if any: it has the focus.
    pub fn focus(&self) -> &'static str {
        let marks = [
            ("id", self.id.is_some()),
            ("name", self.name.is_some()),
            ("username", self.username.is_some()),
            ("email", self.email.is_some()),
            ("display_name", self.display_name.is_some()),
        ];
        marks.into_iter().find(|(_, wrong)| *wrong).map_or("", |(field, _)| field)
    }
}

/// `/console/organisations/new`. Posts `id`, `name`, `username`, `email` and `display_name` to the same address.
#[derive(Debug, Template)]
#[template(path = "console/organisation_new.html")]
pub struct NewOrganisationPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// What was typed.
    pub form: OrganisationFields,
    /// What was wrong with it.
    pub errors: OrganisationErrors,
}

/// `/console/organisations/{id}/rename`. Posts `name` to the same address.
#[derive(Debug, Template)]
#[template(path = "console/organisation_rename.html")]
pub struct RenameOrganisationPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Which, as stored.
    pub organisation: OrganisationRow,
    /// The name as typed.
    pub name: String,
    /// What was wrong with it.
    pub error: Option<FieldError>,
}

/// What is done to an organisation after one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nobody signs in any more.
    Suspend,
    /// People sign in again.
    Resume,
    /// It goes after a week.
    Delete,
    /// It stays after all.
    Restore,
}

impl Act {
    /// As addresses have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// Reads what [`Act::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Suspend, Self::Resume, Self::Delete, Self::Restore]
            .into_iter()
            .find(|act| act.as_str() == text)
    }
}

/// `/console/organisations/{id}/{act}`: posts to the same address.
#[derive(Debug, Template)]
#[template(path = "console/organisation_ask.html")]
pub struct OrganisationActPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// Which.
    pub organisation: OrganisationRow,
    /// What is to be done.
    pub act: Act,
    /// When it would go, of a deletion.
    pub goes: When,
}
