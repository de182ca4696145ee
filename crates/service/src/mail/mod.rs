//! Mail: written in the transaction it tells about, sealed in the outbox, delivered after the commit.

mod administration;
pub(crate) mod budget;
mod compose;
mod deliver;
mod html;
mod letter;
pub(crate) mod link;
mod operators;
mod postman;
mod shelf;
mod smtp;
mod wording;

pub(crate) use administration::AdminNotice;
pub use budget::MailBudgets;
pub(crate) use budget::{Class, Postage, Slot, Unsent, When, pay};
pub use deliver::deliver_due;
pub use link::LinkView;
pub(crate) use operators::OperatorNotice;
pub use postman::{Postman, PostmanError, default_from};
pub use shelf::{Paragraph, Shelf, ShelvedMail};
pub use smtp::SmtpServer;

use twinlock_core::{clock::Timestamp, ids::MailId, user::EARLIER_ADDRESS_SECS};
use twinlock_store::{
    outbox,
    seal::Purpose,
    users::{Account, User},
};
use zeroize::Zeroizing;

use self::budget::Paid;
use crate::{Internal, context::Work};

/// What a mail says.
#[derive(Clone)]
pub(crate) enum LetterKind {
    /// A link that sets a new password.
    PasswordResetLink { link: String },
    /// The password was changed or reset.
    PasswordChanged,
    /// A link that sets the first password.
    InvitationLink { link: String, tenant_name: String, days: u32 },
    /// A link that confirms a new address; goes to that address.
    ConfirmEmail { link: String },
    /// Somebody asked for a new address; goes to the address so far.
    EmailChanging { new_masked: String },
    /// The address was changed.
    EmailChanged,
    /// A code that proves who reads the mailbox.
    MailCode { code: String },
    /// A code that opens the enrollment of a first second factor.
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
    /// More was done than is told letter by letter.
    Several,
}

impl LetterKind {
    /// Which budget it takes from. What would tell an owner that somebody takes the account over is not crowded out by
    /// what else somebody does with it.
    fn class(&self) -> Class {
        match self {
            Self::PasswordChanged
            | Self::EmailChanging { .. }
            | Self::EmailChanged
            | Self::MfaDisabled
            | Self::MfaReset
            | Self::ByAdministrator(_)
            | Self::OfOperators(_) => Class::Warning,
            _ => Class::Notice,
        }
    }
}

/// What was done from where, for a notice.
#[derive(Clone)]
pub(crate) struct Occasion {
    at: Timestamp,
    address: Option<String>,
    user_agent: Option<String>,
    /// The administrator who did it, in words.
    by: Option<String>,
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

/// Queues a letter that was paid for; it leaves once the transaction is committed and its time has come.
pub(crate) async fn queue(work: &Work<'_>, letter: Letter, slot: Slot) -> Result<(), Internal> {
    let now = work.now;
    let id = MailId::new(now, work.app.entropy());
    let message = letter::render(&letter, &work.app.link("/help/mfa"))
        .map_err(|_| Internal::Broken("a mail cannot be rendered"))?;
    let plain = serde_json::to_vec(&message).map_err(|_| Internal::Broken("a mail cannot be written"))?;
    let plain = Zeroizing::new(plain);
    let sealed = work.app.keyring().seal(Purpose::Outbox, id.0, &plain, work.app.entropy())?;
    let turn = outbox::Turn { due: slot.due, bulk: slot.bulk };
    Ok(outbox::push(work, id, &sealed, turn, now).await?)
}

/// Tells a person what was done to their account, at every address that counts now. Who has none is
/// not told. Of very many letters in a short time one speaks for the rest.
pub(crate) async fn notify(work: &Work<'_>, account: &Account, kind: LetterKind) -> Result<(), Internal> {
    let occasion = Occasion {
        at: work.now,
        address: work.client().map(|client| client.address.to_string()),
        user_agent: work.client().map(|client| client.user_agent.clone()),
        by: None,
    };
    tell(work, account, &kind, &occasion).await
}

/// The same of the act of an administrator, who is named. Where they were is nobody's business but the audit log's.
pub(crate) async fn notify_by(
    work: &Work<'_>,
    actor: &Account,
    account: &Account,
    kind: LetterKind,
) -> Result<(), Internal> {
    let by = Some(format!(
        "{} ({})",
        letter::clean(&actor.user.display_name),
        administration::name(actor.user.role)
    ));
    let occasion = Occasion { at: work.now, address: None, user_agent: None, by };
    tell(work, account, &kind, &occasion).await
}

async fn tell(
    work: &Work<'_>,
    account: &Account,
    kind: &LetterKind,
    occasion: &Occasion,
) -> Result<(), Internal> {
    for to in notice_addresses(&account.user, occasion.at) {
        let (kind, slot) = match budget::pay_notice(work, &to, kind.class()).await? {
            Paid::Whole(slot) => (kind.clone(), slot),
            Paid::Summary(slot) => (LetterKind::Several, slot),
            Paid::Merged => continue,
        };
        let letter = Letter::new(&to, kind).about(account).on(occasion.clone());
        queue(work, letter, slot).await?;
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
