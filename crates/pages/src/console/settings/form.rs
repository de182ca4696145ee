//! The form of the settings: read as a change, and written from what holds.

use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        kinds::{Kind, Kinds},
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    tenant::{Settings, SsoPolicy},
};
use twinlock_http::WebState;
use twinlock_service::settings::{SettingsPatch, SettingsView};
use uuid::Uuid;

use crate::view::{
    console::settings::{Mistake, SettingsForm},
    moment::Span,
};

/// A change, and the version of the settings that it was made for.
pub(super) type Wish = (SettingsPatch, Option<i64>);

/// The form as it is filled in by what holds.
pub(super) fn written(state: &WebState, found: &SettingsView) -> SettingsForm {
    let settings = &found.settings;
    let minutes = u64::try_from(settings.session_lifetime_minutes).unwrap_or_default();
    let (lifetime, unit) = match Span::of_minutes(minutes) {
        Span::Minutes(count) => (count, "minutes"),
        Span::Hours(count) => (count, "hours"),
        Span::Days(count) => (count, "days"),
    };
    SettingsForm {
        mfa_required: tick(settings.mfa_required),
        mfa_required_for_admins: tick(settings.mfa_required_for_admins),
        mfa_grace_period_days: settings.mfa_grace_period_days.to_string(),
        totp: tick(settings.mfa_allowed_methods.has(Kind::Totp)),
        webauthn: tick(settings.mfa_allowed_methods.has(Kind::Webauthn)),
        two_codes: tick(settings.totp_enrollment_codes == 2),
        enrollment_by_mail: tick(settings.enrollment_proof == EnrollmentProof::Email),
        long_codes: tick(settings.recovery_code_format == CodeFormat::Long16),
        user_verification: tick(settings.user_verification == UserVerification::Required),
        attestation: tick(settings.webauthn_attestation == Attestation::Required),
        allowed_makes: makes(state, settings),
        sso_policy: sso_policy(settings).to_owned(),
        session_lifetime_minutes: lifetime.to_string(),
        session_lifetime_unit: unit.to_owned(),
        invitation_lifetime_days: settings.invitation_lifetime_days.to_string(),
        password_min_length: settings.password_min_length.to_string(),
        version: found.version.to_string(),
        then: String::new(),
    }
}

fn tick(yes: bool) -> String {
    if yes { "yes".to_owned() } else { String::new() }
}

fn sso_policy(settings: &Settings) -> &'static str {
    match settings.mfa_sso_policy {
        SsoPolicy::Require => "require",
        SsoPolicy::TrustIdp => "trust_idp",
    }
}

