//! The invitations of many people who have not accepted theirs yet, once more.

use twinlock_core::{
    clock::Timestamp,
    ids::UserId,
    tenant::SYSTEM_SLUG,
    user::{Power, Status},
};
use twinlock_store::{
    people::{self, Filter},
    users::{self, Account},
};

use super::{
    PersonError,
    invite::{self, Inviting},
};
use crate::{
    App, Caller, Client,
    administration::{self, Acting, NotAllowed},
    mail::{Unsent, When},
};

/// People that one request may name.
pub const MAX_INVITED: usize = 1000;
/// People who are invited in one commit.
const BATCH: u32 = 200;
/// Of those who were left out, so many are told by name.
const MAX_SKIPPED: usize = 1000;

/// Why somebody was not invited again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInvited {
    /// No address is on file: their link is made and handed over one by one.
    NoEmail,
    /// They have accepted, or are suspended.
    NotInvited,
    /// The caller may not administer them.
    Forbidden,
    /// So many mails were sent lately that theirs would wait for days.
    TooManyMails,
}

impl NotInvited {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoEmail => "no_email",
            Self::NotInvited => "not_invited",
            Self::Forbidden => "forbidden",
            Self::TooManyMails => "too_many_mails",
        }
    }
}

/// What became of a round of invitations.
#[derive(Debug, Default)]
pub struct Invited {
    /// Mails that are on their way.
    pub queued: u64,
    /// When the last of them leaves.
    pub sent_by: Option<Timestamp>,
    /// Who was left out, and why; of many, the first thousand.
    pub skipped: Vec<(UserId, NotInvited)>,
}

impl Invited {
    pub(crate) fn note(&mut self, user: UserId, outcome: Result<Timestamp, NotInvited>) {
        match outcome {
            Ok(at) => {
                self.queued += 1;
                self.sent_by = self.sent_by.max(Some(at));
            }
            Err(reason) if self.skipped.len() < MAX_SKIPPED => self.skipped.push((user, reason)),
            Err(_) => {}
        }
    }
}

/// Sends fresh links to the people named, or to everybody of the tenant who has not accepted yet.
pub async fn invite_all(
    app: &App,
    client: &Client,
    caller: &Caller,
    slug: &str,
    named: Option<&[UserId]>,
) -> Result<Invited, PersonError> {
    let round = Round { app, client, caller, slug };
    match named {
        Some(ids) => app.transact(|| round.to_named(ids)).await,
        None => round.to_all().await,
    }
}

struct Round<'a> {
    app: &'a App,
    client: &'a Client,
    caller: &'a Caller,
    slug: &'a str,
}

/// What became of each of some people, in the order of their ids.
type Outcomes = Vec<(UserId, Result<Timestamp, NotInvited>)>;

impl Round<'_> {
    async fn to_named(&self, ids: &[UserId]) -> Result<Invited, PersonError> {
        let acting = self.begin().await?;
        let mut ids = ids.to_vec();
        ids.sort();
        ids.dedup();
        let mut held = Vec::with_capacity(ids.len());
        for id in ids {
            let found = users::hold(&acting.work, id).await?;
            let found = found.filter(|account| account.tenant.id == acting.actor.tenant.id);
            held.push(found.ok_or(NotAllowed::NotFound)?);
        }
        let mut invited = Invited::default();
        for (user, outcome) in self.to_held(acting, &held).await? {
            invited.note(user, outcome);
        }
        Ok(invited)
    }

    /// Page by page, each in a commit of its own: nobody who accepts meanwhile waits for all of them.
    async fn to_all(&self) -> Result<Invited, PersonError> {
        let (mut invited, mut after) = (Invited::default(), None);
        loop {
            let (outcomes, last) = self.app.transact(|| self.to_some(after)).await?;
            for (user, outcome) in outcomes {
                invited.note(user, outcome);
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(invited),
            }
        }
    }

    /// A page of those after somebody, in one commit, and who is the last of it.
    async fn to_some(&self, after: Option<UserId>) -> Result<(Outcomes, Option<UserId>), PersonError> {
        let filter = Filter { status: Some(Status::Invited), ..Filter::default() };
        let acting = self.begin().await?;
        let page = people::page(&acting.work, acting.actor.tenant.id, filter, after, BATCH).await?;
        let mut held = Vec::with_capacity(page.len());
        for found in &page {
            held.extend(users::hold(&acting.work, found.user.id).await?);
        }
        let outcomes = self.to_held(acting, &held).await?;
        Ok((outcomes, page.last().map(|last| last.user.id)))
    }

    /// People are held, all of them, before the budgets of their mails are.
    async fn to_held(&self, acting: Acting<'_>, held: &[Account]) -> Result<Outcomes, PersonError> {
        let mut outcomes = Vec::with_capacity(held.len());
        for account in held {
            outcomes.push((account.user.id, self.one(&acting, account).await?));
        }
        acting.work.commit().await?;
        Ok(outcomes)
    }

    async fn begin(&self) -> Result<Acting<'_>, NotAllowed> {
        administration::act(self.app, self.client, self.caller, self.slug, Power::Administer).await
    }

    async fn one(
        &self,
        acting: &Acting<'_>,
        account: &Account,
    ) -> Result<Result<Timestamp, NotInvited>, PersonError> {
        let (work, actor) = (&acting.work, &acting.actor);
        if account.user.status != Status::Invited {
            return Ok(Err(NotInvited::NotInvited));
        }
        if account.user.id == actor.user.id || !actor.user.role.outranks(account.user.role) {
            return Ok(Err(NotInvited::Forbidden));
        }
        if account.user.email.is_none() {
            return Ok(Err(NotInvited::NoEmail));
        }
        acting.require_factor_to_give(account.user.role)?;
        // An operator's invitation waits for the word of another.
        if account.tenant.slug == SYSTEM_SLUG && invite::may_invite_operator(work, account).await.is_err() {
            return Ok(Err(NotInvited::Forbidden));
        }
        let who = Inviting { actor, target: account, when: When::Later { bulk: true } };
        match invite::send(work, &who).await {
            Ok(sent) => Ok(Ok(sent.leaves_at.unwrap_or(self.app.now()))),
            Err(Unsent::TooMany(_)) => Ok(Err(NotInvited::TooManyMails)),
            Err(Unsent::Internal(error)) => Err(error.into()),
        }
    }
}
