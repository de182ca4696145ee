//! One transaction of a use case, with everything it is done with.

use std::ops::Deref;

use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Timestamp,
};
use twinlock_store::{StoreError, Tx, users::Account};

use crate::{
    App, Client, Internal,
    audit_log::{self, About},
    mail::{self, LetterKind},
};

/// Where an act comes from.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// A request over the network.
    Request(&'a Client),
    /// The command line, or the server itself.
    Machine(ActorKind),
}

/// A use case under way: its transaction, the application, where it comes from, and when it is.
///
/// It ends in one of three ways. [`Work::commit`] makes it durable; [`Work::refuse`] makes durable what a refusal must
/// leave behind, such as a counted failure; dropped, it leaves nothing.
pub(crate) struct Work<'a> {
    tx: Tx,
    /// The application.
    pub(crate) app: &'a App,
    /// Where it comes from.
    pub(crate) origin: Origin<'a>,
    /// When it began: one time for everything that it writes.
    pub(crate) now: Timestamp,
}

impl<'a> Work<'a> {
    /// Begins what a request asks for.
    ///
    /// # Errors
    /// The database gave no transaction.
    pub(crate) async fn begin(app: &'a App, client: &'a Client) -> Result<Self, StoreError> {
        Self::begin_from(app, Origin::Request(client)).await
    }

    /// Begins what nobody asked for: a job of the server's own.
    ///
    /// # Errors
    /// The database gave no transaction.
    pub(crate) async fn of_server(app: &'a App) -> Result<Self, StoreError> {
        Self::begin_from(app, Origin::Machine(ActorKind::System)).await
    }

    /// Begins an act of whoever is at the server's command line.
    ///
    /// # Errors
    /// The database gave no transaction.
    pub(crate) async fn at_command_line(app: &'a App) -> Result<Self, StoreError> {
        Self::begin_from(app, Origin::Machine(ActorKind::CommandLine)).await
    }

    /// Begins an act from wherever it comes.
    ///
    /// # Errors
    /// The database gave no transaction.
    pub(crate) async fn begin_from(app: &'a App, origin: Origin<'a>) -> Result<Self, StoreError> {
        let tx = app.store.begin().await?;
        Ok(Self { tx, app, origin, now: app.now() })
    }

    /// Makes everything durable, or nothing. Callers whose account, session or tenant changed are forgotten, here at
    /// once; also where nobody knows whether the commit arrived.
    ///
    /// # Errors
    /// The database refused, or the connection was lost on the way.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let Self { tx, app, .. } = self;
        let stale = tx.made_stale();
        let outcome = tx.commit().await;
        app.cache.forget(&stale);
        outcome
    }

    /// Refuses, and makes durable what was counted and recorded so far; answers the error.
    pub(crate) async fn refuse<E: From<StoreError>>(self, error: E) -> E {
        match self.commit().await {
            Ok(()) => error,
            Err(failed) => failed.into(),
        }
    }

    /// The client of the request, where one asked.
    pub(crate) fn client(&self) -> Option<&'a Client> {
        match self.origin {
            Origin::Request(client) => Some(client),
            Origin::Machine(_) => None,
        }
    }

    /// Appends an event to the audit log. A refusal that the same source repeats within a minute is added to its row.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn record(&self, kind: EventKind, about: About<'_>) -> Result<(), Internal> {
        match self.origin {
            Origin::Request(client) => audit_log::record(self, client, kind, about).await,
            Origin::Machine(actor) => audit_log::record_of_machine(self, actor, kind, about).await,
        }
    }

    /// Notes a refusal that leaves nothing else in the database: it is written later, with others of its kind.
    pub(crate) fn note(&self, kind: EventKind, about: About<'_>) {
        if let Some(client) = self.client() {
            audit_log::note(self.app, client, kind, about);
        }
    }

    /// Tells a person what was done to their account, at every address that counts now.
    ///
    /// # Errors
    /// The database, or a message that cannot be rendered.
    pub(crate) async fn notify(&self, account: &Account, kind: LetterKind) -> Result<(), Internal> {
        mail::notify(self, account, kind).await
    }

    /// The same of the act of an administrator, who is named.
    ///
    /// # Errors
    /// The database, or a message that cannot be rendered.
    pub(crate) async fn notify_by(
        &self,
        actor: &Account,
        account: &Account,
        kind: LetterKind,
    ) -> Result<(), Internal> {
        mail::notify_by(self, actor, account, kind).await
    }
}

impl Deref for Work<'_> {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}
