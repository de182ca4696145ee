//! The pages of people in the console.

use twinlock_core::clock::Timestamp;
use twinlock_pages::view::console::{
    Pager,
    person::{
        Deed, DeedPage, Due, FactorRow, Factors, Handout, HandoutPage, LockNeededPage, May, PersonPage,
        RemoveFactorPage,
    },
    person_forms::{DeadlinePage, EditPersonPage, NewPersonPage, PersonErrors, PersonFields},
    users::{Invitation, Mfa, Role, Status, UserRow, UsersForm, UsersPage},
};
use twinlock_pages::view::{
    Banner, FieldError, NavItem, NewPasswordError, PersonNote, When,
    account::SessionRow,
    readiness::{Readiness, Verdict, Way},
    security::MethodKind,
};

use super::{Pages, ago, console::administrator, with};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    lists(pages)?;
    persons(pages)?;
    questions(pages)?;
    forms(pages)
}

fn lists(pages: &mut Pages) -> askama::Result<()> {
    pages.add("console-users", &list(UsersForm::default(), people()))?;
    let asked = UsersForm { search: "jon".into(), mfa: Some(Mfa::Off), ..UsersForm::default() };
    pages.add("console-users-found", &list(asked.clone(), people().split_off(2)))?;
    pages.add("console-users-so-far", &list(asked.clone(), vec![]))?;
    let nobody = UsersPage { pager: Pager { first: None, next: None }, ..list(asked, vec![]) };
    pages.add("console-users-none", &nobody)?;
    pages.add("console-users-end", &list(UsersForm::default(), vec![]))?;
    let helpdesk = UsersPage { may_invite: false, ..list(UsersForm::default(), people()) };
    pages.add("console-users-helpdesk", &helpdesk)?;
    let off = UsersPage { mfa_available: false, ..list(UsersForm::default(), people()) };
    pages.add("console-users-no-mfa", &off)
}

fn list(form: UsersForm, people: Vec<UserRow>) -> UsersPage {
    UsersPage {
        invitations: None,
        page: administrator(NavItem::Users),
        form,
        people,
        pager: Pager { first: None, next: Some("/console/users?cursor=x".into()) },
        mfa_available: true,
        may_invite: true,
        download: "/console/users.csv".into(),
    }
}

fn jonas() -> UserRow {
    UserRow {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ab".into(),
        username: "jonas".into(),
        display_name: "Jonas Weber".into(),
        email: Some("jonas@demo.example".into()),
        role: Role::Member,
        status: Status::Active,
        invitation: Invitation::Given,
        mfa: true,
        at_risk: false,
        last_sign_in: Some(ago(90_000)),
        own: false,
    }
}

fn temp() -> UserRow {
    UserRow {
        username: "temp".into(),
        display_name: "temp".into(),
        email: None,
        status: Status::Invited,
        mfa: false,
        last_sign_in: None,
        ..jonas()
    }
}

fn people() -> Vec<UserRow> {
    let maria = UserRow {
        username: "maria".into(),
        display_name: "Maria Santos".into(),
        email: Some("maria@demo.example".into()),
        role: Role::Owner,
        own: true,
        ..jonas()
    };
    let long = UserRow {
        username: "alexandra.von-der-wiesenmuehle".into(),
        display_name: "Alexandra von der Wiesenmühle-Hohenstein".into(),
        email: Some("alexandra.von-der-wiesenmuehle-hohenstein@subsidiary.demo.example".into()),
        role: Role::Admin,
        status: Status::Suspended,
        ..jonas()
    };
    vec![maria, long, UserRow { at_risk: true, ..jonas() }, temp()]
}

fn person(row: UserRow, may: May) -> PersonPage {
    PersonPage {
        page: administrator(NavItem::Users),
        person: row,
        awaited: None,
        email_pending: None,
        created: ago(9_000_000),
        may,
        factors: None,
        sessions: None,
        more_sessions: false,
    }
}

const ALL: May = May { inspect: true, administer: true, reset: true };

fn persons(pages: &mut Pages) -> askama::Result<()> {
    let full = PersonPage {
        factors: Some(factors()),
        sessions: Some(vec![session()]),
        awaited: None,
        email_pending: Some("new@demo.example".into()),
        ..person(jonas(), ALL)
    };
    pages.add("console-person", &full)?;
    let readiness = Readiness { verdict: Verdict::AtRisk, ways: vec![Way::Phone], ..Readiness::default() };
    let methods = factors().methods.drain(..1).collect();
    let lonely =
        Factors { methods, codes_left: 1, codes_saved: true, readiness, due: Due::Nothing, resettable: true };
    let row = UserRow { at_risk: true, ..jonas() };
    pages.add("console-person-at-risk", &PersonPage { factors: Some(lonely), ..person(row, ALL) })?;
    let page = with(Banner::Person(PersonNote::MfaReset), administrator(NavItem::Users));
    let due = Factors { due: Due::By(soon()), ..Factors::default() };
    let reset = PersonPage { page, factors: Some(due), sessions: Some(vec![]), ..person(jonas(), ALL) };
    pages.add("console-person-reset", &reset)?;
    let due = Factors { due: Due::Now, ..Factors::default() };
    let invited = PersonPage { factors: Some(due), sessions: Some(vec![]), ..person(temp(), ALL) };
    pages.add("console-person-invited", &invited)?;
    let suspended = UserRow { status: Status::Suspended, ..jonas() };
    pages
        .add("console-person-suspended", &PersonPage { sessions: Some(vec![]), ..person(suspended, ALL) })?;
    let helpdesk = May { administer: false, ..ALL };
    let seen = PersonPage { factors: Some(factors()), ..person(jonas(), helpdesk) };
    pages.add("console-person-helpdesk", &seen)?;
    pages.add("console-person-above", &person(jonas(), May::default()))?;
    pages.add("console-person-own", &person(UserRow { own: true, ..jonas() }, May::default()))
}

