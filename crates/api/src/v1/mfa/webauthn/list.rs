//! `GET /api/v1/mfa/webauthn`

use axum::{Json, extract::State};
use serde::Serialize;
use twinlock_core::factor::webauthn::KeyKind;
use twinlock_http::{
    WebState,
    extract::{LoggedIn, MfaAvailable},
    http::{ApiQuery, Page, Problem},
};
use twinlock_service::security_keys::{self, KeyView};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::answer::ProblemDocument;

/// A security key or passkey; nothing of it is secret.
#[expect(clippy::struct_excessive_bools, reason = "facts about a key, independent of each other")]
#[derive(Serialize, ToSchema)]
pub struct KeyItem {
    /// Id.
    id: Uuid,
    /// The name its owner gave it.
    name: String,
    /// The credential id, base64url without padding.
    key_id: String,
    /// Its make as a number; a hint, unless the organisation asks for attestation.
    aaguid: Uuid,
    /// Its make in words, where it is known.
    #[schema(example = "Security key")]
    device: String,
    /// `security_key`: a second factor only. `passkey`: signs in alone as well.
    #[schema(value_type = String, example = "security_key")]
    kind: KeyKind,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, UTC; null when it was never used.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// How it is reached, as the browser said.
    transports: Vec<String>,
    /// Whether it may be copied to other devices.
    synced: bool,
    /// Whether it was copied when last seen.
    backed_up: bool,
    /// The name of the server it was registered for.
    rp_id: String,
    /// Whether it works at the server's present name.
    usable: bool,
    /// Whether it could sign in alone and does not yet: `POST /mfa/webauthn/{id}/sign-in-alone`.
    may_sign_in_alone: bool,
    /// When its signature counter last failed to rise, which may mean a copy; RFC 3339, UTC.
    #[schema(format = DateTime)]
    counter_alert_at: Option<String>,
}

impl From<KeyView> for KeyItem {
    fn from(key: KeyView) -> Self {
        Self {
            id: key.id,
            name: key.name,
            key_id: key.key_id,
            aaguid: key.aaguid,
            device: key.device,
            kind: key.kind,
            created_at: key.created_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            transports: key.transports,
            synced: key.synced,
            backed_up: key.backed_up,
            rp_id: key.rp_id,
            usable: key.usable,
            may_sign_in_alone: key.may_sign_in_alone,
            counter_alert_at: key.counter_alert_at.map(|at| at.to_string()),
        }
    }
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
pub struct KeyList {
    items: Vec<KeyItem>,
    next_cursor: Option<String>,
}

/// My security keys and passkeys, oldest first.
#[utoipa::path(
    get, path = "/api/v1/mfa/webauthn", tag = "Second factors", security(("bearer" = [])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, by default 25"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = KeyList),
        (status = 401, body = ProblemDocument, description = "`unauthenticated`"),
        (status = 422, body = ProblemDocument, description = "`validation_failed`"),
    ),
)]
pub async fn list(
    State(state): State<WebState>,
    _: MfaAvailable,
    LoggedIn(caller): LoggedIn,
    ApiQuery(page): ApiQuery<Page>,
) -> Result<Json<KeyList>, Problem> {
    let scope = format!("keys/{}", caller.live.account.user.id);
    let mut keys = security_keys::list(&state.app, &caller).await?;
    if let Some(cursor) = &page.cursor {
        let after = state.cursors.decode(&scope, cursor)?;
        let start = keys.iter().position(|key| key.id.as_bytes() == after.as_slice()).map_or(0, |at| at + 1);
        keys.drain(..start);
    }
    let limit = page.limit.get() as usize;
    let more = keys.len() > limit;
    keys.truncate(limit);
    let last = keys.last().filter(|_| more).map(|key| key.id);
    let next_cursor = last.map(|id| state.cursors.encode(&scope, id.as_bytes()));
    Ok(Json(KeyList { items: keys.into_iter().map(KeyItem::from).collect(), next_cursor }))
}
