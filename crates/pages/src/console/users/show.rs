//! One person: who they are, their second factors, where they are signed in.

use axum::{extract::State, response::Response};
use twinlock_core::{
    clock::Timestamp, enrollment::EnrollmentProof, ids::UserId, tenant::Settings, user::Status,
};
use twinlock_http::{
    WebState,
    http::{ApiPath, Problem},
};
use twinlock_service::{MethodView, factors::Overview, people};

use super::person::{self, Subject, whom};
use crate::{
    account::sessions,
    console::guard::Helper,
    readiness::view,
    render::page,
    security::methods::kind_of,
    view::{
        NavItem, When,
        account::SessionRow,
        console::{
            person::{Due, FactorRow, Factors, PersonPage},
            users::UserRow,
        },
    },
    visitor::SignedIn,
};

/// Sessions shown; all of them can be ended.
const SESSIONS: usize = 20;

pub(super) async fn show(
    State(state): State<WebState>,
    Helper(visitor): Helper,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Response, Problem> {
    let Subject { view, row, may } = person::find(&state, &visitor, id).await?;
    let factors = if may.inspect && state.app.config().mfa_enabled {
        let factors = factors(&state, &visitor, id).await?;
        let hands_out = hands_out_a_code(&visitor, &row, factors.due);
        Some(Factors { resettable: factors.any() || factors.codes_left > 0 || hands_out, ..factors })
    } else {
        None
    };
    let (sessions, more_sessions) = if may.administer {
        let (rows, more) = sessions_of(&state, &visitor, id).await?;
        (Some(rows), more)
    } else {
        (None, false)
    };
    Ok(page(&PersonPage {
        page: visitor.page(&state, NavItem::Users),
        person: row,
        awaited: person::awaited(&visitor, &view),
        email_pending: view.email_pending,
        created: When::new(view.user.created_at, state.app.now()),
        may,
        factors,
        sessions,
        more_sessions,
    }))
}

/// What somebody has, whom the visitor may look into.
pub(super) async fn factors(state: &WebState, visitor: &SignedIn, id: UserId) -> Result<Factors, Problem> {
    let overview = people::overview(&state.app, &visitor.caller, &whom(visitor, id)).await?;
    let now = state.app.now();
    let settings = &visitor.caller.live.account.tenant.settings;
    Ok(Factors {
        due: due(settings, &overview, now),
        readiness: view(&overview.readiness, &overview.methods, now),
        codes_left: overview.recovery_codes_remaining,
        codes_saved: overview.recovery_codes_saved,
        methods: overview.methods.iter().map(|method| factor(method, now)).collect(),
        resettable: false,
    })
}

/// Whom no mail reaches gets the code that opens an enrollment from a reset.
fn hands_out_a_code(visitor: &SignedIn, person: &UserRow, due: Due) -> bool {
    let settings = &visitor.caller.live.account.tenant.settings;
    let asked = settings.enrollment_proof == EnrollmentProof::Email || due == Due::Now;
    person.email.is_none() && person.status == Status::Active && asked
}

fn due(settings: &Settings, overview: &Overview, now: Timestamp) -> Due {
    let counts =
        |method: &MethodView| settings.mfa_allowed_methods.iter().any(|kind| kind.as_str() == method.kind);
    match overview.grace_until {
        Some(at) => Due::By(When::new(at, now)),
        None if overview.required && !overview.methods.iter().any(counts) => Due::Now,
        None => Due::Nothing,
    }
}

fn factor(method: &MethodView, now: Timestamp) -> FactorRow {
    FactorRow {
        id: method.id.to_string(),
        kind: kind_of(method),
        name: method.name.clone(),
        added: When::new(method.created_at, now),
        last_used: method.last_used_at.map(|at| When::new(at, now)),
    }
}

/// The newest sessions, and whether there are more.
async fn sessions_of(
    state: &WebState,
    visitor: &SignedIn,
    id: UserId,
) -> Result<(Vec<SessionRow>, bool), Problem> {
    let wanted = u32::try_from(SESSIONS + 1).unwrap_or(u32::MAX);
    let found = people::list_sessions(&state.app, &visitor.caller, &whom(visitor, id), wanted, None).await?;
    let more = found.len() > SESSIONS;
    let now = state.app.now();
    let rows = found.iter().take(SESSIONS).map(|session| sessions::row(session, now));
    Ok((rows.collect(), more))
}
