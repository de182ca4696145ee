//! Reminding people to enrol a second factor: by an administrator's click, and by the server itself as the deadline
//! comes near. Nobody is reminded more than once a day.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    clock::Timestamp,
    ids::UserId,
    policy::{self, REMINDER_DAYS, REMINDER_PAUSE_SECS},
    user::{Power, Status},
};
use twinlock_store::{
    lacking::{self, Turn},
    tenants::{self, Tenant},
    users::{self, Account},
};

use crate::{
    App, Caller, Client, Internal,
    administration::{self, Acting, NotAllowed},
    audit_log::About,
    context::Work,
    mail::{self, Class, Letter, LetterKind, Postage, Unsent, When},
    mfa_status,
};

/// People that one request may name.
pub const MAX_NAMED: usize = 1000;
/// People who are reminded in one commit.
const BATCH: u32 = 200;
/// Of those who were left out, so many are told by name.
const MAX_SKIPPED: usize = 1000;
/// The server looks for people to remind this often, in seconds.
const AUTOMATIC_EVERY_SECS: i64 = 600;
const DAY_SECS: i64 = 86_400;

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
    fn note(&mut self, user: UserId, outcome: Result<(), Reason>) {
        match outcome {
            Ok(()) => self.queued += 1,
            Err(reason) if self.skipped.len() < MAX_SKIPPED => self.skipped.push((user, reason)),
            Err(_) => {}
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
        let outcome = remind(&work, account, By::Administrator(client, &actor)).await?;
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
) -> Result<Vec<(UserId, Result<(), Reason>)>, NotAllowed> {
    let Acting { work, actor } = administration::act(app, client, caller, slug, Power::Administer).await?;
    let allowed = actor.tenant.settings.mfa_allowed_methods;
    let mut held = Vec::new();
    for found in lacking::page(&work, actor.tenant.id, allowed, after, BATCH).await? {
        held.extend(users::hold(&work, found.user.id).await?);
    }
    let mut outcomes = Vec::with_capacity(held.len());
    for account in &held {
        let outcome = remind(&work, account, By::Administrator(client, &actor)).await?;
        outcomes.push((account.user.id, outcome));
    }
    work.commit().await?;
    Ok(outcomes)
}

/// Who reminds.
#[derive(Clone, Copy)]
enum By<'a> {
    Administrator(&'a Client, &'a Account),
    Server,
}

/// Queues a reminder in the transaction that notes it, unless there is a reason not to.
async fn remind(work: &Work<'_>, account: &Account, by: By<'_>) -> Result<Result<(), Reason>, Internal> {
    let (now, user) = (work.now, &account.user);
    let allowed = account.tenant.settings.mfa_allowed_methods;
    match user.status {
        Status::Active => {}
        Status::Invited => return Ok(Err(Reason::Invited)),
        Status::Suspended => return Ok(Err(Reason::Suspended)),
    }
    if !account.factors.kinds().and(allowed).is_empty() {
        return Ok(Err(Reason::AlreadyEnrolled));
    }
    let Some(to) = &user.email else { return Ok(Err(Reason::NoEmail)) };
    let not_since = now.plus_secs(-REMINDER_PAUSE_SECS);
    if user.reminded_at.is_some_and(|at| at > not_since) {
        return Ok(Err(Reason::RemindedRecently));
    }
    let by_whom = if let By::Administrator(_, actor) = by { Some(actor.user.id) } else { None };
    let deadline = mfa_status::deadline(account, now);
    // What is over already is no time to be done by: then the next sign-in asks for it.
    let ahead = deadline.filter(|at| now < *at);
    let kind = LetterKind::MfaReminder { deadline: ahead, sign_in: work.app.link("/account/security") };
    let when = When::Later { bulk: true };
    let postage = Postage { to, class: Class::Reminder, about: account, by: by_whom, when };
    let slot = match mail::pay(work, &postage).await {
        Ok(slot) => slot,
        // It would leave after the deadline that it is about.
        Err(Unsent::TooMany(_)) => return Ok(Err(Reason::TooManyMails)),
        Err(Unsent::Internal(error)) => return Err(error),
    };
    // Of two who remind at once, one does.
    if !lacking::remind(work, user.id, now, not_since).await? {
        return Ok(Err(Reason::RemindedRecently));
    }
    mail::queue(work, Letter::new(to, kind).about(account), slot).await?;
    let detail = json!({ "deadline": deadline });
    match by {
        By::Administrator(_client, actor) => {
            let about = About { user: Some(user.id), ..About::own(&actor.user) }.with(detail);
            work.record(EventKind::MfaReminderSent, about).await?;
        }
        By::Server => {
            let about = About::anonymous(Some(user)).with(detail);
            work.record(EventKind::MfaReminderSent, about).await?;
        }
    }
    Ok(Ok(()))
}

/// When the server last looked for people to remind.
#[derive(Default)]
pub(crate) struct LastLook(AtomicI64);

impl LastLook {
    fn is_due(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        // A clock that was set back makes the next look due, not late.
        let due = !(last..last + AUTOMATIC_EVERY_SECS).contains(&now.secs());
        if due {
            self.0.store(now.secs(), Ordering::Relaxed);
        }
        due
    }
}

/// Reminds whose deadline is 7, 3, 1 or 0 days away, once for each. Several nodes may do it at once.
pub(crate) async fn automatic(app: &App) -> Result<(), Internal> {
    let now = app.now();
    if !app.config.mfa_enabled || !app.last_reminders.is_due(now) {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let page = tenants::active(&app.store, &after, BATCH).await?;
        for tenant in &page {
            of_tenant(app, tenant, now).await?;
        }
        match page.last() {
            Some(last) => after.clone_from(&last.slug),
            None => return Ok(()),
        }
    }
}

async fn of_tenant(app: &App, tenant: &Tenant, now: Timestamp) -> Result<(), Internal> {
    let settings = &tenant.settings;
    let Some(enforced_at) = settings.mfa_enforced_at.filter(|_| settings.mfa_required) else {
        return Ok(());
    };
    let deadline = policy::grace_end(settings, enforced_at);
    if let Some(since) = policy::reminder_moment(deadline, now) {
        round(app, tenant, Turn::Tenants { enforced_at }, since).await?;
    }
    let (from, to) = (now.plus_secs(-DAY_SECS), now.plus_secs((REMINDER_DAYS[0] + 1) * DAY_SECS));
    round(app, tenant, Turn::Own { from, to }, now).await
}

/// Goes through the people whose turn it may be, page by page.
async fn round(app: &App, tenant: &Tenant, turn: Turn, since: Timestamp) -> Result<(), Internal> {
    let now = app.now();
    let not_since = since.min(now.plus_secs(-REMINDER_PAUSE_SECS));
    let place = (tenant.id, tenant.settings.mfa_allowed_methods);
    let mut after = None;
    loop {
        let people = lacking::to_remind(&app.store, place, (turn, not_since), after, BATCH).await?;
        for account in &people {
            app.transact(|| one(app, account.user.id, now)).await?;
        }
        match people.last() {
            Some(last) => after = Some(last.user.id),
            None => return Ok(()),
        }
    }
}

/// Asks the pure rule once more, of the account as it is now.
async fn one(app: &App, id: UserId, now: Timestamp) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    let Some(account) = users::hold(&work, id).await? else { return Ok(()) };
    let due = mfa_status::deadline(&account, now)
        .is_some_and(|deadline| policy::reminder_due(deadline, account.user.reminded_at, now));
    if due {
        let _ = remind(&work, &account, By::Server).await?;
    }
    Ok(work.commit().await?)
}
