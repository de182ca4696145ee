//! `/console/settings`: the form, the preview of what it would do, and saving it.

mod kept;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        kinds::{Kind, Kinds},
        recovery::CodeFormat,
        webauthn::UserVerification,
    },
    tenant::Settings,
};
use twinlock_service::settings::{self, SettingsError, SettingsPatch};

use super::{
    detail,
    guard::{Administrator, AdministratorForm},
    proof,
};
use crate::{
    WebState,
    extract::RequestClient,
    http::Problem,
    pages::{
        render::{go, page, page_with},
        visitor::SignedIn,
    },
    view::{
        NavItem,
        console::settings::{Impact, Mistake, PreviewPage, SettingsForm, SettingsPage},
    },
};

const HERE: &str = "/console/settings";

/// The form's fields. A box that is not ticked is not sent.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Form {
    mfa_required: String,
    mfa_required_for_admins: String,
    mfa_grace_period_days: String,
    totp: String,
    webauthn: String,
    two_codes: String,
    enrollment_by_mail: String,
    long_codes: String,
    user_verification: String,
    session_lifetime_minutes: String,
    password_min_length: String,
    version: String,
}

pub(super) async fn show(
    State(state): State<WebState>,
    Administrator(visitor): Administrator,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    if let Some(form) = kept::read(&state, &visitor, query.as_deref()) {
        return Ok(page(&SettingsPage { kept: true, ..shown(&state, &visitor, &form, Vec::new()) }));
    }
    current(&state, &visitor, Vec::new()).await.map(|view| page(&view))
}

/// The settings as they stand, with what went wrong.
async fn current(
    state: &WebState,
    visitor: &SignedIn,
    mistakes: Vec<Mistake>,
) -> Result<SettingsPage, Problem> {
    let found = settings::get(&state.app, &visitor.caller, &slug(visitor)).await?;
    let form = written(&found.settings, found.version);
    Ok(SettingsPage { page: visitor.page(state, NavItem::Settings), form, kept: false, mistakes })
}

fn slug(visitor: &SignedIn) -> String {
    visitor.caller.live.account.tenant.slug.clone()
}

pub(super) async fn preview(
    State(state): State<WebState>,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Result<Response, Problem> {
    let (patch, version) = match read(&form) {
        Ok(change) => change,
        Err(mistakes) => return Ok(again(&state, &visitor, form, mistakes)),
    };
    let before = settings::get(&state.app, &visitor.caller, &slug(&visitor)).await?;
    let after = patch.clone().applied_to(&before.settings);
    match settings::preview(&state.app, &visitor.caller, &slug(&visitor), (patch, version)).await {
        Ok(impact) => Ok(page(&PreviewPage {
            page: visitor.page(&state, NavItem::Settings),
            fields: fields(&form),
            changes: changes(&before.settings, &after),
            policy: touches_policy(&before.settings, &after),
            impact: Impact {
                caller_complies: impact.caller_complies,
                users_total: impact.users_total,
                users_blocked_now: impact.users_blocked_now,
                users_in_grace: impact.users_in_grace,
                sessions_ended: impact.sessions_ended,
                users_without_email: impact.users_without_email,
            },
        })),
        Err(error) => refused(&state, &visitor, form, error).await,
    }
}

pub(super) async fn save(
    State(state): State<WebState>,
    RequestClient(client): RequestClient,
    AdministratorForm(visitor, form): AdministratorForm<Form>,
) -> Result<Response, Problem> {
    let change = match read(&form) {
        Ok(change) => change,
        Err(mistakes) => return Ok(again(&state, &visitor, form, mistakes)),
    };
    match settings::update(&state.app, &client, &visitor.caller, &slug(&visitor), change).await {
        Ok(_) => Ok(go("/console/settings?done=saved")),
        Err(error) => refused(&state, &visitor, form, error).await,
    }
}

async fn refused(
    state: &WebState,
    visitor: &SignedIn,
    form: Form,
    error: SettingsError,
) -> Result<Response, Problem> {
    match error {
        SettingsError::Invalid(wrong) => {
            let mistakes = wrong.into_iter().map(|bad| Mistake::Field(bad.field.into(), bad.allowed.into()));
            Ok(again(state, visitor, form, mistakes.collect()))
        }
        SettingsError::Conflict => {
            let view = current(state, visitor, vec![Mistake::Changed]).await?;
            Ok(page_with(StatusCode::CONFLICT, &view))
        }
        SettingsError::NotEnabled => {
            let view = shown(state, visitor, &form, vec![Mistake::NoFactor]);
            Ok(page_with(StatusCode::CONFLICT, &view))
        }
        other => Ok(proof::otherwise(state, visitor, other, &kept::address_with(state, visitor, &form))),
    }
}

fn again(state: &WebState, visitor: &SignedIn, form: Form, mistakes: Vec<Mistake>) -> Response {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(state, visitor, &form, mistakes)).into_response()
}

fn shown(state: &WebState, visitor: &SignedIn, form: &Form, mistakes: Vec<Mistake>) -> SettingsPage {
    let form = SettingsForm {
        mfa_required: ticked(&form.mfa_required),
        mfa_required_for_admins: ticked(&form.mfa_required_for_admins),
        mfa_grace_period_days: form.mfa_grace_period_days.clone(),
        totp: ticked(&form.totp),
        webauthn: ticked(&form.webauthn),
        two_codes: ticked(&form.two_codes),
        enrollment_by_mail: ticked(&form.enrollment_by_mail),
        long_codes: ticked(&form.long_codes),
        user_verification: ticked(&form.user_verification),
        session_lifetime_minutes: form.session_lifetime_minutes.clone(),
        password_min_length: form.password_min_length.clone(),
        version: form.version.clone(),
    };
    SettingsPage { page: visitor.page(state, NavItem::Settings), form, kept: false, mistakes }
}

