//! The administrator's console.

pub mod audit;
pub mod chart;
pub mod import;
pub mod mfa;
pub mod organisations;
pub mod overview;
pub mod person;
pub mod person_forms;
pub mod progress;
pub mod server;
pub mod settings;
pub mod users;

/// Where a list goes on. The addresses carry the list's filter.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// The beginning of the list, unless this is it.
    pub first: Option<String>,
    /// The next part, if there is one.
    pub next: Option<String>,
}

impl Pager {
    /// Whether the list fits on one page.
    pub fn is_needless(&self) -> bool {
        self.first.is_none() && self.next.is_none()
    }
}
