//! The pages of the console.

use twinlock_core::user::Role;
use twinlock_web::view::console::{
    Pager,
    audit::{Actor, AuditForm, AuditPage, EventRow, Kind},
};
use twinlock_web::view::{NavItem, Page, Who};

use super::{Pages, ago, member};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    pages.add("console-audit", &audit(AuditForm::default(), events()))?;
    let asked = AuditForm { kind: Some(Kind::MfaReset), person: "jonas".into(), ..AuditForm::default() };
    pages.add("console-audit-filtered", &audit(asked.clone(), events().split_off(3)))?;
    pages.add("console-audit-none", &audit(asked, vec![]))?;
    pages.add("console-audit-empty", &audit(AuditForm::default(), vec![]))?;
    let wrong = AuditForm {
        person: "nobody".into(),
        person_unknown: true,
        from: "2026-02-30".into(),
        from_invalid: true,
        ..AuditForm::default()
    };
    pages.add("console-audit-mistakes", &audit(wrong, vec![]))
}

/// A page of an administrator's.
pub fn administrator(active: NavItem) -> Page {
    let page = member(active);
    let who = page.signed_in.clone().map(|who| Who { role: Role::Owner, ..who });
    Page { signed_in: who, ..page }
}

fn audit(form: AuditForm, events: Vec<EventRow>) -> AuditPage {
    let pager = match events.len() {
        0 => Pager::default(),
        _ => Pager { first: Some("/console/audit".into()), next: Some("/console/audit?cursor=x".into()) },
    };
    let download = "/console/audit.csv".into();
    AuditPage { page: administrator(NavItem::Audit), form, events, pager, download }
}

fn events() -> Vec<EventRow> {
    let row = |kind, actor, secs| EventRow {
        kind,
        at: ago(secs),
        actor,
        actor_name: if actor == Actor::User { "maria".into() } else { String::new() },
        about: String::new(),
        address: "192.0.2.7".into(),
        browser: "Firefox on Linux".into(),
        detail: vec![],
        request_id: "0192f3c4-7a1b-7c2d".into(),
    };
    let changed = ("changed: totp enrollment codes".to_owned(), "1 → 2".to_owned());
    vec![
        row(Kind::SignInSucceeded, Actor::User, 40),
        EventRow { detail: vec![changed], ..row(Kind::TenantSettingsChanged, Actor::User, 400) },
        EventRow {
            about: "jonas".into(),
            browser: String::new(),
            ..row(Kind::SignInPasswordRefused, Actor::Anonymous, 3000)
        },
        EventRow {
            about: "jonas".into(),
            address: String::new(),
            browser: String::new(),
            ..row(Kind::MfaReset, Actor::CommandLine, 90_000)
        },
    ]
}
