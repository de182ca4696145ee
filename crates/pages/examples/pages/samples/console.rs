//! The pages of the console.

use twinlock_core::{
    clock::{Day, Timestamp},
    user::Role,
};
use twinlock_pages::view::console::{
    Pager,
    audit::{Actor, AuditForm, AuditPage, EventRow, Kind},
    chart::{Chart, ChartDay},
    mfa::{MfaStatusPage, Person, Reach},
    overview::{Advice, OverviewPage, Tone},
    progress::Progress,
};
use twinlock_pages::view::{NavItem, Page, Who};

use super::{Pages, ago, member};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    let grace = Some(ago(-5 * 86_400));
    let begun = Progress {
        total: 102,
        invited: 4,
        enrolled: 88,
        totp: 71,
        webauthn: 29,
        at_risk: 7,
        required: true,
        grace,
    };
    pages.add("console-overview", &overview(Some(begun), advice()))?;
    let done = Progress { enrolled: 102, at_risk: 0, grace: None, ..begun };
    pages.add("console-overview-done", &overview(Some(done), vec![]))?;
    pages.add("console-overview-off", &overview(None, advice().split_off(1)))?;
    pages.add("console-mfa", &status(begun, chart(60)))?;
    pages.add("console-mfa-first-day", &status(done, chart(1)))?;
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

fn status(progress: Progress, chart: Chart) -> MfaStatusPage {
    let jonas = Person {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ab".into(),
        username: "jonas".into(),
        display_name: "Jonas Weber".into(),
        email: Some("jonas@demo.example".into()),
        last_sign_in: Some(ago(90_000)),
        reminded: None,
        deadline: Some(ago(-5 * 86_400)),
    };
    let temp = Person { email: None, last_sign_in: None, deadline: None, ..jonas.clone() };
    MfaStatusPage {
        page: administrator(NavItem::MfaStatus),
        chart,
        may_remind: true,
        reach: Reach { reachable: progress.without(), reminded_recently: 1, without_email: 2 },
        reminded: None,
        people: if progress.without() > 0 { vec![jonas, temp] } else { vec![] },
        progress,
        pager: Pager::default(),
    }
}

/// So many days, today the last: slow at first, then most of them.
fn chart(days: i64) -> Chart {
    let now = Timestamp::from_secs(1_796_000_000);
    let day = |ago: i64| {
        let (people, late) = (102 - ago.unsigned_abs() / 9, ago.unsigned_abs() * 2);
        let enrolled = if ago > 30 { 12 } else { people.saturating_sub(14 + late) };
        ChartDay::new(Day::of(now).plus(-ago), people, enrolled, now)
    };
    Chart { days: (0..days).rev().map(day).collect() }
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
        times: 1,
        failures: None,
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
            times: 12,
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
    OverviewPage { page, organisation: "Demo organisation".into(), mfa, recommendations, server: None }
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
