//! The security page, what it changes, and the enrolment.

use twinlock_web::qr;
use twinlock_web::view::enrol::{AppSetupPage, ChoosePage, CodesPage, DonePage, Secret};
use twinlock_web::view::security::{
    DisablePage, EnablePage, Method, MethodKind, Mfa, RemovePage, RenamePage, RenewCodesPage, SecurityPage,
};
use twinlock_web::view::{Banner, CodeError, FieldError, NavItem, Page};

use super::{Pages, ago, member, with};

const BASE: &str = "/account/security/enrol";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    overview(pages)?;
    questions(pages)?;
    choose(pages)?;
    scan(pages)?;
    codes(pages)?;
    for only_factor in [true, false] {
        let name = if only_factor { "enrol-done" } else { "enrol-done-second" };
        let page = DonePage { page: page(), base: BASE.into(), name: "Maria’s phone".into(), only_factor };
        pages.add(name, &page)?;
    }
    Ok(())
}

fn page() -> Page {
    member(NavItem::Security)
}

fn overview(pages: &mut Pages) -> askama::Result<()> {
    let phone = Method {
        id: "m1".into(),
        name: "Maria’s phone".into(),
        kind: MethodKind::App,
        added: ago(12_000_000),
        last_used: Some(ago(600)),
    };
    let tablet = Method { id: "m2".into(), name: "Old tablet".into(), last_used: None, ..phone.clone() };
    let show = |page, mfa, methods| SecurityPage {
        page,
        mfa,
        methods,
        codes_total: 10,
        can_add: true,
        password_changed: Some(ago(8_000_000)),
    };
    let on = |factors, codes_left| Mfa::On { factors, codes_left };
    pages.add("security-off", &show(page(), Mfa::Off, vec![]))?;
    pages.add("security-on", &show(page(), on(2, 9), vec![phone.clone(), tablet]))?;
    let low = show(with(Banner::FewCodes { left: 2 }, page()), on(1, 2), vec![phone.clone()]);
    pages.add("security-low", &low)?;
    pages.add("security-full", &SecurityPage { can_add: false, ..show(page(), on(10, 0), vec![phone]) })?;
    pages.add("security-absent", &show(page(), Mfa::Absent, vec![]))
}

fn questions(pages: &mut Pages) -> askama::Result<()> {
    let id = || "m1".to_owned();
    let name = || "Maria’s phone".to_owned();
    pages.add("enable", &EnablePage { page: page() })?;
    pages.add("disable", &DisablePage { page: page(), error: None })?;
    pages.add("disable-wrong", &DisablePage { page: page(), error: Some(CodeError::Wrong) })?;
    pages.add("rename", &RenamePage { page: page(), id: id(), name: name(), error: None })?;
    let error = Some(FieldError::Taken);
    pages.add("rename-taken", &RenamePage { page: page(), id: id(), name: name(), error })?;
    pages.add("remove", &RemovePage { page: page(), id: id(), name: name(), last: false })?;
    pages.add("remove-last", &RemovePage { page: page(), id: id(), name: name(), last: true })?;
    pages.add("renew-codes", &RenewCodesPage { page: page(), left: 2 })
}

fn choose(pages: &mut Pages) -> askama::Result<()> {
    for (name, first, name_error) in
        [("enrol-choose", true, None), ("enrol-choose-second", false, Some(FieldError::Missing))]
    {
        let page = ChoosePage {
            page: page(),
            base: BASE.into(),
            cancel: "/account".into(),
            first,
            name: if first { "Maria’s phone".into() } else { String::new() },
            name_error,
        };
        pages.add(name, &page)?;
    }
    Ok(())
}

fn scan(pages: &mut Pages) -> askama::Result<()> {
    let url = format!("otpauth://totp/Demo%20organisation:maria?secret={SECRET}&issuer=Demo%20organisation");
    for (name, two_codes, error) in [
        ("enrol-app", false, None),
        ("enrol-app-wrong", false, Some(CodeError::Wrong)),
        ("enrol-app-clock", false, Some(CodeError::ClockOff { seconds: 95 })),
        ("enrol-app-two", true, None),
        ("enrol-app-two-wrong", true, Some(CodeError::Wrong)),
    ] {
        let secret = Secret {
            qr_svg: qr::svg(&url).unwrap_or_default(),
            groups: Secret::group(SECRET),
            otpauth_url: url.clone(),
            issuer: "Demo organisation".into(),
            account: "maria".into(),
        };
        let page = AppSetupPage {
            page: page(),
            base: BASE.into(),
            first: true,
            secret,
            name: "Maria’s phone".into(),
            name_error: None,
            two_codes,
            error,
        };
        pages.add(name, &page)?;
    }
    Ok(())
}

/// Something that looks like a recovery code.
fn code(number: u32, long: bool) -> String {
    let (one, two) = (number * 4_973 % 10_000, number * 7_919 % 10_000);
    if long { format!("K3PX {one:04} WY3D {two:04}") } else { format!("{one:04} {two:04}") }
}

fn codes(pages: &mut Pages) -> askama::Result<()> {
    for (name, enrolling, long) in
        [("enrol-codes", true, false), ("new-codes", false, false), ("new-codes-long", false, true)]
    {
        let page = CodesPage {
            page: page(),
            action: format!("{BASE}/codes"),
            enrolling,
            codes: (1..=10).map(|number| code(number, long)).collect(),
            account: "maria · Demo organisation".into(),
            server: "https://id.demo.example".into(),
            made: ago(0),
        };
        pages.add(name, &page)?;
    }
    Ok(())
}
