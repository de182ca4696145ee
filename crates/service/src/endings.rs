//! What ends when a person's factors, password, status or address change (security.md, decisions 6 and 8).

use twinlock_core::ids::{SessionId, UserId};
use twinlock_store::{
    Tx, challenges,
    links::{self, LinkPurpose},
    mail_codes, users,
};

use crate::{Internal, context::Work, sessions};

/// Ends the person's other sessions, half-finished logins, unconfirmed set-ups, challenges, links, codes and
/// opened enrolments, and no browser is one that signed in before; answers how many sessions. The session `keep` goes on. The caller voids the cache after the
/// commit.
pub(crate) async fn of_change(
    work: &Work<'_>,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, Internal> {
    let ended = sessions::end_others(work, user, keep).await?;
    links::revoke_all(work, user).await?;
    challenges::remove_all(work, user).await?;
    mail_codes::end(work, user).await?;
    users::begin_anew(work, user).await?;
    Ok(ended)
}

/// The same after a change of the address: what was sent to the earlier one, or handed over in its place.
pub(crate) async fn of_new_address(tx: &Tx, user: UserId) -> Result<(), Internal> {
    links::revoke(tx, LinkPurpose::Enrollment, Some(user)).await?;
    mail_codes::end(tx, user).await?;
    Ok(users::close_enrollment(tx, user).await?)
}
