//! The pages of operators.

use twinlock_pages::view::{
    FieldError, NavItem, Page, Who,
    console::{
        Pager,
        organisations::{
            Act, InviteOwnerPage, NewOrganisationPage, OrganisationActPage, OrganisationErrors,
            OrganisationFields, OrganisationPage, OrganisationRow, OrganisationsPage, RenameOrganisationPage,
            WaitingOwnerRow,
        },
        overview::OverviewPage,
        server::{Health, MailRow, MigrationState, ServerPage},
    },
    moment::Span,
};

use super::{Pages, ago, console::administrator};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    pages.add("operators-home", &home())?;
    pages.add("organisations", &list(vec![acme(), old(), leaving()]))?;
    pages.add("organisations-none", &OrganisationsPage { search: "zz".into(), ..list(vec![]) })?;
    for (name, organisation) in [("active", acme()), ("suspended", old()), ("leaving", leaving())] {
        let page = operator(NavItem::Organisations);
        let owners = if name == "leaving" { vec![] } else { vec![anna()] };
        pages.add(&format!("organisation-{name}"), &OrganisationPage { page, organisation, owners })?;
    }
    let page = operator(NavItem::Organisations);
    pages.add("organisation-invite", &InviteOwnerPage { page, organisation: acme(), owner: anna() })?;
    let form = OrganisationFields { id: "Acme!".into(), ..OrganisationFields::default() };
    let (none, some) = (OrganisationErrors::default(), Some(FieldError::Missing));
    let wrong = OrganisationErrors { id: Some(FieldError::Taken), name: some, email: some, ..none };
    for (name, errors) in [("organisation-new", none), ("organisation-new-mistakes", wrong)] {
        let page = operator(NavItem::Organisations);
        pages.add(name, &NewOrganisationPage { page, form: form.clone(), errors })?;
    }
    for act in [Act::Suspend, Act::Resume, Act::Delete, Act::Restore] {
        let (page, goes) = (operator(NavItem::Organisations), ago(-7 * 86_400));
        let view = OrganisationActPage { page, organisation: acme(), act, goes };
        pages.add(&format!("organisation-{}", act.as_str()), &view)?;
    }
    let page = operator(NavItem::Organisations);
    let rename = RenameOrganisationPage { page, organisation: acme(), name: String::new(), error: some };
    pages.add("organisation-rename", &rename)?;
    pages.add("server", &server(health(), vec![]))?;
    let bad = Health {
        ready: false,
        migrations: MigrationState::Behind,
        clock_set_back: true,
        smtp: false,
        waiting: 2,
        failed: 1,
        ..health()
    };
    let mail = |next, error: Option<&str>| MailRow {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ab".into(),
        queued: ago(4000),
        next,
        attempts: 3,
        error: error.map(str::to_owned),
    };
    let mails = vec![mail(Some(ago(-60)), None), mail(None, Some("connection refused by mail.example.org"))];
    pages.add("server-bad", &server(bad, mails))
}

fn operator(active: NavItem) -> Page {
    let page = administrator(active);
    let who =
        page.signed_in.clone().map(|who| Who { operates: true, tenant_name: "Operators".into(), ..who });
    Page { signed_in: who, ..page }
}

fn home() -> OverviewPage {
    OverviewPage {
        page: operator(NavItem::Overview),
        organisation: "Operators".into(),
        mfa: None,
        recommendations: vec![],
        server: Some(health()),
    }
}

fn list(organisations: Vec<OrganisationRow>) -> OrganisationsPage {
    let pager = Pager { first: None, next: None };
    OrganisationsPage { page: operator(NavItem::Organisations), search: String::new(), organisations, pager }
}

fn anna() -> WaitingOwnerRow {
    WaitingOwnerRow {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ac".into(),
        username: "anna".into(),
        email: "anna@acme.example".into(),
    }
}

fn acme() -> OrganisationRow {
    OrganisationRow {
        id: "acme".into(),
        name: "Acme & Sons".into(),
        users: 120,
        created: ago(90 * 86_400),
        suspended: None,
        goes: None,
    }
}

fn old() -> OrganisationRow {
    OrganisationRow { id: "old".into(), name: "Old Ltd".into(), suspended: Some(ago(86_400)), ..acme() }
}

fn leaving() -> OrganisationRow {
    OrganisationRow { goes: Some(ago(-6 * 86_400)), ..old() }
}

fn health() -> Health {
    Health {
        ready: true,
        version: "0.1.0".into(),
        started: ago(3 * 86_400),
        uptime: Span::Days(3),
        database: "SQLite",
        migrations: MigrationState::Current,
        newest_migration: "0019_one_spelling".into(),
        clock: ago(0),
        clock_set_back: false,
        smtp: true,
        waiting: 0,
        failed: 0,
    }
}

fn server(health: Health, mails: Vec<MailRow>) -> ServerPage {
    ServerPage { page: operator(NavItem::Server), health, mails, pager: Pager::default() }
}
