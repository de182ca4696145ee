//! What ends when a person's factors, password, status or address change (security.md, decisions 6 and 8).
//!
//! What that is for each kind of state is listed in the store, in one place ([`short_lived`]).

use twinlock_core::ids::{SessionId, UserId};
use twinlock_store::sessions::short_lived::{self, End, Of};

use crate::{Internal, context::Work};

/// Ends the person's other sessions and whatever is half-finished or was sent, and no browser is one that signed in
/// before; answers how many sessions. The session `keep` goes on.
pub(crate) async fn of_change(
    work: &Work<'_>,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, Internal> {
    Ok(short_lived::end(work, Of::Person { user, keep }, End::Change, work.now).await?)
}

/// Ends the links of somebody who was invited and has come.
pub(crate) async fn of_invitation(work: &Work<'_>, user: UserId) -> Result<(), Internal> {
    short_lived::end(work, Of::Person { user, keep: None }, End::Opened, work.now).await?;
    Ok(())
}

/// Ends what was sent to an earlier address, or handed over in its place.
pub(crate) async fn of_new_address(work: &Work<'_>, user: UserId) -> Result<(), Internal> {
    short_lived::end(work, Of::Person { user, keep: None }, End::NewAddress, work.now).await?;
    Ok(())
}
