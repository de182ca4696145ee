//! The code that opens an enrollment.

use askama::Template;

use super::{Banner, CodeError, Page};

/// `{base}/proof`. Posts `code` to the same address, and nothing but `csrf` to `{base}/proof/send`.
#[derive(Debug, Template)]
#[template(path = "security/proof.html")]
pub struct ProofPage {
    /// Common to all pages.
    pub page: Page,
    /// Where the enrollment lives.
    pub base: String,
    /// Where *Cancel* leads; none for who must enrol before anything else.
    pub cancel: Option<String>,
    /// Where the code is sent, masked; none where an administrator hands it over.
    pub address: Option<String>,
    /// What was wrong with the code.
    pub error: Option<CodeError>,
    /// Three were sent lately: the next may be sent in so many seconds.
    pub send_wait: Option<i64>,
}

impl ProofPage {
    /// Whether a code was sent just now: then it is typed next, else it is sent first.
    fn sent(&self) -> bool {
        self.page.banners.contains(&Banner::MailCodeSent) || self.error.is_some() || self.send_wait.is_some()
    }

    /// Whether there is nothing to do but type the code.
    fn code_is_next(&self) -> bool {
        self.sent() || self.address.is_none()
    }

    /// What the code is called.
    fn label(&self) -> &'static str {
        if self.address.is_some() { "Code from the mail" } else { "Enrollment code" }
    }
}
