//! The mails of a demo.

use askama::Template;
use twinlock_service::mail::Paragraph;

use super::{Page, When};

/// `/demo/mail`: every mail, newest first.
#[derive(Debug, Template)]
#[template(path = "demo/mails.html")]
pub struct MailsPage {
    /// Common to all pages.
    pub page: Page,
    /// The mails.
    pub mails: Vec<MailRow>,
}

/// A mail in the list.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// Its id.
    pub id: String,
    /// When it was written.
    pub at: When,
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// Its subject.
    pub subject: String,
}

/// `/demo/mail/{id}`: one mail, by its text part.
#[derive(Debug, Template)]
#[template(path = "demo/mail.html")]
pub struct MailPage {
    /// Common to all pages.
    pub page: Page,
    /// What the list says of it.
    pub mail: MailRow,
    /// Its text part.
    pub paragraphs: Vec<Paragraph>,
    /// The name of its file.
    pub file: String,
}
