//! Signing in, and what links open.

use twinlock_pages::view::link::{
    ConfirmPage, ConfirmedPage, DeadLinkPage, InvitePage, ResetPage, SetupErrors, SetupForm, SetupPage,
};
use twinlock_pages::view::login::{
    AppCodePage, ForgotPage, ForgotSentPage, IdentifierPage, KeyPage, KeyQuestion, Organisation,
    PasswordPage, RecoveryCodePage, SigningIn,
};
use twinlock_pages::view::{
    Banner, CodeError, FieldError, KeyError, KeysHere, LinkKind, NewPasswordError, Page, PasswordError, Ways,
};

use super::{Pages, stranger, with};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    identifier(pages)?;
    password(pages)?;
    second(pages)?;
    forgot(pages)?;
    links(pages)?;
    setup(pages)
}

fn known() -> Organisation {
    Organisation::Known { id: "demo".into(), name: "Demo organisation".into() }
}

fn maria() -> SigningIn {
    SigningIn {
        identifier: "maria@demo.example".into(),
        tenant_id: "demo".into(),
        tenant_name: "Demo organisation".into(),
    }
}

fn identifier(pages: &mut Pages) -> askama::Result<()> {
    let show = |page: Page, organisation: Organisation, error: Option<FieldError>| IdentifierPage {
        page,
        organisation,
        identifier: String::new(),
        error,
        next: String::new(),
        keys: KeysHere::Yes,
        key_error: None,
    };
    let ask = |typed: &str, error| Organisation::Ask { typed: typed.into(), error };
    pages.add("login", &show(stranger(), known(), None))?;
    pages.add("login-missing", &show(stranger(), known(), Some(FieldError::Missing)))?;
    pages.add("login-several", &show(stranger(), ask("", None), None))?;
    pages.add("login-several-bad", &show(stranger(), ask("Demo Org", Some(FieldError::Invalid)), None))?;
    for (name, error) in [
        ("login-passkey-missing", KeyError::Missing),
        ("login-passkey-refused", KeyError::Refused),
        ("login-passkey-wait", KeyError::TooMany { wait_secs: 300 }),
    ] {
        let page = show(stranger(), known(), None);
        pages.add(name, &IdentifierPage { identifier: "maria".into(), key_error: Some(error), ..page })?;
    }
    let page = show(stranger(), known(), None);
    pages.add("login-elsewhere", &IdentifierPage { keys: elsewhere(), ..page })?;
    for (name, banner) in [
        ("signed-out", Banner::SignedOut),
        ("expired", Banner::SignInExpired),
        ("tries", Banner::TooManyTries),
        ("ended", Banner::SessionEnded),
        ("reset", Banner::PasswordReset),
        ("ready", Banner::AccountReady),
    ] {
        pages.add(&format!("login-{name}"), &show(with(banner, stranger()), known(), None))?;
    }
    Ok(())
}

fn password(pages: &mut Pages) -> askama::Result<()> {
    for (name, error) in [
        ("login-password", None),
        ("login-password-wrong", Some(PasswordError::Wrong)),
        ("login-password-wait", Some(PasswordError::TooMany { wait_secs: 32 })),
    ] {
        pages.add(name, &PasswordPage { page: stranger(), who: maria(), error, next: String::new() })?;
    }
    Ok(())
}

fn elsewhere() -> KeysHere {
    KeysHere::Elsewhere { public_url: "https://id.demo.example".into() }
}

fn second(pages: &mut Pages) -> askama::Result<()> {
    let ways = Ways { key: false, app: true, codes: true };
    for (name, error) in [
        ("login-app", None),
        ("login-app-wrong", Some(CodeError::Wrong)),
        ("login-app-clock", Some(CodeError::ClockOff { seconds: -184 })),
        ("login-app-locked", Some(CodeError::Locked)),
        ("login-app-wait", Some(CodeError::TooMany { wait_secs: 30 })),
    ] {
        pages.add(name, &AppCodePage { page: stranger(), who: maria(), ways, error })?;
    }
    for (name, typed, error) in
        [("login-recovery", "", None), ("login-recovery-wrong", "1234 5678", Some(CodeError::Wrong))]
    {
        let page = RecoveryCodePage { page: stranger(), who: maria(), ways, typed: typed.into(), error };
        pages.add(name, &page)?;
    }
    key(pages)
}

