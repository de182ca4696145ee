//! `GET /api/v1/tenants/{tenantID}/users`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use twinlock_core::{
    ids::TenantId,
    user::{Role, Status},
};
use twinlock_http::{
    WebState,
    extract::{May, administrative::SeePeople},
    http::{ApiPath, ApiQuery, Limit, Problem},
    place,
};
use twinlock_service::people::{self, Filter, PersonView, Wanted};
use utoipa::ToSchema;

use super::Person;
use crate::v1::answer::ProblemDocument;

/// Whom to list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleQuery {
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
    search: Option<String>,
    status: Option<Status>,
    role: Option<Role>,
    mfa: Option<Mfa>,
}

/// How it stands with somebody's second factors.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mfa {
    /// One at least.
    Enabled,
    /// None.
    None,
    /// One at least, and losing one thing locks them out.
    AtRisk,
}

impl From<Mfa> for people::Mfa {
    fn from(mfa: Mfa) -> Self {
        match mfa {
            Mfa::Enabled => Self::Enrolled,
            Mfa::None => Self::NotEnrolled,
            Mfa::AtRisk => Self::AtRisk,
        }
    }
}

/// A page of people.
#[derive(Serialize, ToSchema)]
pub struct PersonList {
    items: Vec<Person>,
    next_cursor: Option<String>,
}

impl PersonList {
    pub(crate) fn of(people: Vec<PersonView>, next_cursor: Option<String>) -> Self {
        Self { items: people.into_iter().map(Person::from).collect(), next_cursor }
    }
}

/// The people of the organisation, in the order in which they were made; those found by a search in the order of
/// the names they were found by. A search looks through so many names at a time: a page of it may have fewer people than
/// asked for, or nobody, while `next_cursor` says that it goes on. For owners, administrators and helpdesk.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantID}/users", tag = "People", security(("bearer" = [])),
    params(
        ("tenantID" = String, Path, description = "Id of the organisation"),
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("search" = Option<String>, Query,
         description = "How a user name, an address, or a word of a display name begins"),
        ("status" = Option<String>, Query, description = "`invited`, `active` or `suspended`"),
        ("role" = Option<String>, Query, description = "`owner`, `admin`, `helpdesk` or `member`"),
        ("mfa" = Option<String>, Query, description = "`enabled`, `none` or `at_risk`: enrolled, and one lost phone or key from lock-out"),
    ),
    responses(
        (status = 200, body = PersonList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`forbidden`"),
        (status = 404, body = ProblemDocument, description = "`not_found`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    May(caller, ..): May<SeePeople>,
    ApiPath(tenant): ApiPath<String>,
    ApiQuery(query): ApiQuery<PeopleQuery>,
) -> Result<Json<PersonList>, Problem> {
    let foreign = || Problem::invalid("cursor", "is not a cursor of this list");
    let scope = scope(caller.live.account.tenant.id, query.search.as_deref());
    let after = match &query.cursor {
        Some(cursor) => Some(place::read(&state.cursors.decode(&scope, cursor)?).ok_or_else(foreign)?),
        None => None,
    };
    let filter = Filter { role: query.role, status: query.status, mfa: query.mfa.map(Mfa::into) };
    let wanted = Wanted { search: query.search, filter, after, limit: query.limit.get() };
    let page = people::list(&state.app, &caller, &tenant, wanted).await?;
    let next_cursor = page.next.map(|after| state.cursors.encode(&scope, &place::bytes(&after)));
    Ok(Json(PersonList::of(page.items, next_cursor)))
}

/// A cursor is good for one tenant and one search.
fn scope(tenant: TenantId, search: Option<&str>) -> String {
    format!("users/{tenant}/{}", search.unwrap_or_default().trim())
}
