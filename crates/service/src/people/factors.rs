//! A person's second factors, for administrators: never a secret.

use secrecy::SecretString;
use serde_json::json;
use twinlock_core::{audit::EventKind, ids::FactorId, user::Power};
use twinlock_store::{recovery, users::Account};

use super::PersonError;
use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, ActingOn, NotAllowed, Whom},
    audit_log::About,
    context::Work,
    endings, enrollment_proof,
    factors::{Overview, all, overview_of},
    mail::{AdminNotice, LetterKind},
    second_factor,
};

/// What the person has.
pub async fn overview(app: &App, caller: &Caller, whom: &Whom<'_>) -> Result<Overview, NotAllowed> {
    let target = administration::look_into(app, caller, whom, Power::SeePeople).await?;
    Ok(overview_of(app, &target).await?)
}

/// Removes one factor, the last one, too, whatever the policy: a key that was lost must not stay. Without any
/// left it is as after a reset: who has no address gets the code that is answered, which opens the next enrollment.
pub async fn remove_factor(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    id: FactorId,
) -> Result<Option<SecretString>, PersonError> {
    app.transact(|| remove_factor_once(app, client, caller, whom, id)).await
}

async fn remove_factor_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
    id: FactorId,
) -> Result<Option<SecretString>, PersonError> {
    let ActingOn { acting, target } =
        administration::act_on(app, client, caller, whom, Power::Administer).await?;
    acting.require_factor()?;
    let Acting { work, actor } = acting;
    let factors = all::list(&work, target.user.id).await?;
    let factor = factors.iter().find(|factor| factor.id == id.0).ok_or(NotAllowed::NotFound)?;
    if !all::remove(&work, target.user.id, id).await? {
        return Err(NotAllowed::NotFound.into());
    }
    let last = factors.len() == 1;
    let ended = endings::of_change(&work, target.user.id, None).await?;
    let code = if last { without_factor(&work, &target).await? } else { None };
    let mut detail = json!({ "factor": id, "kind": factor.kind, "last": last, "sessions_ended": ended });
    if last {
        detail["code_handed_out"] = json!(code.is_some());
    }
    let about = About::by(&actor.user, &target.user).with(detail);
    work.record(EventKind::FactorRemoved, about).await?;
    let told = AdminNotice::FactorRemoved { method_name: factor.name.clone(), last };
    work.notify_by(&actor, &target, LetterKind::ByAdministrator(told)).await?;
    work.commit().await?;
    Ok(code)
}

/// Recovery codes alone are no factor, and the password alone must not enrol again.
async fn without_factor(work: &Work<'_>, target: &Account) -> Result<Option<SecretString>, Internal> {
    recovery::remove_all(work, target.user.id).await?;
    second_factor::forgive(work, target).await?;
    enrollment_proof::ask_and_hand_out(work, target).await
}
