//! Whether a person may sign in, as the command line decides.

use serde_json::json;
use twinlock_core::{audit::EventKind, user::Status};
use twinlock_store::users;

use super::{AdminError, find, hold, missing, record, tell};
use crate::{App, UserView, context::Work, endings, password_check};

/// Forgets a person's wrong codes and wrong passwords: nothing has to wait any more.
pub async fn unlock(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    app.transact(|| unlock_once(app, slug, name)).await
}

async fn unlock_once(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    let found = find(app, slug, name).await?;
    let user = found.user.id;
    let work = Work::at_command_line(app).await?;
    // Counters come before the account, as at sign-in.
    password_check::forget(&work, &found).await?;
    let account = users::hold(&work, user).await?.ok_or_else(|| missing(slug, name))?;
    users::clear_failures(&work, user).await?;
    record(&work, EventKind::UserUnlocked, &account, json!({})).await?;
    tell(&work, &account, "was unlocked").await?;
    work.commit().await?;
    Ok(UserView::of(app, &account))
}

/// Keeps a person from signing in, and ends what is open for them.
pub async fn suspend(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    set_status(app, slug, name, Status::Suspended).await
}

/// Lets a suspended person sign in again.
pub async fn activate(app: &App, slug: &str, name: &str) -> Result<UserView, AdminError> {
    set_status(app, slug, name, Status::Active).await
}

async fn set_status(app: &App, slug: &str, name: &str, status: Status) -> Result<UserView, AdminError> {
    app.transact(|| set_status_once(app, slug, name, status)).await
}

async fn set_status_once(app: &App, slug: &str, name: &str, status: Status) -> Result<UserView, AdminError> {
    let (work, mut account) = hold(app, slug, name).await?;
    let user = account.user.id;
    if status == Status::Active && account.user.password_hash.is_none() {
        return Err(AdminError::Invited);
    }
    users::set_status(&work, &account.user, status).await?;
    // A link sent before must not open the account after.
    let ended = endings::of_change(&work, user, None).await?;
    let detail = json!({ "old": account.user.status, "new": status, "sessions_ended": ended });
    record(&work, EventKind::UserStatusChanged, &account, detail).await?;
    let what = if status == Status::Active { "was opened again" } else { "was suspended" };
    tell(&work, &account, what).await?;
    work.commit().await?;
    account.user.status = status;
    Ok(UserView::of(app, &account))
}