fn choose<T>(value: &str, yes: T, no: T) -> T {
    if ticked(value) { yes } else { no }
}

fn ticked(value: &str) -> bool {
    value == "yes"
}

fn written(settings: &Settings, version: i64) -> SettingsForm {
    SettingsForm {
        mfa_required: settings.mfa_required,
        mfa_required_for_admins: settings.mfa_required_for_admins,
        mfa_grace_period_days: settings.mfa_grace_period_days.to_string(),
        totp: settings.mfa_allowed_methods.has(Kind::Totp),
        webauthn: settings.mfa_allowed_methods.has(Kind::Webauthn),
        two_codes: settings.totp_enrollment_codes == 2,
        enrollment_by_mail: settings.enrollment_proof == EnrollmentProof::Email,
        long_codes: settings.recovery_code_format == CodeFormat::Long16,
        user_verification: settings.user_verification == UserVerification::Required,
        session_lifetime_minutes: settings.session_lifetime_minutes.to_string(),
        password_min_length: settings.password_min_length.to_string(),
        version: version.to_string(),
    }
}

/// The change that the form asks for; or which numbers are none.
fn read(form: &Form) -> Result<(SettingsPatch, Option<i64>), Vec<Mistake>> {
    let days = form.mfa_grace_period_days.trim().parse().ok();
    let minutes = form.session_lifetime_minutes.trim().parse().ok();
    let length = form.password_min_length.trim().parse().ok();
    let numbers = [
        (days.is_none(), "mfa_grace_period_days", "must be 0 to 365"),
        (minutes.is_none(), "session_lifetime_minutes", "must be 5 to 43200"),
        (length.is_none(), "password_min_length", "must be 8 to 128"),
    ];
    let wrong = numbers.into_iter().filter(|(wrong, ..)| *wrong);
    let mistakes: Vec<_> =
        wrong.map(|(_, field, allowed)| Mistake::Field(field.into(), allowed.into())).collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let kinds = [(&form.totp, Kind::Totp), (&form.webauthn, Kind::Webauthn)];
    let allowed: Kinds = kinds.into_iter().filter(|(box_, _)| ticked(box_)).map(|(_, kind)| kind).collect();
    let patch = SettingsPatch {
        mfa_required: Some(ticked(&form.mfa_required)),
        mfa_required_for_admins: Some(ticked(&form.mfa_required_for_admins)),
        mfa_grace_period_days: days,
        mfa_allowed_methods: Some(allowed),
        totp_enrollment_codes: Some(choose(&form.two_codes, 2, 1)),
        enrollment_proof: Some(choose(
            &form.enrollment_by_mail,
            EnrollmentProof::Email,
            EnrollmentProof::Password,
        )),
        recovery_code_format: Some(choose(&form.long_codes, CodeFormat::Long16, CodeFormat::Digits8)),
        user_verification: Some(choose(
            &form.user_verification,
            UserVerification::Required,
            UserVerification::Preferred,
        )),
        session_lifetime_minutes: minutes,
        password_min_length: length,
        ..SettingsPatch::default()
    };
    Ok((patch, form.version.parse().ok()))
}

/// The form once more, as hidden fields.
fn fields(form: &Form) -> Vec<(&'static str, String)> {
    let all = [
        ("mfa_required", &form.mfa_required),
        ("mfa_required_for_admins", &form.mfa_required_for_admins),
        ("mfa_grace_period_days", &form.mfa_grace_period_days),
        ("totp", &form.totp),
        ("webauthn", &form.webauthn),
        ("two_codes", &form.two_codes),
        ("enrollment_by_mail", &form.enrollment_by_mail),
        ("long_codes", &form.long_codes),
        ("user_verification", &form.user_verification),
        ("session_lifetime_minutes", &form.session_lifetime_minutes),
        ("password_min_length", &form.password_min_length),
        ("version", &form.version),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.clone()))
        .collect()
}

/// What differs: name, old, new, as the audit log would say it.
fn changes(before: &Settings, after: &Settings) -> Vec<(String, String, String)> {
    let (old, new) = (json!(before), json!(after));
    let members = old.as_object().into_iter().flatten();
    let changed = members.filter(|(name, was)| new.get(name.as_str()) != Some(*was));
    let told = |value: Option<&Value>| value.map(detail::plain).unwrap_or_default();
    changed.map(|(name, was)| (label(name), told(Some(was)), told(new.get(name)))).collect()
}

/// A setting as the form calls it.
fn label(name: &str) -> String {
    match name {
        "mfa_required" => "Require MFA for all users",
        "mfa_required_for_admins" => "Require MFA for owners and administrators",
        "mfa_grace_period_days" => "Grace period (days)",
        "mfa_allowed_methods" => "What counts as a second lock",
        "totp_enrollment_codes" => "Codes asked when an app is set up",
        "enrollment_proof" => "Asked before the second lock is set up",
        "user_verification" => "Keys verify their user",
        "recovery_code_format" => "Recovery codes",
        "password_min_length" => "Shortest password (characters)",
        "session_lifetime_minutes" => "A session lasts (minutes)",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

fn touches_policy(before: &Settings, after: &Settings) -> bool {
    let policy = |settings: &Settings| {
        (settings.mfa_required, settings.mfa_grace_period_days, settings.mfa_allowed_methods)
    };
    let admins = |settings: &Settings| (settings.mfa_required_for_admins, settings.mfa_allowed_methods);
    if after.mfa_required_for_admins && admins(before) != admins(after) {
        return true;
    }
    policy(before) != policy(after) && (before.mfa_required || after.mfa_required || after.narrows(before))
}
