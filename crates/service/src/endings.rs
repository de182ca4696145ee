//! What ends when a person's factors, password or status change (security.md, decision 8).

use twinlock_core::ids::{SessionId, UserId};
use twinlock_store::{Tx, links, mail_codes};

use crate::{App, Internal, sessions};

/// Ends the person's other sessions, half-finished logins, unconfirmed set-ups, mailed links and mailed
/// codes; answers how many sessions. The session `keep` goes on. The caller voids the cache after the
/// commit.
pub(crate) async fn of_change(
    tx: &Tx,
    app: &App,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, Internal> {
    let ended = sessions::end_others(tx, app, user, keep).await?;
    links::revoke_all(tx, user).await?;
    mail_codes::end(tx, user).await?;
    Ok(ended)
}
