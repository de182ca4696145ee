//! `GET /api/v1/operators/health`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_http::{
    WebState,
    extract::{Operator, RequestClient},
    http::Problem,
};
use twinlock_service::operators::{
    By,
    server::{self, MigrationState, ServerHealth},
};
use utoipa::ToSchema;

use crate::v1::answer::ProblemDocument;

/// How the database is doing.
#[derive(Serialize, ToSchema)]
pub struct DatabaseHealth {
    /// `sqlite` or `postgresql`.
    kind: String,
    /// `current`, `behind`, `newer` or `empty`: how the schema relates to this program.
    #[schema(example = "current")]
    migrations: String,
    /// The newest migration that this program has.
    newest_migration: String,
}

/// How the machine's clock is doing.
#[derive(Serialize, ToSchema)]
pub struct ClockHealth {
    /// The machine's time; RFC 3339, UTC.
    #[schema(format = DateTime)]
    now: String,
    /// Whether it is behind the latest time that was seen.
    set_back: bool,
}

/// Mails that have not left.
#[derive(Serialize, ToSchema)]
pub struct MailHealth {
    /// Whether mail leaves the server, rather than being written to files.
    smtp: bool,
    /// Still to be tried.
    waiting: i64,
    /// Given up.
    failed: i64,
}

/// How this node is doing.
#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    /// Whether it can serve, as `/readyz` says.
    ready: bool,
    /// Its version.
    version: String,
    /// When it started; RFC 3339, UTC.
    #[schema(format = DateTime)]
    started_at: String,
    /// For how long it has been running.
    uptime_seconds: i64,
    /// The database.
    database: DatabaseHealth,
    /// The clock.
    clock: ClockHealth,
    /// The mail queue.
    mail: MailHealth,
    /// Passwords that wait to be hashed.
    hashing_queue: u64,
}

/// How the schema relates to this program, as it is written here.
fn migrations(found: &ServerHealth) -> &'static str {
    match found.migrations {
        MigrationState::Empty => "empty",
        MigrationState::Behind => "behind",
        MigrationState::Current => "current",
        MigrationState::Newer => "newer",
    }
}

impl From<ServerHealth> for HealthAnswer {
    fn from(found: ServerHealth) -> Self {
        Self {
            ready: found.ready,
            version: found.version.to_owned(),
            started_at: found.started_at.to_string(),
            uptime_seconds: found.uptime_secs,
            database: DatabaseHealth {
                kind: found.database.to_owned(),
                migrations: migrations(&found).to_owned(),
                newest_migration: found.newest_migration,
            },
            clock: ClockHealth { now: found.clock.to_string(), set_back: found.clock_set_back },
            mail: MailHealth { smtp: found.smtp, waiting: found.mail.waiting, failed: found.mail.dead },
            hashing_queue: u64::try_from(found.hashing_queue).unwrap_or(u64::MAX),
        }
    }
}

/// How is this node doing? Database, schema, clock, version, mail. For operators.
#[utoipa::path(
    get, path = "/api/v1/operators/health", tag = "Operators", security(("bearer" = [])),
    responses(
        (status = 200, body = HealthAnswer),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 403, body = ProblemDocument, description = "`step_up_required`"),
        (status = 404, body = ProblemDocument, description = "`not_found`: also to whoever is no operator"),
    ),
)]
pub async fn health(
    State(state): State<WebState>,
    Operator(caller): Operator,
    RequestClient(client): RequestClient,
) -> Result<Json<HealthAnswer>, Problem> {
    Ok(Json(server::health(&state.app, By::Session(&client, &caller)).await?.into()))
}
