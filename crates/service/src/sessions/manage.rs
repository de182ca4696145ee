//! A person's own sessions: list, end one, end the others, sign out.

use twinlock_core::{
    audit::EventKind,
    ids::{SessionId, UserId},
};
use twinlock_store::{
    sessions::{self, Session},
    users,
};

use super::{Caller, end_others};
use crate::{App, Client, Internal, audit_log::About, context::Work};

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// No live session of this person has that id.
    #[error("no such session")]
    NotFound,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// The caller's live sessions, newest first, after `before`.
pub async fn list(
    app: &App,
    caller: &Caller,
    limit: u32,
    before: Option<SessionId>,
) -> Result<Vec<Session>, Internal> {
    live_of(app, caller.live.account.user.id, limit, before).await
}

/// The live sessions of a person, newest first, after `before`.
pub(crate) async fn live_of(
    app: &App,
    user: UserId,
    limit: u32,
    before: Option<SessionId>,
) -> Result<Vec<Session>, Internal> {
    let mut found = sessions::live_of_user(&app.store, user, app.now(), limit, before).await?;
    for session in &mut found {
        session.lifetime.last_used_at = app.touches.latest(session.id, session.lifetime.last_used_at);
    }
    Ok(found)
}

/// Ends one of the caller's sessions (their own current one, too).
pub async fn end(app: &App, client: &Client, caller: &Caller, id: SessionId) -> Result<(), EndError> {
    app.transact(|| end_once(app, client, caller, id)).await
}

async fn end_once(app: &App, client: &Client, caller: &Caller, id: SessionId) -> Result<(), EndError> {
    let user = &caller.live.account.user;
    let work = Work::begin(app, client).await.map_err(Internal::from)?;
    users::lock(&work, user.id).await.map_err(Internal::from)?;
    if !sessions::end(&work, user.id, id, app.now()).await.map_err(Internal::from)? {
        return Err(EndError::NotFound);
    }
    let about = About::own(user).with(serde_json::json!({ "session": id }));
    work.record(EventKind::SessionEnded, about).await?;
    work.commit().await.map_err(Internal::from)?;
    Ok(())
}

/// Ends all the caller's sessions but this one; answers how many.
pub async fn end_all_others(app: &App, client: &Client, caller: &Caller) -> Result<u64, Internal> {
    app.transact(|| end_all_others_once(app, client, caller)).await
}

async fn end_all_others_once(app: &App, client: &Client, caller: &Caller) -> Result<u64, Internal> {
    let live = &caller.live;
    let work = Work::begin(app, client).await?;
    users::lock(&work, live.account.user.id).await?;
    let ended = end_others(&work, live.account.user.id, Some(live.session.id)).await?;
    let about = About::own(&live.account.user).with(serde_json::json!({ "ended": ended }));
    work.record(EventKind::SessionsEnded, about).await?;
    work.commit().await?;
    Ok(ended)
}

/// Signs out. Signing out twice is no error.
pub async fn logout(app: &App, client: &Client, caller: &Caller) -> Result<(), Internal> {
    app.transact(|| logout_once(app, client, caller)).await
}

async fn logout_once(app: &App, client: &Client, caller: &Caller) -> Result<(), Internal> {
    let live = &caller.live;
    let work = Work::begin(app, client).await?;
    users::lock(&work, live.account.user.id).await?;
    if sessions::end(&work, live.account.user.id, live.session.id, app.now()).await? {
        work.record(EventKind::SignedOut, About::own(&live.account.user)).await?;
    }
    work.commit().await?;
    Ok(())
}
