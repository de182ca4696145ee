//! The caller's current password, asked for before an act: throttled like a sign-in.

use secrecy::SecretString;
use twinlock_core::audit::EventKind;
use twinlock_store::users::Account;

use crate::{
    App, Caller, Client,
    audit_log::{About, note},
    context::Work,
    password_check::{self, Attempt, Checked, Held, NotCompared},
};

/// A current password that was compared.
pub(super) struct OwnPassword(Checked);

impl OwnPassword {
    /// Compares it with the caller's, unless the account or the address must wait.
    pub(super) async fn check(
        app: &App,
        client: &Client,
        caller: &Caller,
        password: &SecretString,
    ) -> Result<Self, NotCompared> {
        let known = &caller.live.account;
        let checked = password_check::check(app, client, &Attempt::own(known, password)).await;
        checked.map(Self).inspect_err(|refusal| {
            if refusal.is_wait() {
                note(app, client, EventKind::StepUpThrottled, About::own(&known.user));
            }
        })
    }

    pub(super) fn is_right(&self) -> bool {
        self.0.right
    }

    /// Whether the account's password is the one it was compared with.
    pub(super) fn is_still(&self, account: &Account) -> bool {
        self.0.is_still(account)
    }

    /// Counts and records a wrong password, in a transaction of its own.
    pub(super) async fn refuse(
        &self,
        app: &App,
        client: &Client,
        caller: &Caller,
    ) -> Result<(), NotCompared> {
        if self.0.repeated {
            note(app, client, EventKind::StepUpRefused, About::own(&caller.live.account.user));
            return Ok(());
        }
        app.transact(|| self.refuse_once(app, client, caller)).await
    }

    async fn refuse_once(&self, app: &App, client: &Client, caller: &Caller) -> Result<(), NotCompared> {
        let about = About::own(&caller.live.account.user);
        let work = Work::begin(app, client).await?;
        self.hold(&work, caller).await?.failed(&work).await?;
        work.record(EventKind::StepUpRefused, about).await?;
        Ok(work.commit().await?)
    }

    /// Forgives earlier failures, in the transaction of the act; a wait that began meanwhile holds.
    pub(super) async fn confirm(&self, work: &Work<'_>, caller: &Caller) -> Result<(), NotCompared> {
        Ok(self.hold(work, caller).await?.succeeded(work).await?)
    }

    async fn hold(&self, work: &Work<'_>, caller: &Caller) -> Result<Held<'_>, NotCompared> {
        self.0.hold(work, work.now).await.inspect_err(|refusal| {
            if refusal.is_wait() {
                work.note(EventKind::StepUpThrottled, About::own(&caller.live.account.user));
            }
        })
    }
}
