//! Writing the audit log, in the transaction of what it tells about, and reading it.

mod order;
mod read;
mod refusals;
mod retention;

use serde_json::{Value, json};
use twinlock_core::{
    audit::{ActorKind, EventKind},
    ids::{TenantId, UserId},
};
use twinlock_store::{audit, users::User};

use crate::{App, Caller, Client, Internal, context::Work};

pub(crate) use order::Order;
pub use read::{person, read, read_again};
pub(crate) use refusals::Refusals;
pub(crate) use retention::forget;
pub use twinlock_store::audit::{Entry, Event, Filter};

/// Who did it and about whom it is.
pub(crate) struct About<'a> {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) actor: Option<&'a User>,
    pub(crate) user: Option<UserId>,
    pub(crate) detail: Value,
}

impl<'a> About<'a> {
    /// A person's own act.
    pub(crate) fn own(user: &'a User) -> Self {
        Self { tenant: Some(user.tenant_id), actor: Some(user), user: Some(user.id), detail: json!({}) }
    }

    /// What an administrator does to somebody of their tenant.
    pub(crate) fn by(actor: &'a User, user: &User) -> Self {
        Self { user: Some(user.id), ..Self::own(actor) }
    }

    /// Something that happened to a person, by somebody who proved nothing.
    pub(crate) fn anonymous(user: Option<&User>) -> Self {
        Self { tenant: user.map(|u| u.tenant_id), actor: None, user: user.map(|u| u.id), detail: json!({}) }
    }

    /// A sign-in to a tenant, by somebody who proved nothing: to an account of it, or under a name that nobody has. The
    /// name itself is not written down.
    pub(crate) fn stranger(tenant: Option<TenantId>, user: Option<&User>) -> Self {
        Self { tenant, ..Self::anonymous(user) }
    }

    /// Whoever acts on an organisation that is not theirs is an operator.
    fn actor_kind(&self) -> ActorKind {
        match self.actor {
            None => ActorKind::Anonymous,
            Some(user) if self.tenant.is_some_and(|tenant| tenant != user.tenant_id) => ActorKind::Operator,
            Some(_) => ActorKind::User,
        }
    }

    /// The same with more to tell. Never put a secret, nor a name that was merely typed, in here.
    pub(crate) fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Appends an event caused by a request. A refusal that the same source repeats within a minute is added to its row.
pub(crate) async fn record(
    work: &Work<'_>,
    client: &Client,
    kind: EventKind,
    about: About<'_>,
) -> Result<(), Internal> {
    Ok(audit::append(work, &event(work.app, client, kind, about)).await?)
}

/// Notes a refusal that has no transaction of its own. It is written by [`flush`], so that whoever is refused without
/// end makes no writes, and an answer takes as long whether or not it is the first of its kind.
pub(crate) fn note(app: &App, client: &Client, kind: EventKind, about: About<'_>) {
    app.refusals.add(event(app, client, kind, about));
}

/// Notes that somebody who is signed in was refused what they asked for: the problem's code, and the route. Details of
/// one row are those of the first refusal.
pub fn refused(app: &App, caller: &Caller, client: &Client, what: (&str, &str)) {
    let detail = json!({ "code": what.0, "route": what.1 });
    note(app, client, EventKind::AccessRefused, About::own(&caller.live.account.user).with(detail));
}

/// Writes the refusals down that were noted since the last time; meant for once a second. They are read back from the
/// log only after that, so that [`list`] does it, too.
pub async fn flush(app: &App) -> Result<(), Internal> {
    let noted = app.refusals.take();
    if noted.is_empty() {
        return Ok(());
    }
    let written = app.transact(|| write(app, &noted)).await;
    if written.is_err() {
        for event in noted {
            app.refusals.add(event);
        }
    }
    written
}

async fn write(app: &App, noted: &[Event]) -> Result<(), Internal> {
    let work = Work::of_server(app).await?;
    for event in noted {
        audit::append(&work, event).await?;
    }
    Ok(work.commit().await?)
}

fn event(app: &App, client: &Client, kind: EventKind, about: About<'_>) -> Event {
    let now = app.now();
    tracing::info!(event = kind.as_str(), user = ?about.user.map(|id| id.to_string()), "audit");
    let mut event = Event {
        id: app.events.next(now, app.entropy()),
        at: now,
        tenant_id: about.tenant,
        kind,
        actor: about.actor_kind(),
        actor_id: about.actor.map(|user| user.id),
        actor_name: about.actor.map(|user| user.username.clone()),
        user_id: about.user,
        address: client.address.to_string(),
        user_agent: client.user_agent.clone(),
        request_id: client.request_id.clone(),
        detail: about.detail,
        repeated: None,
    };
    if kind.is_refusal() {
        event.repeated = Some(refusals::once(&event, &client.limit_key()));
    }
    event
}

/// Appends an event caused at the command line, or by the server itself.
pub(crate) async fn record_of_machine(
    work: &Work<'_>,
    actor: ActorKind,
    kind: EventKind,
    about: About<'_>,
) -> Result<(), Internal> {
    let now = work.now;
    let id = work.app.events.next(now, work.app.entropy());
    let event = Event {
        tenant_id: about.tenant,
        user_id: about.user,
        detail: about.detail,
        ..Event::of_server(id, now, actor, kind)
    };
    tracing::info!(event = kind.as_str(), user = ?about.user.map(|id| id.to_string()), "audit");
    Ok(audit::append(work, &event).await?)
}

/// Events of a tenant, newest first, for whoever may see them: see [`read`].
pub async fn list(app: &App, tenant: TenantId, filter: &Filter, limit: u32) -> Result<Vec<Entry>, Internal> {
    flush(app).await?;
    Ok(audit::list(&app.store, tenant, filter, limit).await?)
}
