//! Throttled password checks: the first step of every login, and everywhere else a password is asked.
//!
//! Whether the account exists makes no difference: the same statements run, the same derivation, and
//! the same counters are kept, under what was typed (ADR 0016).

mod counters;

use secrecy::SecretString;
use twinlock_core::{clock::Timestamp, login_name::LoginName, password::Origin, throttle::Failures};
use twinlock_store::{
    Tx,
    throttles::{self, Counter},
    users::Account,
};

use crate::{App, Client, Internal, password, recover};
pub(crate) use counters::{AGAIN, AGAIN_SECS, forget};
use counters::{Counters, Kind};

/// Who somebody says they are, whom that leads to, and their password.
pub(crate) struct Attempt<'a> {
    pub(crate) name: LoginName,
    pub(crate) account: Option<&'a Account>,
    pub(crate) password: &'a SecretString,
}

impl<'a> Attempt<'a> {
    /// Of somebody who is signed in: it counts as if they had typed their user name.
    pub(crate) fn own(account: &'a Account, password: &'a SecretString) -> Self {
        let name = LoginName::of(&account.tenant.slug, &account.user.username);
        Self { name, account: Some(account), password }
    }
}

/// A password that was compared, with what is needed to record the outcome.
pub(crate) struct Checked {
    /// Whether it is the account's password.
    pub(crate) right: bool,
    /// It was wrong a moment ago, from the same client, and was not compared again: nothing is counted, and the
    /// caller has nothing to write.
    pub(crate) repeated: bool,
    /// The hash it was compared with.
    pub(crate) against: Option<String>,
    /// The same password under today's parameters.
    pub(crate) rehashed: Option<String>,
    counters: Counters,
}

/// Why a password was not compared, or does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCompared {
    /// Too many failures: seconds until another attempt is evaluated.
    #[error("too many attempts")]
    Wait(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(NotCompared);

impl NotCompared {
    /// Whether it is a wait, which is noted in the audit log by whoever asked.
    pub(crate) fn is_wait(&self) -> bool {
        matches!(self, Self::Wait(_))
    }
}

/// Compares a password, unless the name or the address must wait.
pub(crate) async fn check(app: &App, client: &Client, attempt: &Attempt<'_>) -> Result<Checked, NotCompared> {
    // A closed account has no password that would do, nor has one whose given password lapsed: the right one costs what
    // a wrong one costs.
    let now = app.now();
    let lapsed = |account: &Account| Origin::of(account.user.password_given_at, now) == Origin::Lapsed;
    let open = attempt.account.filter(|account| recover::may_sign_in(account) && !lapsed(account));
    let stored = open.and_then(|account| account.user.password_hash.clone());
    let counters = Counters::of(app, client, attempt, stored.as_deref()).await?;
    let found = throttles::read(&app.store, &counters.of_a_failure()).await?;
    if let Some(wait) = counters.wait(&found, now) {
        return Err(wait);
    }
    if counters.is_repeated(&found, now) {
        let checked = Checked { right: false, repeated: true, against: stored, rehashed: None, counters };
        return Ok(checked);
    }
    let verdict = password::verify(app, attempt.password, stored.as_deref()).await?;
    let (right, rehashed) = (verdict.right, verdict.rehashed);
    Ok(Checked { right, repeated: false, against: stored, rehashed, counters })
}

impl Checked {
    /// Whether the account's password is still the one it was compared with. That another request
    /// stored it under newer parameters meanwhile makes no difference.
    pub(crate) fn is_still(&self, account: &Account) -> bool {
        match (&self.against, &account.user.password_hash) {
            (Some(compared), Some(stored)) => password::is_same(compared, stored),
            _ => false,
        }
    }

    /// Holds the counters; answers the wait that began since the password was compared. Among many
    /// attempts at once no more than the budget are evaluated.
    pub(crate) async fn hold(&self, tx: &Tx, now: Timestamp) -> Result<Held<'_>, NotCompared> {
        let keys = if self.right { self.counters.of_a_success() } else { self.counters.of_a_failure() };
        let found = throttles::hold(tx, &keys, now).await?;
        match self.counters.wait(&found, now) {
            Some(wait) => Err(wait),
            None => Ok(Held { counters: &self.counters, found, now }),
        }
    }
}

/// Counters held for the rest of a transaction.
pub(crate) struct Held<'a> {
    counters: &'a Counters,
    found: Vec<Counter>,
    now: Timestamp,
}

impl Held<'_> {
    /// Counts a failure for the name and for the address; once only, where the same client repeats itself.
    pub(crate) async fn failed(&self, tx: &Tx) -> Result<(), Internal> {
        let repeated = self.counters.is_repeated(&self.found, self.now);
        let counted: Vec<_> = self.found.iter().map(|held| self.after_failure(held, repeated)).collect();
        Ok(throttles::write(tx, &counted, self.now).await?)
    }

    fn after_failure(&self, held: &Counter, repeated: bool) -> Counter {
        let failures = match self.counters.kind(&held.key) {
            _ if repeated => held.failures,
            Kind::Name => held.failures,
            Kind::Typed => held.failures.after_wrong_password(self.now),
            Kind::Address => held.failures.after_address_failure(self.now),
            Kind::Again => Failures { count: 1, window_start: self.now, ..Failures::default() },
        };
        Counter { key: held.key.clone(), failures }
    }

    /// Forgives the failures of all the account's names. The address's stay: one right password of an attacker's own
    /// must not buy a hundred guesses.
    pub(crate) async fn succeeded(&self, tx: &Tx) -> Result<(), Internal> {
        let is_name = |held: &Counter| matches!(self.counters.kind(&held.key), Kind::Typed | Kind::Name);
        let failed = |held: &&Counter| is_name(held) && held.failures.count > 0;
        let forgiven = |held: &Counter| Counter { key: held.key.clone(), failures: Failures::default() };
        let forgiven: Vec<_> = self.found.iter().filter(failed).map(forgiven).collect();
        if !forgiven.is_empty() {
            throttles::write(tx, &forgiven, self.now).await?;
        }
        Ok(())
    }
}
