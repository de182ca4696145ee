//! Reminding people to enrol a second factor: by an administrator's click, and by the server itself as the deadline
//! comes near. Nobody is reminded more than once a day.

mod automatic;

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    ids::UserId,
    policy::REMINDER_PAUSE_SECS,
    user::{Power, Status},
};
use twinlock_store::{
    lacking,
    users::{self, Account},
};

use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed},
    audit_log::About,
    context::{Acceptance, Work},
    mail::{self, Class, Letter, LetterKind, Postage, Unsent, When},
    mfa_status,
};

pub(crate) use automatic::{LastLook, automatic};

/// People that one request may name.
pub const MAX_NAMED: usize = 1000;
/// People who are reminded in one commit.
const BATCH: u32 = 200;
/// Of those who were left out, so many are told by name.
const MAX_SKIPPED: usize = 1000;

/// Why somebody was not reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No address is on file.
    NoEmail,
    /// They have a second factor that counts.
    AlreadyEnrolled,
    /// They were reminded within the last day.
    RemindedRecently,
    /// They cannot sign in.
    Suspended,
    /// They have not accepted their invitation yet.
    Invited,
    /// So many mails wait already that this one would wait for days.
    TooManyMails,
}

impl Reason {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoEmail => "no_email",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::RemindedRecently => "reminded_recently",
            Self::Suspended => "suspended",
            Self::Invited => "invited",
            Self::TooManyMails => "too_many_mails",
        }
    }
}

/// What became of a round of reminders.
#[derive(Debug, Default)]
pub struct Round {
    /// Mails that are on their way.
    pub queued: u64,
    /// Who was left out, and why; of many, the first thousand.
    pub skipped: Vec<(UserId, Reason)>,
}

impl Round {
    fn note(&mut self, user: UserId, outcome: Acceptance<(), Reason>) {
        match outcome {
            Acceptance::Accepted(()) => self.queued += 1,
            Acceptance::Refused(reason) if self.skipped.len() < MAX_SKIPPED => {
                self.skipped.push((user, reason));
            }
            Acceptance::Refused(_) => {}
        }
    }
}

/// Reminds the people named, or everybody of the tenant without a factor that counts.
pub async fn send(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    named: Option<&[UserId]>,
) -> Result<Round, NotAllowed> {
    match named {
        Some(ids) => app.transact(|| to_named(app, client, caller, slug, ids)).await,
        None => to_all(app, client, caller, slug).await,
    }
}

async fn to_named(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    ids: &[UserId],
) -> Result<Round, NotAllowed> {
    let Acting { work, actor } = administration::act(app, client, caller, slug, Power::Administer).await?;
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    // People first, all of them, then the budgets of their mails.
    let mut held = Vec::with_capacity(ids.len());
    for id in ids {
        let found = users::hold(&work, id).await?.filter(|account| account.tenant.id == actor.tenant.id);
        held.push(found.ok_or(NotAllowed::NotFound)?);
    }
    let mut round = Round::default();
    for account in &held {
        let outcome = remind(&work, account, By::Administrator(&actor)).await?;
        round.note(account.user.id, outcome);
    }
    work.commit().await?;
    Ok(round)
}

/// Page by page, each in a commit of its own: nobody who signs in meanwhile waits for all of them.
async fn to_all(app: &App, client: &Client, caller: &Caller, slug: &str) -> Result<Round, NotAllowed> {
    let mut round = Round::default();
    let (mut after, mut last) = (None, None);
    loop {
        let page = app.transact(|| to_some(app, client, caller, slug, after)).await?;
        for (user, outcome) in page {
            round.note(user, outcome);
            last = Some(user);
        }
        if last == after {
            return Ok(round);
        }
        after = last;
    }
}

/// A page of those after somebody, in one commit.
async fn to_some(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    after: Option<UserId>,
) -> Result<Vec<(UserId, Acceptance<(), Reason>)>, NotAllowed> {
    let Acting { work, actor } = administration::act(app, client, caller, slug, Power::Administer).await?;
    let allowed = actor.tenant.settings.mfa_allowed_methods;
    let mut held = Vec::new();
    for found in lacking::page(&work, actor.tenant.id, allowed, after, BATCH).await? {
        held.extend(users::hold(&work, found.user.id).await?);
    }
    let mut outcomes = Vec::with_capacity(held.len());
    for account in &held {
        let outcome = remind(&work, account, By::Administrator(&actor)).await?;
        outcomes.push((account.user.id, outcome));
    }
    work.commit().await?;
    Ok(outcomes)
}

/// Who reminds.
#[derive(Clone, Copy)]
enum By<'a> {
    Administrator(&'a Account),
    Server,
}

/// Queues a reminder in the transaction that notes it, unless there is a reason not to.
async fn remind(work: &Work<'_>, account: &Account, by: By<'_>) -> Result<Acceptance<(), Reason>, Internal> {
    let (now, user) = (work.now, &account.user);
    let allowed = account.tenant.settings.mfa_allowed_methods;
    match user.status {
        Status::Active => {}
        Status::Invited => return Ok(Acceptance::Refused(Reason::Invited)),
        Status::Suspended => return Ok(Acceptance::Refused(Reason::Suspended)),
    }
    if !account.factors.kinds().and(allowed).is_empty() {
        return Ok(Acceptance::Refused(Reason::AlreadyEnrolled));
    }
    let Some(to) = &user.email else { return Ok(Acceptance::Refused(Reason::NoEmail)) };
    let not_since = now.plus_secs(-REMINDER_PAUSE_SECS);
    if user.reminded_at.is_some_and(|at| at > not_since) {
        return Ok(Acceptance::Refused(Reason::RemindedRecently));
    }
    let by_whom = if let By::Administrator(actor) = by { Some(actor.user.id) } else { None };
    let deadline = mfa_status::deadline(account, now);
    // What is over already is no time to be done by: then the next sign-in asks for it.
    let ahead = deadline.filter(|at| now < *at);
    let kind = LetterKind::MfaReminder { deadline: ahead, sign_in: work.app.link("/account/security") };
    let when = When::Later { bulk: true };
    let postage = Postage { to, class: Class::Reminder, about: account, by: by_whom, when };
    let slot = match mail::pay(work, &postage).await {
        Ok(slot) => slot,
        // It would leave after the deadline that it is about.
        Err(Unsent::TooMany(_)) => return Ok(Acceptance::Refused(Reason::TooManyMails)),
        Err(Unsent::Internal(error)) => return Err(error),
    };
    // Of two who remind at once, one does.
    if !lacking::remind(work, user.id, now, not_since).await? {
        return Ok(Acceptance::Refused(Reason::RemindedRecently));
    }
    mail::queue(work, Letter::new(to, kind).about(account), slot).await?;
    let detail = json!({ "deadline": deadline });
    match by {
        By::Administrator(actor) => {
            let about = About { user: Some(user.id), ..About::own(&actor.user) }.with(detail);
            work.record(EventKind::MfaReminderSent, about).await?;
        }
        By::Server => {
            let about = About::anonymous(Some(user)).with(detail);
            work.record(EventKind::MfaReminderSent, about).await?;
        }
    }
    Ok(Acceptance::Accepted(()))
}
