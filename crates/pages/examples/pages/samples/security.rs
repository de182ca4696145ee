//! The security page, what it changes, and the enrollment.

use twinlock_http::qr;
use twinlock_pages::view::enrol::{AppSetupPage, ChoosePage, CodesPage, DonePage, KeySetupPage, Secret};
use twinlock_pages::view::readiness::{Readiness, Unused};
use twinlock_pages::view::security::{
    AlonePage, DisablePage, EnablePage, Key, KeyHome, Method, MethodKind, Mfa, RemovePage, RenamePage,
    RenewCodesPage, SecurityPage,
};
use twinlock_pages::view::{
    Banner, CodeError, FieldError, KeyError, KeySetupError, KeysHere, NavItem, Page, Ways,
};

use super::{Pages, account::readiness, ago, member, with};

const BASE: &str = "/account/security/enrol";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    overview(pages)?;
    questions(pages)?;
    choose(pages)?;
    scan(pages)?;
    key(pages)?;
    codes(pages)?;
    let done = |kind, name: &str, only_factor| DonePage {
        page: page(),
        base: BASE.into(),
        kind,
        name: name.into(),
        only_factor,
    };
    pages.add("enrol-done", &done(MethodKind::App, "Maria’s phone", true))?;
    pages.add("enrol-done-second", &done(MethodKind::App, "Maria’s phone", false))?;
    pages.add("enrol-done-key", &done(MethodKind::Key, "YubiKey blue", true))
}

fn page() -> Page {
    member(NavItem::Security)
}

fn overview(pages: &mut Pages) -> askama::Result<()> {
    let phone = Method {
        id: "m1".into(),
        name: "Maria’s phone".into(),
        added: ago(12_000_000),
        last_used: Some(ago(600)),
        kept: false,
    };
    let tablet = Method { id: "m2".into(), name: "Old tablet".into(), last_used: None, ..phone.clone() };
    let show = |page, mfa, apps| SecurityPage {
        readiness: readiness(mfa),
        required: false,
        page,
        mfa,
        apps,
        keys: vec![],
        keys_here: KeysHere::Yes,
        asked_first: None,
        codes_total: 10,
        can_add: true,
        password_changed: Some(ago(8_000_000)),
    };
    let on = |apps, codes_left| Mfa::On { apps, keys: 0, codes_left, codes_saved: true };
    let both = SecurityPage {
        mfa: Mfa::On { apps: 1, keys: 4, codes_left: 9, codes_saved: true },
        readiness: Readiness {
            unused: vec![unused()],
            ..readiness(Mfa::On { apps: 1, keys: 4, codes_left: 9, codes_saved: true })
        },
        keys: all_keys(),
        asked_first: Some(MethodKind::Key),
        ..show(page(), Mfa::Off, vec![phone.clone()])
    };
    pages.add("security-keys", &both)?;
    pages.add("security-off", &show(page(), Mfa::Off, vec![]))?;
    pages.add("security-on", &show(page(), on(2, 9), vec![phone.clone(), tablet]))?;
    let low = show(with(Banner::FewCodes { left: 2 }, page()), on(1, 2), vec![phone.clone()]);
    pages.add("security-low", &low)?;
    pages.add(
        "security-full",
        &SecurityPage { can_add: false, ..show(page(), on(10, 0), vec![phone.clone()]) },
    )?;
    let kept = Method { kept: true, ..phone };
    pages.add("security-required", &SecurityPage { required: true, ..show(page(), on(1, 0), vec![kept]) })?;
    pages.add("security-absent", &show(page(), Mfa::Absent, vec![]))
}

fn questions(pages: &mut Pages) -> askama::Result<()> {
    let id = || "m1".to_owned();
    let name = || "Maria’s phone".to_owned();
    pages.add("enable", &EnablePage { page: page() })?;
    disable(pages)?;
    let kind = MethodKind::App;
    pages.add("rename", &RenamePage { page: page(), id: id(), kind, name: name(), error: None })?;
    let error = Some(FieldError::Taken);
    pages.add("rename-taken", &RenamePage { page: page(), id: id(), kind, name: name(), error })?;
    for (key, kind) in [("", MethodKind::App), ("-key", MethodKind::Key)] {
        for (which, last) in [("remove", false), ("remove-last", true)] {
            let view =
                RemovePage { page: page(), id: id(), kind, name: name(), last, needs_administrator: last };
            pages.add(&format!("{which}{key}"), &view)?;
        }
    }
    pages.add("key-alone", &AlonePage { page: page(), id: id(), name: name() })?;
    let renew = |unsaved, readable| RenewCodesPage { page: page(), left: 2, unsaved, readable };
    pages.add("renew-codes-unsaved", &renew(true, false))?;
    pages.add("renew-codes-readable", &renew(true, true))?;
    pages.add("renew-codes", &renew(false, false))
}

