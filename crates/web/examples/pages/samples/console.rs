//! The pages of the console.

use twinlock_core::user::Role;
use twinlock_web::view::console::{
    Pager,
    audit::{Actor, AuditForm, AuditPage, EventRow, Kind},
    overview::{Advice, OverviewPage, Tone},
    progress::Progress,
};
use twinlock_web::view::{NavItem, Page, Who};

use super::{Pages, ago, member};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    let grace = Some(ago(-5 * 86_400));
    let begun =
        Progress { total: 102, enrolled: 88, totp: 71, webauthn: 29, at_risk: 7, required: true, grace };
    pages.add("console-overview", &overview(Some(begun), advice()))?;
    let done = Progress { enrolled: 102, at_risk: 0, grace: None, ..begun };
    pages.add("console-overview-done", &overview(Some(done), vec![]))?;
    pages.add("console-overview-off", &overview(None, advice().split_off(1)))?;
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

fn overview(mfa: Option<Progress>, recommendations: Vec<Advice>) -> OverviewPage {
    let page = administrator(NavItem::Overview);
    OverviewPage { page, organisation: "Demo organisation".into(), mfa, recommendations }
}

fn advice() -> Vec<Advice> {
    let of = |tone, title: &str, detail: &str| Advice {
        tone,
        title: title.into(),
        detail: detail.into(),
        href: "/console/audit".into(),
    };
    vec![
        of(
            Tone::Alarm,
            "Add MFA for the root user",
            "olga opens every door of the organisation, and has one lock only.",
        ),
        of(
            Tone::Warning,
            "Make somebody a second owner",
            "There is one owner. If they cannot get in, nobody here can help them.",
        ),
        of(Tone::Plain, "Remind those without MFA", "It is required, and 14 people have none."),
    ]
}
