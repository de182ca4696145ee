//! A person's act on what is theirs.

use std::ops::Deref;

use twinlock_store::users::Account;

use super::Work;
use crate::{App, Caller, Client, Internal, sessions};

/// A person's own act under way: their row is held, and their session was still open when it was.
pub(crate) struct OwnWork<'a> {
    /// The act.
    pub(crate) work: Work<'a>,
    /// The session that acts.
    pub(crate) caller: &'a Caller,
    /// The person, as they are now.
    pub(crate) account: Account,
}

impl<'a> OwnWork<'a> {
    /// Begins the act; none where the session ended meanwhile.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn begin(
        app: &'a App,
        client: &'a Client,
        caller: &'a Caller,
    ) -> Result<Option<Self>, Internal> {
        let work = Work::begin(app, client).await?;
        let account = sessions::hold_own(&work, caller).await?;
        Ok(account.map(|account| Self { work, caller, account }))
    }
}

impl<'a> Deref for OwnWork<'a> {
    type Target = Work<'a>;

    fn deref(&self) -> &Work<'a> {
        &self.work
    }
}
