//! Mail: written in the transaction it tells about, sealed in the outbox, delivered after the commit.

mod administration;
mod compose;
mod deliver;
mod letter;
pub(crate) mod link;
mod operators;
mod postman;
mod smtp;
mod wording;

pub(crate) use administration::AdminNotice;
pub use deliver::deliver_due;
pub use link::LinkView;
pub(crate) use operators::OperatorNotice;
pub use postman::{Postman, PostmanError, default_from};
pub use smtp::SmtpServer;

use twinlock_core::{clock::Timestamp, ids::MailId, user::EARLIER_ADDRESS_SECS};
use twinlock_store::{
    Tx, outbox,
    seal::Purpose,
    users::{Account, User},
};
use zeroize::Zeroizing;

use crate::{App, Client, Internal};

/// What a mail says.
#[derive(Clone)]
pub(crate) enum LetterKind {
    /// A link that sets a new password.
    PasswordResetLink { link: String },
    /// The password was changed or reset.
    PasswordChanged,
    /// A link that sets the first password.
    InvitationLink { link: String, tenant_name: String },
    /// A link that confirms a new address; goes to that address.
    ConfirmEmail { link: String },
    /// Somebody asked for a new address; goes to the address so far.
    EmailChanging { new_masked: String },
    /// The address was changed.
    EmailChanged,
    /// A code that proves who reads the mailbox.
    MailCode { code: String },
    /// A code that opens the enrolment of a first second factor.
    EnrollmentCode { code: String },
    /// A second factor is asked of the person, by a deadline or before anything else. Says where to sign in; the
    /// address logs nobody in.
    MfaReminder { deadline: Option<Timestamp>, sign_in: String },
    /// The first second factor was enrolled.
    MfaEnabled { method_name: String },
    /// The last second factor was removed.
    MfaDisabled,
    /// An administrator or the operator removed all second factors.
    MfaReset,
    /// Another factor was enrolled.
    FactorAdded { method_name: String },
    /// A factor was removed, others are left.
    FactorRemoved { method_name: String },
    /// A recovery code was used; `left` are left.
    RecoveryCodeUsed { left: u32 },
    /// A new set of recovery codes replaced the last.
    RecoveryCodesRegenerated,
    /// A key's signature counter did not rise: it may have been copied.
    KeyCounterWentBack { method_name: String },
    /// A key that was a second factor only signs in alone from now on.
    KeySignsInAlone { method_name: String },
    /// Wrong codes were typed until codes had to wait.
    CodesBlocked,
    /// Answers in the name of a key of the account were refused several times.
    KeysRefused,
    /// What an administrator did to the account.
    ByAdministrator(AdminNotice),
    /// What became of another operator; goes to all of them.
    OfOperators(OperatorNotice),
}

/// What was done from where, for a notice.
#[derive(Clone)]
pub(crate) struct Occasion {
    at: Timestamp,
    address: Option<String>,
    user_agent: Option<String>,
}

/// A mail to be written to one address.
#[derive(Clone)]
pub(crate) struct Letter {
    to: String,
    kind: LetterKind,
    tenant_name: Option<String>,
    username: Option<String>,
    occasion: Option<Occasion>,
}

impl Letter {
    /// A letter to an address that was validated when it was stored.
    pub(crate) fn new(to: &str, kind: LetterKind) -> Self {
        Self { to: to.to_owned(), kind, tenant_name: None, username: None, occasion: None }
    }

    /// In the name of the account's tenant, naming the account it is about.
    #[must_use]
    pub(crate) fn about(mut self, account: &Account) -> Self {
        self.tenant_name = Some(account.tenant.name.clone());
        self.username = Some(account.user.username.clone());
        self
    }

    fn on(mut self, occasion: Occasion) -> Self {
        self.occasion = Some(occasion);
        self
    }
}

/// Queues a letter; it leaves once the transaction is committed.
pub(crate) async fn queue(tx: &Tx, app: &App, letter: Letter) -> Result<(), Internal> {
    let now = app.now();
    let id = MailId::new(now, app.entropy());
    let message = letter::render(&letter, &app.link("/help/mfa"));
    let plain = serde_json::to_vec(&message).map_err(|_| Internal::Broken("a mail cannot be written"))?;
    let plain = Zeroizing::new(plain);
    let sealed = app.keyring().seal(Purpose::Outbox, id.0, &plain, app.entropy())?;
    Ok(outbox::push(tx, id, &sealed, now).await?)
}

/// Tells a person what was done to their account, at every address that counts now. Who has none is
/// not told.
pub(crate) async fn notify(
    tx: &Tx,
    app: &App,
    client: Option<&Client>,
    account: &Account,
    kind: LetterKind,
) -> Result<(), Internal> {
    let occasion = Occasion {
        at: app.now(),
        address: client.map(|client| client.address.to_string()),
        user_agent: client.map(|client| client.user_agent.clone()),
    };
    for to in notice_addresses(&account.user, occasion.at) {
        let letter = Letter::new(&to, kind.clone()).about(account).on(occasion.clone());
        queue(tx, app, letter).await?;
    }
    Ok(())
}

/// Where notices go: the address, and for a while after a change the earlier one as well.
fn notice_addresses(user: &User, now: Timestamp) -> Vec<String> {
    let earlier = earlier_address(user, now).filter(|earlier| user.email.as_ref() != Some(*earlier));
    user.email.iter().chain(earlier).cloned().collect()
}

/// Where proofs and resets go: for a while after a change still the earlier address.
pub(crate) fn proof_address(user: &User, now: Timestamp) -> Option<&str> {
    earlier_address(user, now).or(user.email.as_ref()).map(String::as_str)
}

fn earlier_address(user: &User, now: Timestamp) -> Option<&String> {
    let changed = user.email_changed_at?;
    // A change that lies in the future (the clock was set back) counts as recent.
    let recent = now.secs_since(changed) < EARLIER_ADDRESS_SECS;
    user.earlier_email.as_ref().filter(|_| recent)
}
