//! The console's first page.

use askama::Template;

use super::{progress::Progress, server::Health};
use crate::view::Page;

/// `/console`
#[derive(Debug, Template)]
#[template(path = "console/overview.html")]
pub struct OverviewPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// The organisation's name.
    pub organisation: String,
    /// How far it is with second factors; none where the server has them switched off.
    pub mfa: Option<Progress>,
    /// What is worth doing, most urgent first.
    pub recommendations: Vec<Advice>,
    /// How the server is doing, to its operators.
    pub server: Option<Health>,
}

/// Something worth doing. The words come from the use case: the API has the same.
#[derive(Clone, Debug)]
pub struct Advice {
    /// How loud it is.
    pub tone: Tone,
    /// What to do.
    pub title: String,
    /// Why.
    pub detail: String,
    /// Where.
    pub href: String,
}

/// How loud something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Do it now.
    Alarm,
    /// Do it soon.
    Warning,
    /// Worth knowing.
    Plain,
}
