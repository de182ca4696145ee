//! Under which keys failures of an attempt are counted.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use twinlock_core::{clock::Timestamp, ids::UserId, login_name::LoginName, password::normalize};
use twinlock_store::{
    seal::Purpose,
    throttles::{self, Counter},
    users::{self, Account},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Attempt, NotCompared};
use crate::{App, Client, Internal, browser::KnownBrowser, context::Work};

/// How the keys begin that tell a wrong password from the same one again.
pub(crate) const AGAIN: &str = "again:";
/// Seconds in which one client's same name and password are one failure.
pub(crate) const AGAIN_SECS: i64 = 600;

/// The keys of the counters that an attempt touches.
pub(super) struct Counters {
    /// Of the name that was typed.
    name: String,
    /// Of all names of the account, where there is one.
    names: Vec<String>,
    /// Of the address; none for a browser that signed in to the account before.
    address: Option<String>,
    /// Of this very attempt: client, name, password and what it was compared with.
    again: String,
}

/// What a counter counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Failures of the name that was typed.
    Typed,
    /// Failures of another name of the account.
    Name,
    /// Failures of the address.
    Address,
    /// That this very attempt was made.
    Again,
}

/// Whose failures for a name are counted together.
enum Scope {
    /// All clients'.
    Anybody,
    /// Those of an address that completed a sign-in to the account.
    Address(String),
    /// Those of a browser that did.
    Browser(KnownBrowser),
}

impl Scope {
    async fn of(app: &App, client: &Client, account: Option<&Account>) -> Result<Self, Internal> {
        let user = account.map_or(UserId(Uuid::nil()), |account| account.user.id);
        let known = users::knows_address(&app.store, user, &client.address.to_string()).await?;
        let browser = client.known_browser.filter(|known| account.is_some_and(|a| known.is_of(a)));
        Ok(match browser {
            Some(browser) => Self::Browser(browser),
            None if known => Self::Address(client.limit_key()),
            None => Self::Anybody,
        })
    }

    /// What is added to the key of a name.
    fn suffix(&self) -> String {
        match self {
            Self::Anybody => String::new(),
            Self::Address(key) => format!(":from:{key}"),
            Self::Browser(known) => format!(":browser:{}", Uuid::from_bytes(known.browser)),
        }
    }
}

impl Counters {
    pub(super) async fn of(
        app: &App,
        client: &Client,
        attempt: &Attempt<'_>,
        stored: Option<&str>,
    ) -> Result<Self, Internal> {
        let scope = Scope::of(app, client, attempt.account).await?;
        let in_scope = |prefix: String| format!("{prefix}{}", scope.suffix());
        let names = match attempt.account {
            Some(account) => prefixes(app, account)?.into_iter().map(in_scope).collect(),
            None => Vec::new(),
        };
        let (address, asker) = match &scope {
            Scope::Browser(known) => (None, Uuid::from_bytes(known.browser).to_string()),
            _ => {
                let key = client.limit_key();
                (Some(format!("address:{key}")), key)
            }
        };
        let again = again(app, &asker, attempt, stored)?;
        Ok(Self { name: in_scope(prefix(app, &attempt.name)?), names, address, again })
    }

    /// Those of a wrong password.
    pub(super) fn of_a_failure(&self) -> Vec<&str> {
        [&self.name, &self.again].into_iter().chain(&self.address).map(String::as_str).collect()
    }

    /// Those of the right one. A digest of it is not stored.
    pub(super) fn of_a_success(&self) -> Vec<&str> {
        self.names.iter().chain([&self.name]).chain(&self.address).map(String::as_str).collect()
    }

    pub(super) fn kind(&self, key: &str) -> Kind {
        if key == self.again {
            Kind::Again
        } else if key == self.name {
            Kind::Typed
        } else if self.address.as_deref() == Some(key) {
            Kind::Address
        } else {
            Kind::Name
        }
    }

    /// How long the name that was typed, or the address, must wait. No other count decides.
    pub(super) fn wait(&self, found: &[Counter], now: Timestamp) -> Option<NotCompared> {
        let wait =
            |key: &str| found.iter().find(|held| held.key == key).and_then(|held| held.failures.wait(now));
        wait(&self.name).or_else(|| wait(self.address.as_deref()?)).map(NotCompared::Wait)
    }

    /// Whether this client's same name and password were counted a short while ago.
    pub(super) fn is_repeated(&self, found: &[Counter], now: Timestamp) -> bool {
        let counted = found.iter().find(|held| held.key == self.again && held.failures.count > 0);
        counted.is_some_and(|held| (0..AGAIN_SECS).contains(&now.secs_since(held.failures.window_start)))
    }
}

/// Forgets what was counted under all names of an account. Counters come before the account's row, as at sign-in.
pub(crate) async fn forget(work: &Work<'_>, account: &Account) -> Result<(), Internal> {
    for prefix in prefixes(work.app, account)? {
        throttles::clear_prefix(work, &prefix).await?;
    }
    Ok(())
}

/// How the keys of an account's names begin, in their order.
fn prefixes(app: &App, account: &Account) -> Result<Vec<String>, Internal> {
    let user = &account.user;
    let names = [Some(&user.username), user.email.as_ref()].into_iter().flatten();
    let of = |name: &String| prefix(app, &LoginName::of(&account.tenant.slug, name));
    let mut prefixes = names.map(of).collect::<Result<Vec<_>, _>>()?;
    prefixes.sort_unstable();
    prefixes.dedup();
    Ok(prefixes)
}

/// How the keys of a name begin: a keyed digest, for a name that nobody has may be a password typed into the wrong
/// field.
fn prefix(app: &App, name: &LoginName) -> Result<String, Internal> {
    Ok(format!("password:{}", digest(app, &[b"name\0", name.bytes().as_slice()].concat())?))
}

/// The stored hash is part of it: once the password is another one, what was wrong before is compared anew.
fn again(app: &App, asker: &str, attempt: &Attempt<'_>, stored: Option<&str>) -> Result<String, Internal> {
    let password = normalize(attempt.password.expose_secret());
    let (name, stored) = (attempt.name.bytes(), stored.unwrap_or_default());
    let parts = [
        b"again".as_slice(),
        asker.as_bytes(),
        &name,
        stored.as_bytes(),
        password.expose_secret().as_bytes(),
    ];
    // With room for all of it, so that it is never moved and all copies are wiped.
    let mut data = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum()));
    for part in parts {
        data.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        data.extend_from_slice(part);
    }
    Ok(format!("{AGAIN}{}", digest(app, &data)?))
}

fn digest(app: &App, data: &[u8]) -> Result<String, Internal> {
    Ok(URL_SAFE_NO_PAD.encode(&app.keyring.tag(Purpose::Attempt, data)?.bytes[..16]))
}
