//! The people of the organisation.

use askama::Template;
pub use twinlock_core::user::{Role, Status};

use super::Pager;
use crate::view::{Page, When};

/// `/console/users`. The form asks for the same address by GET: `search`, `mfa`, `role`, `status`.
#[derive(Debug, Template)]
#[template(path = "console/users.html")]
pub struct UsersPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// What is asked for.
    pub form: UsersForm,
    /// The people of this part of the list.
    pub people: Vec<UserRow>,
    /// Where it goes on.
    pub pager: Pager,
    /// Whether this server has second factors.
    pub mfa_available: bool,
    /// Whether the visitor may invite somebody, and take the list with them.
    pub may_invite: bool,
    /// The address of everybody who is asked for, as a file.
    pub download: String,
    /// What was just sent.
    pub invitations: Option<Invitations>,
}

impl UsersPage {
    /// Whether the list is of those whose invitations may be sent again.
    fn is_of_invited(&self) -> bool {
        self.may_invite && self.form.status == Some(Status::Invited) && !self.people.is_empty()
    }
}

/// Invitations that were sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitations {
    /// Mails on their way.
    pub queued: u64,
    /// People who were left out.
    pub left_out: u64,
}

/// The filter as it was typed.
#[derive(Clone, Debug, Default)]
pub struct UsersForm {
    /// How a user name, an address or a word of a full name begins.
    pub search: String,
    /// Only people whose second factors are so.
    pub mfa: Option<Mfa>,
    /// Only people of this role.
    pub role: Option<Role>,
    /// Only accounts of this status.
    pub status: Option<Status>,
}

impl UsersForm {
    /// Whether anything is asked for.
    pub fn is_empty(&self) -> bool {
        self.search.is_empty() && self.mfa.is_none() && self.role.is_none() && self.status.is_none()
    }
}

/// How it stands with somebody's second factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// There is one at least.
    On,
    /// There is none.
    Off,
    /// There is one, and losing one thing locks them out.
    AtRisk,
}

impl Mfa {
    /// Reads the value of the form.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            "at_risk" => Some(Self::AtRisk),
            _ => None,
        }
    }
}

/// How far an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitation {
    /// It was mailed, as far as there is an address.
    Given,
    /// It is an operator's, and waits for the word of another.
    AwaitsApproval,
}

/// One person.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Their id.
    pub id: String,
    /// The name they sign in with.
    pub username: String,
    /// How they want to be called; may be the user name.
    pub display_name: String,
    /// Their address, if they have one.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they can sign in.
    pub status: Status,
    /// How far the invitation of who is invited has come.
    pub invitation: Invitation,
    /// Whether they have a second factor.
    pub mfa: bool,
    /// Whether losing one thing locks them out.
    pub at_risk: bool,
    /// Their last complete sign-in.
    pub last_sign_in: Option<When>,
    /// Whether it is the visitor.
    pub own: bool,
}

impl UserRow {
    /// The name for people, or the user name where there is none.
    pub fn name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// The user name, where it is not shown as the name already.
    pub fn second_name(&self) -> Option<&str> {
        (self.name() != self.username).then_some(&*self.username)
    }
}
