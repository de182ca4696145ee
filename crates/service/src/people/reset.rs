//! Helping somebody who lost their second factors.

use secrecy::SecretString;
use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    factor::typed::is_blank,
    ids::UserId,
    name::validate_reason,
    user::{Power, Status},
};

use super::PersonError;
use crate::{
    App, Caller, Client,
    administration::{self, Acting, ActingOn, Whom},
    audit_log::About,
    mfa_reset,
    setup::FieldProblem,
};

/// Somebody without second factors.
#[derive(Debug)]
pub struct MfaReset {
    /// Who.
    pub user: UserId,
    /// For who has no address: the code that opens the next enrollment, shown only now.
    pub enrollment_code: Option<SecretString>,
}

/// Takes the person's second factors and recovery codes, ends their sessions, and tells them. Their password
/// stays, and does not enrol alone.
pub async fn reset_mfa(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    reason: Option<&str>,
) -> Result<MfaReset, PersonError> {
    app.transact(|| reset_mfa_once(app, client, caller, whom, reason)).await
}

async fn reset_mfa_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    reason: Option<&str>,
) -> Result<MfaReset, PersonError> {
    let ActingOn { acting, target } =
        administration::act_on(app, client, caller, whom, Power::ResetFactors).await?;
    let reason = reason
        .filter(|reason| !is_blank(reason))
        .map(validate_reason)
        .transpose()
        .map_err(FieldProblem::of("reason"));
    let reason = reason.map_err(|problem| PersonError::Invalid(vec![problem]))?;
    acting.require_factor()?;
    if target.user.status == Status::Invited {
        return Err(PersonError::StillInvited);
    }
    let Acting { work, actor } = acting;
    let done = mfa_reset::apply(&work, &target, Some(&actor)).await?;
    let mut detail = done.detail;
    if let Some(reason) = reason {
        detail["reason"] = json!(reason);
    }
    work.record(EventKind::MfaReset, About::by(&actor.user, &target.user).with(detail)).await?;
    work.commit().await?;
    Ok(MfaReset { user: target.user.id, enrollment_code: done.enrollment_code })
}
