//! The help page.

use askama::Template;

use super::Page;

/// `/help/mfa`: two locks explained, and troubleshooting. For everybody, signed in or not.
#[derive(Debug, Template)]
#[template(path = "help/mfa.html")]
pub struct HelpPage {
    /// Common to all pages.
    pub page: Page,
    /// Whether the server has MFA (`mfa.enabled`); without it the page says so.
    pub mfa_available: bool,
}
