//! What pages show: one struct per page, filled by handlers and rendered by askama.
//!
//! The structs hold plain values and small enums; every word a person reads is in the template of
//! the page, so that all of a page's text can be translated in one place. Forms are named in the
//! doc comment of their page: where they post to, and their fields. Every form also posts `csrf`.

pub mod account;
pub mod api_docs;
pub mod console;
pub mod demo;
pub mod enrol;
pub mod enrollment_proof;
pub mod error;
pub mod guide;
pub mod help;
pub mod key;
pub mod link;
pub mod login;
pub mod messages;
pub mod moment;
pub mod readiness;
pub mod security;

pub use key::{KeyError, KeySetupError, KeysHere, Ways};
pub use messages::{
    Banner, BannerKind, CodeError, FieldError, LinkKind, NewPasswordError, OrganisationNote, PasswordError,
    PersonNote,
};
pub use moment::When;
use twinlock_core::user::{Power, Role};

/// What every page needs besides its own content.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The token that every form posts as `csrf`; pages with a session also carry it in
    /// `<meta name="twinlock-csrf">`.
    pub csrf: String,
    /// The request's id, shown on error pages.
    pub request_id: String,
    /// The person signed in, if any.
    pub signed_in: Option<Who>,
    /// The entry of the navigation that this page belongs to.
    pub active: NavItem,
    /// Notes above the content, in this order.
    pub banners: Vec<Banner>,
    /// Whether the server has second factors, as far as the page knows.
    pub mfa: bool,
    /// Whether this is a demo, whose mails everybody may read.
    pub demo: bool,
}

impl Page {
    /// Whether whoever is signed in is of the operators' own tenant.
    pub fn of_operators(&self) -> bool {
        self.signed_in.as_ref().is_some_and(|who| who.operates)
    }

    /// Whether `item` is the entry to mark.
    pub fn is_active(&self, item: NavItem) -> bool {
        self.active == item
    }
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Who {
    /// The name they sign in with.
    pub username: String,
    /// How they want to be called; may be empty.
    pub display_name: String,
    /// Their organisation's name.
    pub tenant_name: String,
    /// What they may do in it: the console's entries in the navigation.
    pub role: Role,
    /// Whether the server has second factors.
    pub mfa: bool,
    /// Whether they are of the operators' own tenant.
    pub operates: bool,
}

impl Who {
    /// The display name, or the user name where there is none.
    pub fn name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// Whether they see the organisation's people.
    pub fn sees_people(&self) -> bool {
        self.role.has(Power::SeePeople)
    }

    /// Whether the whole console is theirs.
    pub fn administers(&self) -> bool {
        self.role.has(Power::Administer)
    }

    /// Whether the server and its organisations are theirs to look after.
    pub fn runs_server(&self) -> bool {
        self.operates && self.mfa && self.administers()
    }

    /// The first letter of the name, for the round badge.
    pub fn initial(&self) -> String {
        self.name().chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
    }
}

/// The entries of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NavItem {
    /// No entry is marked.
    #[default]
    None,
    /// `/account`
    Home,
    /// `/account/security`
    Security,
    /// `/account/sessions`
    Sessions,
    /// `/help/mfa`
    Help,
    /// `/console`
    Overview,
    /// `/console/mfa`
    MfaStatus,
    /// `/console/settings`
    Settings,
    /// `/console/users`
    Users,
    /// `/console/audit`
    Audit,
    /// `/console/organisations`
    Organisations,
    /// `/console/server`
    Server,
    /// `/demo/mail`
    DemoMails,
}

/// A code by mail that some changes ask for as well (api.md, step-up).
#[derive(Clone, Copy, Debug, Default)]
pub struct MailCode {
    /// Whether the field `mail_code` is shown.
    pub asked: bool,
    /// What was wrong with it.
    pub error: Option<CodeError>,
}