fn soon() -> When {
    let now = Timestamp::from_secs(1_796_000_000);
    When::new(now.plus_secs(4 * 86_400), now)
}

fn factors() -> Factors {
    let methods = vec![factor(MethodKind::App, "Jonas’s phone"), factor(MethodKind::Key, "YubiKey blue")];
    let ways = vec![Way::Phone, Way::SecurityKey, Way::RecoveryCodes];
    let readiness = Readiness { verdict: Verdict::Ready, ways, ..Readiness::default() };
    Factors { methods, codes_left: 7, codes_saved: true, readiness, due: Due::Nothing, resettable: true }
}

fn factor(kind: MethodKind, name: &str) -> FactorRow {
    let id = "0192f3c4-7a1b-7c2d-8f4a-0123456789ac".into();
    FactorRow { id, kind, name: name.into(), added: ago(8_000_000), last_used: Some(ago(90_000)) }
}

fn session() -> SessionRow {
    SessionRow {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ad".into(),
        browser: "Firefox on Linux".into(),
        address: "192.0.2.7".into(),
        began: ago(90_000),
        last_used: ago(300),
        api: false,
        current: false,
    }
}

fn questions(pages: &mut Pages) -> askama::Result<()> {
    for deed in Deed::ALL {
        let row = if deed == Deed::Invite { temp() } else { jonas() };
        pages.add(&format!("console-person-{}", deed.as_str()), &question(row, deed))?;
    }
    let long = DeedPage { reason_error: Some(FieldError::Invalid), ..question(temp(), Deed::ResetMfa) };
    pages.add("console-person-reset-mfa-bad", &long)?;
    for (name, last) in [("factor", false), ("last-factor", true)] {
        let factor = factor(MethodKind::Key, "YubiKey blue");
        let page = administrator(NavItem::Users);
        pages.add(
            &format!("console-person-{name}"),
            &RemoveFactorPage { page, person: temp(), factor, last },
        )?;
    }
    let link = "https://id.demo.example/invite/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6".to_owned();
    let handouts =
        [("link", Handout::Invitation(link)), ("code", Handout::EnrollmentCode("4827 1936".into()))];
    for (name, handout) in handouts {
        let page = administrator(NavItem::Users);
        let view = HandoutPage { page, person: temp(), handout };
        pages.add(&format!("console-handout-{name}"), &view)?;
    }
    for (name, waits) in [("lock-needed", false), ("lock-waits", true)] {
        let page = administrator(NavItem::None);
        pages.add(&format!("console-{name}"), &LockNeededPage { page, waits })?;
    }
    Ok(())
}

fn question(person: UserRow, deed: Deed) -> DeedPage {
    let page = administrator(NavItem::Users);
    DeedPage { page, person, deed, reason: String::new(), reason_error: None }
}

fn fields(username: &str, email: &str) -> PersonFields {
    PersonFields {
        username: username.into(),
        email: email.into(),
        display_name: "Jonas Weber".into(),
        role: Role::Member,
    }
}

fn forms(pages: &mut Pages) -> askama::Result<()> {
    let roles = Role::ALL.to_vec();
    let new = |form, errors| NewPersonPage {
        page: administrator(NavItem::Users),
        form,
        errors,
        roles: Role::ALL.to_vec(),
        min_length: 8,
    };
    pages.add("console-person-new", &new(fields("", ""), PersonErrors::default()))?;
    let bad = PersonErrors {
        username: Some(FieldError::Invalid),
        email: Some(FieldError::Invalid),
        display_name: Some(FieldError::Invalid),
        password: Some(NewPasswordError::Common),
    };
    pages.add("console-person-new-bad", &new(fields("jonas weber", "jonas@"), bad))?;
    let taken = PersonErrors { username: Some(FieldError::Taken), ..PersonErrors::default() };
    pages.add("console-person-new-taken", &new(fields("jonas", ""), taken))?;
    let edit = |form, errors, roles| EditPersonPage {
        page: administrator(NavItem::Users),
        person: jonas(),
        form,
        errors,
        roles,
    };
    let stored = fields("jonas", "jonas@demo.example");
    pages.add("console-person-edit", &edit(stored, PersonErrors::default(), roles.clone()))?;
    let bad = PersonErrors { password: None, ..bad };
    pages.add("console-person-edit-bad", &edit(fields("jonas", "jonas@"), bad, roles))?;
    let deadline = DeadlinePage {
        page: administrator(NavItem::Users),
        person: jonas(),
        present: Some(soon()),
        day: String::new(),
        day_error: None,
        reason: String::new(),
        reason_error: None,
    };
    pages.add("console-person-deadline", &deadline)?;
    let bad = DeadlinePage {
        present: None,
        day: "2031-01-01".into(),
        day_error: Some(FieldError::Invalid),
        reason: "on leave".into(),
        reason_error: Some(FieldError::Missing),
        ..deadline
    };
    pages.add("console-person-deadline-bad", &bad)
}