/// One make on each line, with its name.
fn makes(state: &WebState, settings: &Settings) -> String {
    let names = &state.app.config().webauthn.device_names;
    let line = |id: &Uuid| format!("{id} {}", names.known(*id).unwrap_or_default()).trim_end().to_owned();
    settings.webauthn_allowed_aaguids.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The change that the form asks for; or which fields cannot be read. Where the server has no second factors, those
/// settings are not in the form and stay.
pub(super) fn read(state: &WebState, form: &SettingsForm) -> Result<Wish, Vec<Mistake>> {
    let (minutes, length) = (lifetime(form), number(&form.password_min_length));
    // A form of an older page has no such field: then it stays as it is.
    let days: Option<Option<u32>> = match form.invitation_lifetime_days.trim() {
        "" => Some(None),
        text => number(text).map(Some),
    };
    let common = SettingsPatch {
        session_lifetime_minutes: minutes,
        password_min_length: length,
        invitation_lifetime_days: days.flatten(),
        mfa_sso_policy: match form.sso_policy.as_str() {
            "require" => Some(SsoPolicy::Require),
            "trust_idp" => Some(SsoPolicy::TrustIdp),
            _ => None,
        },
        ..SettingsPatch::default()
    };
    let mut wrong = vec![
        (minutes.is_none(), "session_lifetime_minutes"),
        (length.is_none(), "password_min_length"),
        (days.is_none(), "invitation_lifetime_days"),
    ];
    let patch = if state.app.config().mfa_enabled {
        let days = number(&form.mfa_grace_period_days);
        let makes = listed(&form.allowed_makes);
        wrong.push((days.is_none(), "mfa_grace_period_days"));
        wrong.push((makes.is_none(), "webauthn_allowed_aaguids"));
        SettingsPatch {
            mfa_grace_period_days: days,
            webauthn_allowed_aaguids: makes,
            ..about_factors(form, common)
        }
    } else {
        common
    };
    let mistakes: Vec<_> =
        wrong.iter().filter(|(wrong, _)| *wrong).map(|(_, field)| Mistake::Field((*field).into())).collect();
    if mistakes.is_empty() { Ok((patch, form.version.parse().ok())) } else { Err(mistakes) }
}

fn about_factors(form: &SettingsForm, common: SettingsPatch) -> SettingsPatch {
    let kinds = [(&form.totp, Kind::Totp), (&form.webauthn, Kind::Webauthn)];
    let allowed: Kinds =
        kinds.into_iter().filter(|(box_, _)| form.ticked(box_)).map(|(_, kind)| kind).collect();
    let by_mail = choose(form, &form.enrollment_by_mail, EnrollmentProof::Email, EnrollmentProof::Password);
    let verified =
        choose(form, &form.user_verification, UserVerification::Required, UserVerification::Preferred);
    SettingsPatch {
        mfa_required: Some(form.ticked(&form.mfa_required)),
        mfa_required_for_admins: Some(form.ticked(&form.mfa_required_for_admins)),
        mfa_allowed_methods: Some(allowed),
        totp_enrollment_codes: Some(choose(form, &form.two_codes, 2, 1)),
        enrollment_proof: Some(by_mail),
        recovery_code_format: Some(choose(form, &form.long_codes, CodeFormat::Long16, CodeFormat::Digits8)),
        user_verification: Some(verified),
        webauthn_attestation: Some(choose(form, &form.attestation, Attestation::Required, Attestation::None)),
        ..common
    }
}

fn choose<T>(form: &SettingsForm, value: &str, yes: T, no: T) -> T {
    if form.ticked(value) { yes } else { no }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

/// In minutes.
fn lifetime(form: &SettingsForm) -> Option<i64> {
    let count: i64 = number(&form.session_lifetime_minutes)?;
    count.checked_mul(match form.session_lifetime_unit.as_str() {
        "" | "minutes" => 1,
        "hours" => 60,
        "days" => 24 * 60,
        _ => return None,
    })
}

/// The makes of a list: the first word of each line.
fn listed(text: &str) -> Option<Vec<Uuid>> {
    let ids = text.lines().filter_map(|line| line.split_whitespace().next()).map(Uuid::parse_str);
    ids.collect::<Result<_, _>>().ok()
}

/// The form once more, as hidden fields.
pub(super) fn fields(form: &SettingsForm) -> Vec<(String, String)> {
    let text = serde_urlencoded::to_string(form).unwrap_or_default();
    let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned();
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_in_its_unit() {
        let of = |count: &str, unit: &str| {
            lifetime(&SettingsForm {
                session_lifetime_minutes: count.into(),
                session_lifetime_unit: unit.into(),
                ..SettingsForm::default()
            })
        };
        assert_eq!((of("90", ""), of(" 8 ", "hours"), of("30", "days")), (Some(90), Some(480), Some(43_200)));
        for (count, unit) in [("", "days"), ("1.5", "hours"), ("1", "weeks"), ("9223372036854775807", "days")]
        {
            assert_eq!(of(count, unit), None, "{count} {unit}");
        }
    }

    #[test]
    fn a_make_is_the_first_word_of_its_line() {
        let id = Uuid::from_u128(0x2fc0_579f);
        assert_eq!(listed(&format!("\r\n {id} YubiKey 5 \r\n{id}\n")), Some(vec![id, id]));
        assert_eq!((listed(""), listed("YubiKey 5")), (Some(vec![]), None));
    }

    #[test]
    fn hidden_fields_have_what_was_typed_and_not_the_button() {
        let form =
            SettingsForm { mfa_required: "yes".into(), then: "save".into(), ..SettingsForm::default() };
        assert_eq!(fields(&form), [("mfa_required".to_owned(), "yes".to_owned())]);
    }
}
