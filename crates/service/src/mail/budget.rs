//! How many letters leave: every letter passes here on its way to the outbox.
//!
//! There are budgets for each address, for the account a letter is about, for the administrator who caused it and for
//! the tenant, each a number a day (`core::mail_rate`), kept in the database and spent in the transaction of the letter.
//! What is over budget waits, or is refused before anything is done; nothing is dropped. Letters of different kinds do
//! not share the budget of an address: nobody's wishes keep away the code or the warning that its owner waits for.

use twinlock_core::{clock::Timestamp, ids::UserId, mail_rate::MailRate, name::NameKey};
use twinlock_store::{mail_budgets, seal::Purpose, users::Account};

use crate::{App, Internal, context::Work};

/// Letters a day, as the operator set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailBudgets {
    /// To one address, of each class.
    pub per_recipient: u32,
    /// About one account, at somebody's wish.
    pub per_account: u32,
    /// Of one tenant, at somebody's wish.
    pub per_tenant: u32,
}

impl Default for MailBudgets {
    fn default() -> Self {
        Self { per_recipient: 20, per_account: 20, per_tenant: 5000 }
    }
}

/// An administrator writes to many people: so many times the letters that one account may cause.
const PER_ADMINISTRATOR: u32 = 20;
/// Letters that would wait longer than this are refused, in seconds: nobody waits for them any more.
const LONGEST_WAIT_SECS: i64 = 7 * 86_400;

/// Why a letter was not written.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// Over budget: wait this many seconds.
    #[error("too many mails")]
    TooMany(i64),
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(Unsent);

/// What kind of letter it is to the one who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// To an address that has confirmed nothing yet: an invitation, the confirmation of an address.
    Stranger,
    /// A code for somebody who is signing in or is signed in.
    Code,
    /// A link for a new password, for whoever asked.
    Reset,
    /// The request to enrol.
    Reminder,
    /// What was done to an account and cannot be taken back by its owner alone.
    Warning,
    /// Anything else that was done to an account.
    Notice,
}

impl Class {
    fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Code => "code",
            Self::Reset => "reset",
            Self::Reminder => "reminder",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// Letters of this class a day to an address. Anybody can use up links for new passwords: there are more of them,
    /// so that an owner who looks for the newest one is not kept waiting by a stranger.
    fn per_recipient(self, budgets: MailBudgets) -> u32 {
        match self {
            Self::Reset => budgets.per_recipient.saturating_mul(2),
            _ => budgets.per_recipient,
        }
    }
}

/// Whether somebody waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// At once, or not at all.
    Now,
    /// As soon as the budgets allow, alone or as one of many.
    Later {
        /// Whether it is one of many: the others go first.
        bulk: bool,
    },
}

/// A place in the outbox: the only way to write a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// When the letter leaves.
    pub(super) due: Timestamp,
    /// Whether others go first.
    pub(super) bulk: bool,
}

impl Slot {
    /// When the letter leaves, for the lifetime of what is in it.
    pub(crate) fn leaves_at(&self) -> Timestamp {
        self.due
    }
}

/// A letter that somebody wishes to be written.
pub(crate) struct Postage<'a> {
    /// To whom.
    pub(crate) to: &'a str,
    /// What it is to them.
    pub(crate) class: Class,
    /// The account it is about.
    pub(crate) about: &'a Account,
    /// The administrator who caused it; none where it is the account itself.
    pub(crate) by: Option<UserId>,
    /// Whether somebody waits for the answer.
    pub(crate) when: When,
}

/// Pays for a letter. What is refused has cost nothing, also where the caller's transaction goes on.
pub(crate) async fn pay(work: &Work<'_>, postage: &Postage<'_>) -> Result<Slot, Unsent> {
    let now = work.now;
    let budgets = budgets(work.app, postage)?;
    let mut due = now;
    for (key, rate) in &budgets {
        due = due.max(mail_budgets::spend(work, key, *rate, now).await?);
    }
    let wait = due.wait_from(now);
    let (over, bulk) = match postage.when {
        When::Now => (due > now, false),
        When::Later { bulk } => (wait > LONGEST_WAIT_SECS, bulk),
    };
    if over {
        for (key, rate) in &budgets {
            mail_budgets::give_back(work, key, *rate).await?;
        }
        return Err(refused(postage, wait));
    }
    if due > now {
        count("held");
    }
    Ok(Slot { due, bulk })
}

fn refused(postage: &Postage<'_>, wait: i64) -> Unsent {
    count("refused");
    tracing::info!(user = %postage.about.user.id, class = postage.class.as_str(), wait, "a mail is over budget");
    Unsent::TooMany(wait)
}

/// Pays for a notice, which nobody can refuse. Over budget one letter speaks for all that are written before it leaves:
/// none is answered for those.
pub(super) async fn pay_notice(work: &Work<'_>, to: &str, class: Class) -> Result<Paid, Internal> {
    let now = work.now;
    let rate = MailRate::per_day(work.app.config.mail.per_recipient.saturating_mul(NOTICES));
    let key = recipient(work.app, to, class)?;
    let due = mail_budgets::spend(work, &key, rate, now).await?;
    if due <= now {
        return Ok(Paid::Whole(Slot { due, bulk: false }));
    }
    if mail_budgets::merge(work, &key, due, now).await? {
        count("held");
        return Ok(Paid::Summary(Slot { due, bulk: false }));
    }
    mail_budgets::give_back(work, &key, rate).await?;
    count("merged");
    Ok(Paid::Merged)
}

/// There are more notices than letters at somebody's wish: whoever sets up an account gets several at once.
const NOTICES: u32 = 3;

/// What became of a notice.
pub(super) enum Paid {
    /// It leaves as it is.
    Whole(Slot),
    /// One leaves that speaks of several.
    Summary(Slot),
    /// That one is waiting already.
    Merged,
}

/// The budgets of a letter, in one order everywhere: tenant, administrator, account, address. Anybody can ask for a new
/// password, so that such a letter must not use up what others may cause.
fn budgets(app: &App, postage: &Postage<'_>) -> Result<Vec<(String, MailRate)>, Internal> {
    let Postage { to, class, about, by, when } = postage;
    let rates = app.config.mail;
    let wished = *class != Class::Reset;
    let many = matches!(when, When::Later { bulk: true });
    let user = about.user.id;
    let of_administrator = rates.per_account.saturating_mul(PER_ADMINISTRATOR);
    let budgets = [
        wished.then(|| (format!("tenant:{}", about.tenant.id), rates.per_tenant)),
        by.filter(|by| !many && *by != user).map(|by| (format!("by:{by}"), of_administrator)),
        (wished && !many).then(|| (format!("about:{user}"), rates.per_account)),
        Some((recipient(app, to, *class)?, class.per_recipient(rates))),
    ];
    let budgets = budgets.into_iter().flatten();
    Ok(budgets.map(|(key, per_day)| (key, MailRate::per_day(per_day))).collect())
}

/// An address in the form in which addresses are compared, as a keyed hash: it may be anybody's.
fn recipient(app: &App, to: &str, class: Class) -> Result<String, Internal> {
    let key = NameKey::of(to);
    let tag = app.keyring.tag(Purpose::MailBudget, key.as_ref().map_or(to, NameKey::as_str).as_bytes())?;
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &tag.bytes[..16]);
    Ok(format!("to:{}:{text}", class.as_str()))
}

fn count(outcome: &'static str) {
    metrics::counter!("twinlock_mails_total", "outcome" => outcome).increment(1);
}
