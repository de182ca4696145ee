//! Home, profile, password, sessions, "confirm it is you".

use twinlock_pages::view::account::{
    ChangePasswordPage, EndSessionPage, HomePage, ProfilePage, Proof, Recommendation, SessionRow,
    SessionsPage, StepUpPage,
};
use twinlock_pages::view::readiness::{Readiness, Verdict, Way};
use twinlock_pages::view::security::Mfa;
use twinlock_pages::view::{
    Banner, CodeError, FieldError, KeyError, MailCode, NavItem, NewPasswordError, Page, PasswordError, Ways,
};

use super::{Pages, ago, member, with};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    home(pages)?;
    profile(pages)?;
    password(pages)?;
    sessions(pages)?;
    confirm(pages)
}

fn home(pages: &mut Pages) -> askama::Result<()> {
    let show = |page: Page, mfa: Mfa, recommendations: Vec<Recommendation>| HomePage {
        required: false,
        page,
        email: Some("maria@demo.example".into()),
        mfa,
        readiness: readiness(mfa),
        sessions: 3,
        signed_in_at: ago(540),
        recommendations,
    };
    let home = || member(NavItem::Home);
    let on = |apps, codes_left| Mfa::On { apps, keys: 0, codes_left, codes_saved: true };
    let email = "maria@new.example".to_owned();
    pages.add(
        "home-off",
        &show(home(), Mfa::Off, vec![Recommendation::ConfirmEmail { email }, Recommendation::AddEmail]),
    )?;
    pages.add("home-on", &show(home(), on(1, 10), vec![Recommendation::EnrolBackup]))?;
    pages.add("home-fine", &show(with(Banner::Saved, home()), on(2, 9), vec![]))?;
    for (name, apps, keys) in [("home-key", 0, 1), ("home-keys", 0, 3), ("home-both", 1, 2)] {
        pages.add(name, &show(home(), Mfa::On { apps, keys, codes_left: 9, codes_saved: true }, vec![]))?;
    }
    pages.add("home-absent", &show(home(), Mfa::Absent, vec![]))?;
    pages.add("home-mfa-off", &show(with(Banner::MfaOff, home()), Mfa::Off, vec![]))?;
    for left in [0, 1, 2] {
        let page = show(
            with(Banner::FewCodes { left }, home()),
            on(1, left),
            vec![Recommendation::FewCodes { left }, Recommendation::EnrolBackup],
        );
        pages.add(&format!("home-codes-{left}"), &page)?;
    }
    let unsaved = Mfa::On { apps: 1, keys: 0, codes_left: 10, codes_saved: false };
    let worth = vec![Recommendation::SaveCodes, Recommendation::EnrolBackup];
    pages.add("home-codes-not-saved", &show(with(Banner::CodesNotSaved, home()), unsaved, worth))
}

/// An app and more, as far as the state of MFA tells.
pub fn readiness(mfa: Mfa) -> Readiness {
    let Mfa::On { apps, keys, codes_left, codes_saved } = mfa else { return Readiness::default() };
    let keys = std::iter::repeat_n(Way::SecurityKey, keys as usize);
    let app = (apps > 0).then_some(Way::Phone);
    let codes = (codes_left > 2 && codes_saved).then_some(Way::RecoveryCodes);
    let ways: Vec<_> = app.into_iter().chain(keys).chain(codes).collect();
    let at_risk = ways.len() < 2;
    Readiness {
        verdict: if at_risk { Verdict::AtRisk } else { Verdict::Ready },
        renew_codes: codes_left <= 2,
        save_codes: codes_left > 2 && !codes_saved,
        add_factor: at_risk,
        ways,
        unused: vec![],
    }
}

fn profile(pages: &mut Pages) -> askama::Result<()> {
    let plain = ProfilePage {
        page: member(NavItem::Home),
        display_name: "Maria Santos".into(),
        display_name_error: None,
        email: "maria@demo.example".into(),
        email_error: None,
        pending_email: None,
        ask_password: true,
        password_error: None,
        mail_code: MailCode::default(),
    };
    pages.add("profile", &plain)?;
    let bad = ProfilePage {
        page: member(NavItem::Home),
        email: "maria@".into(),
        email_error: Some(FieldError::Invalid),
        pending_email: Some("maria@new.example".into()),
        password_error: Some(PasswordError::Wrong),
        mail_code: MailCode { asked: true, error: Some(CodeError::Wrong) },
        ..plain
    };
    pages.add("profile-bad", &bad)
}

fn password(pages: &mut Pages) -> askama::Result<()> {
    let show = |current_error, new_error, mail_code| ChangePasswordPage {
        page: member(NavItem::Security),
        username: "maria".into(),
        current_error,
        new_error,
        min_length: 12,
        mail_code,
    };
    pages.add("password", &show(None, None, MailCode::default()))?;
    pages.add(
        "password-bad",
        &show(
            Some(PasswordError::Wrong),
            Some(NewPasswordError::Weak),
            MailCode { asked: true, error: None },
        ),
    )
}

fn row(id: &str, browser: &str, address: &str, secs: i64) -> SessionRow {
    SessionRow {
        id: id.into(),
        browser: browser.into(),
        address: address.into(),
        began: ago(secs + 90_000),
        last_used: ago(secs),
        api: false,
        current: false,
    }
}

fn sessions(pages: &mut Pages) -> askama::Result<()> {
    let here = SessionRow { current: true, ..row("a", "Firefox on Linux", "192.0.2.17", 0) };
    let phone = row("b", "Safari on iPhone", "198.51.100.4", 7_300);
    let program = SessionRow { api: true, ..row("c", "curl", "2001:db8::42", 1_000_000) };
    let list = SessionsPage {
        page: member(NavItem::Sessions),
        sessions: vec![here.clone(), phone.clone(), program],
        next_cursor: Some("abc=".into()),
    };
    pages.add("sessions", &list)?;
    let alone = SessionsPage {
        page: with(Banner::OthersStopped, member(NavItem::Sessions)),
        sessions: vec![here],
        next_cursor: None,
    };
    pages.add("sessions-alone", &alone)?;
    pages.add("end-session", &EndSessionPage { page: member(NavItem::Sessions), session: Some(phone) })?;
    pages.add("end-others", &EndSessionPage { page: member(NavItem::Sessions), session: None })
}

fn confirm(pages: &mut Pages) -> askama::Result<()> {
    let code = |error| Proof::Code { error };
    let ways = |key, app, codes| Ways { key, app, codes };
    let proofs = [
        ("step-up", code(None), ways(false, true, true)),
        ("step-up-wrong", code(Some(CodeError::Wrong)), ways(false, true, true)),
        ("step-up-app", code(Some(CodeError::ClockOff { seconds: 70 })), ways(false, true, false)),
        ("step-up-code", code(None), ways(true, false, true)),
        ("step-up-nothing", code(None), ways(false, false, false)),
        ("step-up-key", Proof::Key { error: None }, ways(true, true, true)),
        ("step-up-key-refused", Proof::Key { error: Some(KeyError::Refused) }, ways(true, false, true)),
        ("step-up-password", Proof::Password { error: None }, ways(false, false, false)),
    ];
    let show = |proof, ways, key_elsewhere| StepUpPage {
        page: member(NavItem::Security),
        next: "/account/security".into(),
        proof,
        ways,
        key_elsewhere,
    };
    for (name, proof, ways) in proofs {
        pages.add(name, &show(proof, ways, None))?;
    }
    let elsewhere = Some("https://id.demo.example".to_owned());
    pages.add("step-up-elsewhere", &show(code(None), ways(false, true, true), elsewhere))
}
