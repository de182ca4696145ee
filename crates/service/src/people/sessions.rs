//! Where a person is signed in, and ending it.

use serde_json::json;
use twinlock_core::{audit::EventKind, ids::SessionId, user::Power};
use twinlock_store::sessions::Session;

use super::PersonError;
use crate::{
    App, Caller, Client,
    administration::{self, Acting, ActingOn, NotAllowed, Whom},
    audit_log::About,
    mail::{AdminNotice, LetterKind},
    sessions,
};

/// The person's live sessions, newest first, after `before`.
pub async fn list_sessions(
    app: &App,
    caller: &Caller,
    whom: &Whom<'_>,
    limit: u32,
    before: Option<SessionId>,
) -> Result<Vec<Session>, NotAllowed> {
    let target = administration::look_into(app, caller, whom, Power::Administer).await?;
    Ok(sessions::live_of(app, target.user.id, limit, before).await?)
}

/// Signs the person out everywhere; half-finished sign-ins end, too.
pub async fn end_sessions(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
) -> Result<(), PersonError> {
    app.transact(|| end_sessions_once(app, client, caller, whom)).await
}

async fn end_sessions_once(
    app: &App,
    client: &Client,
    caller: &Caller,
    whom: &Whom<'_>,
) -> Result<(), PersonError> {
    let ActingOn { acting, target } =
        administration::act_on_anybody(app, client, caller, whom, Power::Administer).await?;
    let Acting { work, actor } = acting;
    let ended = sessions::end_others(&work, target.user.id, None).await?;
    let about = About::by(&actor.user, &target.user).with(json!({ "ended": ended }));
    work.record(EventKind::SessionsEnded, about).await?;
    work.notify_by(&actor, &target, LetterKind::ByAdministrator(AdminNotice::SessionsEnded)).await?;
    work.commit().await?;
    Ok(())
}
