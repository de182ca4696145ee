//! `GET /api/v1/tenants/{tenantID}/mfa/status`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_http::{
    WebState,
    extract::{May, MfaAvailable, administrative::SeePeople},
    http::{ApiPath, ApiQuery, Page, Problem},
};
use twinlock_service::mfa_status::{self, Without};
use utoipa::ToSchema;

use crate::v1::answer::{Grace, ProblemDocument, User};

/// How many people have each kind of second factor.
#[derive(Serialize, ToSchema)]
pub struct ByMethod {
    /// An authenticator app.
    totp: u64,
    /// A security key or passkey.
    webauthn: u64,
}

/// What a round of reminders would reach now, of those who can sign in. Nobody is counted beyond 10,000 each.
#[derive(Serialize, ToSchema)]
pub struct Reminders {
    /// Those who would get one.
    reachable: u64,
    /// Those who were reminded within a day.
    reminded_recently: u64,
    /// Those without an address.
    no_email: u64,
}

/// Somebody without a second factor that counts.
#[derive(Serialize, ToSchema)]
pub struct UserWithoutMfa {
    #[serde(flatten)]
    user: User,
    /// Last complete sign-in; RFC 3339, UTC.
    #[schema(format = DateTime)]
    last_sign_in_at: Option<String>,
    /// Last reminder; RFC 3339, UTC.
    #[schema(format = DateTime)]
    reminded_at: Option<String>,
    /// By when they must enrol, or had to; RFC 3339, UTC. Null where nothing is required, or where enrollment is due at
    /// the next sign-in.
    #[schema(format = DateTime)]
    deadline: Option<String>,
}

impl From<Without> for UserWithoutMfa {
    fn from(without: Without) -> Self {
        Self {
            user: without.user.into(),
            last_sign_in_at: without.last_sign_in_at.map(|at| at.to_string()),
            reminded_at: without.reminded_at.map(|at| at.to_string()),
            deadline: without.deadline.map(|at| at.to_string()),
        }
    }
}

/// A page of people without a second factor that counts.
#[derive(Serialize, ToSchema)]
pub struct UsersWithoutMfa {
    items: Vec<UserWithoutMfa>,
    next_cursor: Option<String>,
}

/// Who has a second factor, and who has not. People are counted who can sign in.
#[derive(Serialize, ToSchema)]
pub struct MfaStatus {
    /// Everybody.
    users_total: u64,
    /// Those who have not accepted their invitation yet, besides.
    users_invited: u64,
    /// Those with a second factor of an allowed kind.
    users_enrolled: u64,
    /// The others.
    users_not_enrolled: u64,
    /// Those with a second factor whom one lost phone or key locks out; `GET …/users?mfa=at_risk` lists them.
    users_at_risk: u64,
    /// People by kind; somebody with both kinds counts in both.
    by_method: ByMethod,
    /// Whether the organisation requires a second factor.
    required: bool,
    /// Whether owners and administrators must have one, whoever else must.
    required_for_admins: bool,
    /// The deadline of who was there when it became required, while it is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<Grace>,
    /// Whom a round of reminders would reach.
    reminders: Reminders,
    /// The others by name, in the order in which the accounts were made.
    users_without_mfa: UsersWithoutMfa,
}

/// Who has a second factor, and who has not? For owners, administrators and the helpdesk.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/mfa/status", tag = "Organisation", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = MfaStatus),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`, `mfa_enrollment_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn mfa_status(
    State(state): State<WebState>,
    _: MfaAvailable,
    May(caller, ..): May<SeePeople>,
    ApiPath(tenant): ApiPath<String>,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<MfaStatus>, Problem> {
    let numbers = mfa_status::numbers(&state.app, &caller, &tenant).await?;
    let now = state.app.now();
    let reach = mfa_status::reach(&state.app, &caller, &tenant).await?;
    Ok(Json(MfaStatus {
        users_total: numbers.total,
        users_invited: numbers.invited,
        users_enrolled: numbers.enrolled,
        users_not_enrolled: numbers.total.saturating_sub(numbers.enrolled),
        users_at_risk: numbers.at_risk,
        by_method: ByMethod { totp: numbers.totp, webauthn: numbers.webauthn },
        required: numbers.required,
        required_for_admins: numbers.required_for_admins,
        grace: numbers.grace_until.map(|deadline| Grace::until(deadline, now)),
        reminders: Reminders {
            reachable: reach.reachable,
            reminded_recently: reach.reminded_recently,
            no_email: reach.without_email,
        },
        users_without_mfa: without(&state, &caller, &tenant, &page).await?,
    }))
}

async fn without(
    state: &WebState,
    caller: &twinlock_service::Caller,
    tenant: &str,
    page: &Page,
) -> Result<UsersWithoutMfa, Problem> {
    let scope = format!("without-mfa/{}", caller.live.account.tenant.id);
    let after = state.cursors.id(&scope, page.cursor.as_deref())?;
    let limit = page.limit.get();
    let mut found = mfa_status::without(&state.app, caller, tenant, after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|without| without.user.id);
    Ok(UsersWithoutMfa {
        items: found.into_iter().map(UserWithoutMfa::from).collect(),
        next_cursor: last.map(|id| state.cursors.encode(&scope, id.as_bytes())),
    })
}