fn disable(pages: &mut Pages) -> askama::Result<()> {
    let ways = |key, app, codes| Ways { key, app, codes };
    for (name, ways, error, key_error) in [
        ("disable", ways(false, true, true), None, None),
        ("disable-wrong", ways(false, true, true), Some(CodeError::Wrong), None),
        ("disable-key", ways(true, true, true), None, Some(KeyError::Refused)),
        ("disable-key-only", ways(true, false, false), None, None),
        ("disable-code", ways(false, false, true), Some(CodeError::Missing), None),
    ] {
        pages.add(
            name,
            &DisablePage {
                page: page(),
                ways,
                error,
                key_error,
                needs_administrator: name == "disable-code",
            },
        )?;
    }
    Ok(())
}

fn unused() -> Unused {
    Unused { name: "Old key".into(), since: ago(20_000_000) }
}

fn all_keys() -> Vec<Key> {
    let blue = Key {
        id: "k1".into(),
        name: "YubiKey blue".into(),
        key_id: "kQ3vZK0m1bJx8yT5nRwLhPqVdSfGcAeUoItYzXv9aEw".into(),
        home: KeyHome::SecurityKey,
        alone: false,
        may_be_alone: false,
        device: Some("YubiKey 5 Series with NFC".into()),
        foreign: None,
        counter_alert: None,
        added: ago(12_000_000),
        last_used: Some(ago(600)),
        kept: false,
    };
    let touch = Key {
        id: "k2".into(),
        name: "MacBook Touch ID".into(),
        home: KeyHome::Device,
        alone: true,
        may_be_alone: false,
        device: None,
        last_used: Some(ago(260_000)),
        kept: false,
        ..blue.clone()
    };
    let synced = Key {
        id: "k3".into(),
        name: "Passwords".into(),
        home: KeyHome::Synced,
        alone: true,
        may_be_alone: false,
        device: Some("iCloud Keychain".into()),
        foreign: Some("old.demo.example".into()),
        last_used: None,
        kept: false,
        ..blue.clone()
    };
    let copied =
        Key { id: "k4".into(), name: "Old key".into(), counter_alert: Some(ago(90_000)), ..blue.clone() };
    vec![blue, touch, synced, copied]
}

fn key(pages: &mut Pages) -> askama::Result<()> {
    let show = |passkey: bool, error| KeySetupPage {
        page: page(),
        base: BASE.into(),
        first: !passkey,
        name: "YubiKey blue".into(),
        name_error: None,
        passkey,
        error,
    };
    pages.add("enrol-key", &show(false, None))?;
    pages
        .add("enrol-key-name", &KeySetupPage { name_error: Some(FieldError::Invalid), ..show(true, None) })?;
    for (name, error) in [
        ("missing", KeySetupError::Missing),
        ("taken", KeySetupError::Taken),
        ("not-verified", KeySetupError::NotVerified),
        ("unproven", KeySetupError::Unproven),
        ("make", KeySetupError::MakeNotAllowed),
        ("expired", KeySetupError::Expired),
        ("failed", KeySetupError::Failed),
    ] {
        pages.add(&format!("enrol-key-{name}"), &show(true, Some(error)))?;
    }
    Ok(())
}

fn choose(pages: &mut Pages) -> askama::Result<()> {
    let elsewhere = KeysHere::Elsewhere { public_url: "https://id.demo.example".into() };
    for (name, first, keys, name_error) in [
        ("enrol-choose", true, KeysHere::Yes, None),
        ("enrol-choose-second", false, KeysHere::Off, Some(FieldError::Missing)),
        ("enrol-choose-elsewhere", true, elsewhere, None),
    ] {
        let page = ChoosePage {
            page: page(),
            base: BASE.into(),
            cancel: Some("/account".into()),
            app: true,
            first,
            keys,
            kind: MethodKind::App,
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
