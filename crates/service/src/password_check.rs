//! Throttled password checks: the first step of every login, and everywhere else a password is asked.
//!
//! Whether the account exists makes no difference: the same statements run, the same derivation, and
//! the same counters are kept.

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use twinlock_core::{clock::Timestamp, ids::UserId, password::Origin, throttle::Failures};
use twinlock_store::{
    Tx, throttles,
    users::{self, Account},
};
use uuid::Uuid;

use crate::{App, Client, Internal, password, recover};

/// Prefix of the counters of one account.
pub(crate) fn account_prefix(user: UserId) -> String {
    format!("password:{user}")
}

/// The counters that a password attempt touches.
pub(crate) struct Counters {
    account: String,
    address: String,
}

/// A password that was compared, with what is needed to record the outcome.
pub(crate) struct Checked {
    /// Whether it is the account's password.
    pub(crate) right: bool,
    /// The hash it was compared with.
    pub(crate) against: Option<String>,
    /// The same password under today's parameters.
    pub(crate) rehashed: Option<String>,
    counters: Counters,
}

/// Seconds until another attempt is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Wait(pub(crate) i64);

/// Compares a password, unless the account or the address must wait.
pub(crate) async fn check(
    app: &App,
    client: &Client,
    account: Option<&Account>,
    typed_name: &str,
    password: &SecretString,
) -> Result<Result<Checked, Wait>, Internal> {
    let counters = counters(app, client, account, typed_name).await?;
    let now = app.now();
    for counter in throttles::read(&app.store, &[&counters.account, &counters.address]).await? {
        if let Some(wait) = counter.failures.wait(now) {
            return Ok(Err(Wait(wait)));
        }
    }
    // A closed account has no password that would do, nor has one whose given password lapsed: the right one costs what
    // a wrong one costs.
    let lapsed = |account: &Account| Origin::of(account.user.password_given_at, now) == Origin::Lapsed;
    let open = account.filter(|account| recover::may_sign_in(account) && !lapsed(account));
    let stored = open.and_then(|account| account.user.password_hash.clone());
    let verdict = password::verify(app, password, stored.as_deref()).await?;
    Ok(Ok(Checked { right: verdict.right, against: stored, rehashed: verdict.rehashed, counters }))
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
    pub(crate) async fn hold(&self, tx: &Tx, now: Timestamp) -> Result<Result<Held<'_>, Wait>, Internal> {
        let keys = [self.counters.account.as_str(), self.counters.address.as_str()];
        let held = throttles::hold(tx, &keys, now).await?;
        let failures = |key: &str| held.iter().find(|c| c.key == key).map(|c| c.failures).unwrap_or_default();
        let held = Held {
            counters: &self.counters,
            account: failures(&self.counters.account),
            address: failures(&self.counters.address),
        };
        match held.account.wait(now).or(held.address.wait(now)) {
            Some(wait) => Ok(Err(Wait(wait))),
            None => Ok(Ok(held)),
        }
    }
}

/// Counters held for the rest of a transaction.
pub(crate) struct Held<'a> {
    counters: &'a Counters,
    account: Failures,
    address: Failures,
}

impl Held<'_> {
    /// Counts a failure for the account and for the address.
    pub(crate) async fn failed(&self, tx: &Tx, now: Timestamp) -> Result<(), Internal> {
        throttles::write(tx, &self.counters.account, self.account.after_wrong_password(now)).await?;
        throttles::write(tx, &self.counters.address, self.address.after_address_failure(now)).await?;
        Ok(())
    }

    /// Forgives the account's failures. The address's stay: one right password of an attacker's own
    /// must not buy a hundred guesses.
    pub(crate) async fn succeeded(&self, tx: &Tx) -> Result<(), Internal> {
        if self.account.count > 0 {
            throttles::write(tx, &self.counters.account, Failures::default()).await?;
        }
        Ok(())
    }
}

/// Which counters an attempt touches. A browser or an address that completed a sign-in to the account
/// before is counted apart, so that a stranger's failures do not slow the owner down.
async fn counters(
    app: &App,
    client: &Client,
    account: Option<&Account>,
    typed_name: &str,
) -> Result<Counters, Internal> {
    let user = account.map_or(UserId(Uuid::nil()), |account| account.user.id);
    let address = client.address.to_string();
    let knows_address = users::knows_address(&app.store, user, &address).await?;
    let known_browser = client.known_browser.filter(|known| known.user == user);
    let base = match account {
        Some(_) => account_prefix(user),
        None => format!("password?{}", digest(typed_name)),
    };
    let account = match known_browser {
        Some(known) => format!("{base}:browser:{}", Uuid::from_bytes(known.browser)),
        None if knows_address => format!("{base}:from:{}", client.address_key),
        None => base,
    };
    Ok(Counters { account, address: format!("address:{}", client.address_key) })
}

/// A name that no account has: kept as a digest, for it may be a password typed into the wrong field.
fn digest(name: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &digest[..16])
}
