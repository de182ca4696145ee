//! A deadline of one person's own, set by an administrator with a reason.

use serde_json::json;
use twinlock_core::{audit::EventKind, clock::Timestamp, user::Power};
use twinlock_store::users;

use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, ActingOn, NotAllowed, Whom},
    audit_log::About,
    mfa_status::{Without, deadline},
};

/// The furthest deadline from now, in seconds: as long as the longest grace period.
const MAX_SECS: i64 = 365 * 86_400;
/// The longest reason, in code points.
const MAX_REASON: usize = 500;

/// Why no deadline was set.
#[derive(Debug, thiserror::Error)]
pub enum DeadlineError {
    /// The caller may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Too far away.
    #[error("must be within 365 days")]
    TooFar,
    /// No reason, or one that is too long.
    #[error("must have 1 to 500 characters")]
    BadReason,
    /// The organisation does not require a second factor: there is no deadline to change.
    #[error("the organisation does not require a second factor")]
    NotRequired,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(DeadlineError);

/// Sets a person's own deadline, later or earlier than the organisation's.
pub async fn set(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    wanted: (Timestamp, &str),
) -> Result<Without, DeadlineError> {
    app.transact(|| set_once(app, client, caller, whom, wanted)).await
}

async fn set_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    wanted: (Timestamp, &str),
) -> Result<Without, DeadlineError> {
    let (at, reason) = (wanted.0, reason(wanted.1)?);
    let now = app.now();
    if at > now.plus_secs(MAX_SECS) {
        return Err(DeadlineError::TooFar);
    }
    let ActingOn { acting: Acting { work, actor }, mut target } =
        administration::act_on(app, client, caller, whom, Power::Administer).await?;
    if !target.tenant.settings.mfa_required {
        return Err(DeadlineError::NotRequired);
    }
    users::set_mfa_deadline(&work, target.user.id, Some(at)).await?;
    let detail = json!({ "old": deadline(&target, now), "new": at, "reason": reason });
    let about = About { user: Some(target.user.id), ..About::own(&actor.user) }.with(detail);
    work.record(EventKind::MfaDeadlineChanged, about).await?;
    work.commit().await?;
    target.user.mfa_deadline = Some(at);
    Ok(Without::of(app, &target))
}

fn reason(raw: &str) -> Result<&str, DeadlineError> {
    let text = raw.trim();
    let fits = (1..=MAX_REASON).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(DeadlineError::BadReason) }
}