fn key(pages: &mut Pages) -> askama::Result<()> {
    let all = Ways { key: true, app: true, codes: true };
    let public_url = "https://id.demo.example".to_owned();
    for (name, ways, question) in [
        ("login-key", all, KeyQuestion::Answer { error: None }),
        ("login-key-missing", all, KeyQuestion::Answer { error: Some(KeyError::Missing) }),
        (
            "login-key-refused",
            Ways { app: false, ..all },
            KeyQuestion::Answer { error: Some(KeyError::Refused) },
        ),
        ("login-key-elsewhere", Ways { key: false, ..all }, KeyQuestion::Elsewhere { public_url }),
        ("login-key-foreign", Ways { key: false, app: false, codes: true }, KeyQuestion::Foreign),
    ] {
        pages.add(name, &KeyPage { page: stranger(), who: maria(), ways, question })?;
    }
    pages.add("login-app-or-key", &AppCodePage { page: stranger(), who: maria(), ways: all, error: None })?;
    let ways = Ways { app: false, ..all };
    let page = RecoveryCodePage { page: stranger(), who: maria(), ways, typed: String::new(), error: None };
    pages.add("login-recovery-or-key", &page)
}

fn forgot(pages: &mut Pages) -> askama::Result<()> {
    let show = |email: &str, error| ForgotPage {
        page: stranger(),
        organisation: known(),
        email: email.into(),
        error,
    };
    pages.add("forgot", &show("", None))?;
    pages.add("forgot-bad", &show("maria@", Some(FieldError::Invalid)))?;
    pages.add("forgot-sent", &ForgotSentPage { page: stranger(), email: "maria@demo.example".into() })
}

fn links(pages: &mut Pages) -> askama::Result<()> {
    let token = || "sample".to_owned();
    let email = || "maria@demo.example".to_owned();
    for (name, error) in [("reset", None), ("reset-common", Some(NewPasswordError::Common))] {
        let page =
            ResetPage { page: stranger(), token: token(), username: "maria".into(), min_length: 12, error };
        pages.add(name, &page)?;
    }
    let invite = InvitePage {
        page: stranger(),
        token: token(),
        tenant_name: "Demo organisation".into(),
        username: "maria".into(),
        min_length: 12,
        error: None,
    };
    pages.add("invite", &invite)?;
    pages.add("confirm", &ConfirmPage { page: stranger(), token: token(), email: email() })?;
    pages.add("confirmed", &ConfirmedPage { page: stranger(), email: email() })?;
    for (name, kind) in [
        ("reset", LinkKind::Reset),
        ("invite", LinkKind::Invite),
        ("confirm", LinkKind::Confirm),
        ("setup", LinkKind::Setup),
    ] {
        pages.add(&format!("dead-{name}"), &DeadLinkPage { page: stranger(), kind })?;
    }
    Ok(())
}

fn setup(pages: &mut Pages) -> askama::Result<()> {
    let show =
        |form, errors| SetupPage { page: stranger(), token: "sample".into(), form, errors, min_length: 12 };
    pages.add("setup", &show(SetupForm::default(), SetupErrors::default()))?;
    let form = SetupForm {
        tenant_name: "Demo organisation".into(),
        tenant_id: "Demo!".into(),
        email: "maria".into(),
        ..SetupForm::default()
    };
    let errors = SetupErrors {
        tenant_id: Some(FieldError::Invalid),
        username: Some(FieldError::Missing),
        email: Some(FieldError::Invalid),
        password: Some(NewPasswordError::TooShort { min: 12 }),
        ..SetupErrors::default()
    };
    pages.add("setup-bad", &show(form, errors))
}
