//! `PATCH /api/v1/tenants/{tenantID}/settings`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use twinlock_core::{
    enrollment::EnrollmentProof,
    factor::{
        kinds::Kinds,
        recovery::CodeFormat,
        webauthn::{Attestation, UserVerification},
    },
    tenant::SsoPolicy,
};
use twinlock_http::{
    WebState,
    extract::{May, RequestClient, administrative::ChangeOrTry},
    http::{ApiJson, ApiPath, ApiQuery, Limit, Problem},
};
use twinlock_service::settings::{self, Impact, SettingsPatch};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    SettingsAnswer,
    settings_affected::{self, AffectedPeople, ListQuery},
};
use crate::v1::answer::ProblemDocument;

/// What to change; absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// Whether everybody must have a second factor. Switching it on ends all sessions but the caller's.
    mfa_required: Option<bool>,
    /// Whether owners and administrators must have one, whoever else must. Switching it on ends their sessions but the
    /// caller's.
    mfa_required_for_admins: Option<bool>,
    /// 0 to 365; counts from the moment at which factors became required.
    mfa_grace_period_days: Option<u32>,
    /// `totp`, `webauthn` or both.
    #[schema(value_type = Option<Vec<String>>, example = json!(["totp", "webauthn"]))]
    mfa_allowed_methods: Option<Kinds>,
    /// `require` or `trust_idp`.
    #[schema(value_type = Option<String>, example = "require")]
    mfa_sso_policy: Option<SsoPolicy>,
    /// 8 to 128.
    password_min_length: Option<usize>,
    /// 1, or 2 consecutive ones.
    totp_enrollment_codes: Option<u8>,
    /// `password`, or `email` for a code by mail as well.
    #[schema(value_type = Option<String>, example = "password")]
    enrollment_proof: Option<EnrollmentProof>,
    /// `8digits` or `long` (16 letters and digits).
    #[schema(value_type = Option<String>, example = "8digits")]
    recovery_code_format: Option<CodeFormat>,
    /// 5 to 43200.
    session_lifetime_minutes: Option<i64>,
    /// 1 to 30.
    invitation_lifetime_days: Option<u32>,
    /// `preferred` or `required`.
    #[schema(value_type = Option<String>, example = "preferred")]
    user_verification: Option<UserVerification>,
    /// `none` or `required`.
    #[schema(value_type = Option<String>, example = "none")]
    webauthn_attestation: Option<Attestation>,
    /// The makes that may be registered; needs `webauthn_attestation`.
    webauthn_allowed_aaguids: Option<Vec<Uuid>>,
    /// The version that was seen.
    version: Option<i64>,
}

impl SettingsRequest {
    fn into_change(self) -> (SettingsPatch, Option<i64>) {
        let patch = SettingsPatch {
            mfa_required: self.mfa_required,
            mfa_required_for_admins: self.mfa_required_for_admins,
            mfa_grace_period_days: self.mfa_grace_period_days,
            mfa_allowed_methods: self.mfa_allowed_methods,
            mfa_sso_policy: self.mfa_sso_policy,
            password_min_length: self.password_min_length,
            totp_enrollment_codes: self.totp_enrollment_codes,
            enrollment_proof: self.enrollment_proof,
            recovery_code_format: self.recovery_code_format,
            session_lifetime_minutes: self.session_lifetime_minutes,
            invitation_lifetime_days: self.invitation_lifetime_days,
            user_verification: self.user_verification,
            webauthn_attestation: self.webauthn_attestation,
            webauthn_allowed_aaguids: self.webauthn_allowed_aaguids,
        };
        (patch, self.version)
    }
}

/// Whether to change anything; of a dry run, which people to name.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsQuery {
    #[serde(default)]
    dry_run: bool,
    list: Option<String>,
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// What the change would do to people, in numbers. People are counted who can sign in.
#[derive(Serialize, ToSchema)]
pub struct ImpactAnswer {
    /// Whether the caller has a second factor of an allowed kind, without which they cannot save.
    caller_complies: bool,
    /// Everybody who can sign in.
    users_total: u64,
    /// Those who have not accepted their invitation yet, besides: they set up what is asked when they do.
    users_invited: u64,
    /// Those who must enrol before anything else.
    users_blocked_now: u64,
    /// Those who must enrol by a deadline.
    users_in_grace: u64,
    /// That deadline, for all who have none of their own; RFC 3339, UTC. Null where nothing is required, or where it is
    /// over.
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// Sessions that would end.
    sessions_ended: u64,
    /// People without an address: no reminder and no code reaches them.
    users_without_email: u64,
}

impl From<Impact> for ImpactAnswer {
    fn from(impact: Impact) -> Self {
        Self {
            caller_complies: impact.caller_complies,
            users_total: impact.users_total,
            users_invited: impact.users_invited,
            users_blocked_now: impact.users_blocked_now,
            users_in_grace: impact.users_in_grace,
            deadline: impact.deadline.map(|at| at.to_string()),
            sessions_ended: impact.sessions_ended,
            users_without_email: impact.users_without_email,
        }
    }
}

/// The settings after the change, or what it would do.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum SettingsChangeAnswer {
    /// Changed.
    Changed(Box<SettingsAnswer>),
    /// A dry run: nothing changed.
    Preview {
        /// What would happen, in numbers.
        impact: Box<ImpactAnswer>,
        /// To whom.
        people: Box<AffectedPeople>,
    },
}

/// Change the organisation's settings. Needs a fresh second factor once one is enrolled; a dry run does not.
#[utoipa::path(
    patch, path = "/api/v1/tenants/{tenantID}/settings", tag = "Organisation",
    request_body = Option<SettingsRequest>, security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("dry_run" = Option<bool>, Query, description = "Change nothing and answer what would happen"),
        ("list" = Option<String>, Query,
         description = "Of a dry run: only these people, `blocked_now`, `in_grace`, `sessions_ended` or `without_email`"),
        ("limit" = Option<u32>, Query, description = "Of a dry run: people of each list, 1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "With `list`: its `next_cursor` of the answer before"),
    ),
    responses(
        (status = 200, body = SettingsChangeAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (
            status = 403, body = ProblemDocument,
            description = "`forbidden`, `step_up_required`, `mfa_enrollment_required`"
        ),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (
            status = 409, body = ProblemDocument,
            description = "`conflict`: changed since `version`; `mfa_not_enabled`: who requires a factor, or narrows \
                the kinds, has one of an allowed kind"
        ),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn settings_update(
    State(state): State<WebState>,
    May(caller, ..): May<ChangeOrTry>,
    at: (RequestClient, ApiPath<String>, ApiQuery<SettingsQuery>),
    ApiJson(body): ApiJson<SettingsRequest>,
) -> Result<Json<SettingsChangeAnswer>, Problem> {
    let (RequestClient(client), ApiPath(tenant), ApiQuery(query)) = at;
    let change = body.into_change();
    if query.dry_run {
        let impact = settings::preview(&state.app, &caller, &tenant, change.clone()).await?.into();
        let lists = ListQuery { list: query.list, limit: query.limit, cursor: query.cursor };
        let people = settings_affected::people(&state, &caller, &tenant, &change, lists).await?;
        return Ok(Json(SettingsChangeAnswer::Preview {
            impact: Box::new(impact),
            people: Box::new(people),
        }));
    }
    if query.list.is_some() || query.cursor.is_some() {
        return Err(Problem::invalid("list", "belongs to a dry run"));
    }
    let settings = settings::update(&state.app, &client, &caller, &tenant, change).await?.into();
    Ok(Json(SettingsChangeAnswer::Changed(Box::new(settings))))
}
