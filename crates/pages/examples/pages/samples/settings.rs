//! The settings, and what a change of them would do.

use twinlock_pages::view::{
    NavItem,
    console::{
        Pager,
        settings::{
            AffectedPage, AffectedPeople, AffectedRow, Change, Effect, Impact, Mistake, PreviewPage,
            SettingsForm, SettingsPage, Told,
        },
    },
    moment::Span,
};

use super::{Pages, ago, console::administrator};

pub fn add(pages: &mut Pages) -> askama::Result<()> {
    pages.add("settings", &settings(vec![], true))?;
    let fields = ["mfa_required", "mfa_grace_period_days", "mfa_allowed_methods", "webauthn_allowed_aaguids"];
    let more = ["session_lifetime_minutes", "password_min_length"];
    let mistakes = fields.into_iter().chain(more).map(|field| Mistake::Field(field.into())).collect();
    pages.add("settings-mistakes", &settings(mistakes, true))?;
    pages.add("settings-changed", &settings(vec![Mistake::Changed, Mistake::NoFactor], true))?;
    pages.add("settings-no-mfa", &settings(vec![], false))?;
    pages.add("settings-preview", &preview())?;
    pages.add("settings-affected", &affected(list(Effect::InGrace)))?;
    let nobody = AffectedPeople { people: vec![], ..list(Effect::InGrace) };
    pages.add("settings-affected-none", &affected(nobody))
}

fn settings(mistakes: Vec<Mistake>, mfa_available: bool) -> SettingsPage {
    let form = SettingsForm {
        mfa_required: "yes".into(),
        mfa_grace_period_days: "7".into(),
        totp: "yes".into(),
        webauthn: "yes".into(),
        allowed_makes: "2fc0579f-8113-47ea-b116-bb5a8db9202a YubiKey 5 Series".into(),
        sso_policy: "require".into(),
        session_lifetime_minutes: "8".into(),
        session_lifetime_unit: "hours".into(),
        invitation_lifetime_days: "7".into(),
        password_min_length: "12".into(),
        version: "3".into(),
        ..SettingsForm::default()
    };
    SettingsPage { page: administrator(NavItem::Settings), form, kept: false, mistakes, mfa_available }
}

fn preview() -> PreviewPage {
    let change = |setting: &str, old, new| Change { setting: setting.into(), old, new };
    let words = |words: &[&str]| Told::Words(words.iter().map(|word| (*word).to_owned()).collect());
    PreviewPage {
        page: administrator(NavItem::Settings),
        fields: vec![("mfa_required".into(), "yes".into())],
        changes: vec![
            change("mfa_required", Told::Flag(false), Told::Flag(true)),
            change("mfa_grace_period_days", Told::Lasts(Span::Days(0)), Told::Lasts(Span::Days(7))),
            change("mfa_allowed_methods", words(&["totp", "webauthn"]), words(&["webauthn"])),
            change("session_lifetime_minutes", Told::Lasts(Span::Days(1)), Told::Lasts(Span::Hours(8))),
        ],
        impact: Impact {
            caller_complies: true,
            users_total: 102,
            users_invited: 4,
            users_blocked_now: 0,
            users_in_grace: 14,
            deadline: Some(ago(-7 * 86_400)),
            sessions_ended: 61,
            users_without_email: 2,
        },
        policy: true,
        people: vec![
            AffectedPeople {
                more: Some("/console/settings/preview/in_grace?typed=x".into()),
                ..list(Effect::InGrace)
            },
            list(Effect::SessionsEnd),
            list(Effect::WithoutEmail),
        ],
        download: "/console/settings/preview.csv?typed=x".into(),
        back: "/console/settings?typed=x".into(),
    }
}

fn list(effect: Effect) -> AffectedPeople {
    let jonas = AffectedRow {
        id: "0192f3c4-7a1b-7c2d-8f4a-0123456789ab".into(),
        username: "jonas".into(),
        display_name: "Jonas Weber".into(),
        email: Some("jonas@demo.example".into()),
        deadline: Some(ago(-7 * 86_400)),
        sessions: 2,
    };
    let temp =
        AffectedRow { username: "temp".into(), display_name: String::new(), email: None, ..jonas.clone() };
    AffectedPeople { effect, people: vec![jonas, temp], more: None }
}

fn affected(list: AffectedPeople) -> AffectedPage {
    AffectedPage {
        page: administrator(NavItem::Settings),
        list,
        pager: Pager {
            first: None,
            next: Some("/console/settings/preview/in_grace?typed=x&cursor=y".into()),
        },
        download: "/console/settings/preview.csv?typed=x".into(),
        back: "/console/settings?typed=x".into(),
    }
}
