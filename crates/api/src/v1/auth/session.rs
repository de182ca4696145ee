//! `GET /api/v1/auth/session`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_http::{WebState, extract::OwnSession, http::Problem};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::{ProblemDocument, User};

/// The session of the token presented, and what that token proves.
#[derive(Serialize, ToSchema)]
pub struct CurrentSession {
    /// Id.
    id: Uuid,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// Its absolute end; RFC 3339, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Methods, RFC 8176.
    amr: Vec<&'static str>,
    /// `aal1`, `aal2` or `aal3`.
    acr: &'static str,
    /// When the newest proof was given; RFC 3339, UTC.
    #[schema(format = DateTime)]
    auth_time: String,
}

/// Who is signed in, and how.
#[derive(Serialize, ToSchema)]
pub struct SessionAnswer {
    user: User,
    session: CurrentSession,
}

/// Who am I?
#[utoipa::path(
    get, path = "/api/v1/auth/session", tag = "Signing in", security(("bearer" = [])),
    responses(
        (status = 200, body = SessionAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
    ),
)]
pub async fn session(
    State(state): State<WebState>,
    OwnSession(caller): OwnSession,
) -> Result<Json<SessionAnswer>, Problem> {
    let live = &caller.live;
    let life = live.session.lifetime;
    let session = CurrentSession {
        id: live.session.id.0,
        created_at: life.created_at.to_string(),
        expires_at: life.expires_at.to_string(),
        amr: live.proofs.amr(),
        acr: live.proofs.acr(),
        auth_time: live.proofs.auth_time().to_string(),
    };
    Ok(Json(SessionAnswer { user: caller.user_view(&state.app).into(), session }))
}
