//! The audit log.

use askama::Template;
pub use twinlock_core::audit::{ActorKind as Actor, EventKind as Kind};

use super::Pager;
use crate::view::{Page, When};

/// `/console/audit`. The form asks for the same address by GET: `type`, `person`, `by`, `from`, `to`.
#[derive(Debug, Template)]
#[template(path = "console/audit.html")]
pub struct AuditPage {
    /// Common to all pages; `signed_in` is set.
    pub page: Page,
    /// What is asked for.
    pub form: AuditForm,
    /// The events of this part of the log.
    pub events: Vec<EventRow>,
    /// Where it goes on.
    pub pager: Pager,
    /// Where the same events are a CSV file.
    pub download: String,
}

impl AuditPage {
    /// The groups of types, each with its types in their order.
    fn groups() -> Vec<(&'static str, Vec<Kind>)> {
        let mut groups: Vec<(&str, Vec<Kind>)> = Vec::new();
        for kind in Kind::ALL {
            let group = kind.group();
            match groups.iter_mut().find(|(name, _)| *name == group) {
                Some((_, kinds)) => kinds.push(*kind),
                None => groups.push((group, vec![*kind])),
            }
        }
        groups
    }
}

/// The filter as it was typed.
#[expect(clippy::struct_excessive_bools, reason = "one for each field of the form")]
#[derive(Clone, Debug, Default)]
pub struct AuditForm {
    /// Only this type.
    pub kind: Option<Kind>,
    /// Only about this person: user name, address or id.
    pub person: String,
    /// Nobody has that name.
    pub person_unknown: bool,
    /// Only by this person.
    pub by: String,
    /// Nobody has that name.
    pub by_unknown: bool,
    /// The first day, `2026-03-02`.
    pub from: String,
    /// It is no day.
    pub from_invalid: bool,
    /// The last day.
    pub to: String,
    /// It is no day.
    pub to_invalid: bool,
}

impl AuditForm {
    /// Whether anything is asked for.
    pub fn is_empty(&self) -> bool {
        self.kind.is_none()
            && [&self.person, &self.by, &self.from, &self.to].iter().all(|text| text.is_empty())
    }

    /// Whether something in it cannot be looked for.
    pub fn has_mistakes(&self) -> bool {
        self.person_unknown || self.by_unknown || self.from_invalid || self.to_invalid
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// What.
    pub kind: Kind,
    /// When.
    pub at: When,
    /// Who.
    pub actor: Actor,
    /// Under which name.
    pub actor_name: String,
    /// About whom, where that is somebody else; an id where there is no such account any more.
    pub about: String,
    /// Where it came from; empty where no request caused it.
    pub address: String,
    /// Browser and system in words; empty where unknown.
    pub browser: String,
    /// How often it happened, where its source repeated it within a minute.
    pub times: u32,
    /// How many wrong codes led to it, where it tells what became of codes.
    pub failures: Option<u64>,
    /// More, as names and values.
    pub detail: Vec<(String, String)>,
    /// In which request.
    pub request_id: String,
}
