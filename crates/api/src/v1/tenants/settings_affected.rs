//! The people whom a change of the settings would touch, in the answer of a dry run.

use serde::Serialize;
use twinlock_core::ids::{TenantId, UserId};
use twinlock_http::{
    WebState,
    http::{Limit, Problem},
};
use twinlock_service::{
    Caller,
    settings::{self, Affected, Effect, SettingsPatch, WantedAffected},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody whom the change would touch.
#[derive(Serialize, ToSchema)]
pub struct AffectedPerson {
    /// Who.
    user_id: Uuid,
    /// User name.
    username: String,
    /// Name for people.
    display_name: String,
    /// Address.
    email: Option<String>,
    /// By when they must enrol; RFC 3339, UTC. Null where it is due at once, or not at all.
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// Sessions of theirs that would end; counted in the list of these only.
    sessions_ended: u64,
}

impl From<Affected> for AffectedPerson {
    fn from(affected: Affected) -> Self {
        Self {
            user_id: affected.id.0,
            username: affected.username,
            display_name: affected.display_name,
            email: affected.email,
            deadline: affected.deadline.map(|at| at.to_string()),
            sessions_ended: affected.sessions_ended,
        }
    }
}

/// A part of one list. So many people are looked through for it: it may have fewer than asked for, or nobody, while
/// `next_cursor` says that it goes on.
#[derive(Serialize, ToSchema)]
pub struct AffectedList {
    /// The people, in the order in which their accounts were made.
    items: Vec<AffectedPerson>,
    /// Where it goes on; null at the end.
    next_cursor: Option<String>,
}

/// The people behind the numbers; only one list where one was asked for.
#[derive(Default, Serialize, ToSchema)]
pub struct AffectedPeople {
    /// Who must enrol before anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_now: Option<AffectedList>,
    /// Who must enrol by a deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_grace: Option<AffectedList>,
    /// Whose sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions_ended: Option<AffectedList>,
    /// Whom no mail reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_email: Option<AffectedList>,
}

/// Which lists are wanted: all from their beginning, or one.
pub(super) struct ListQuery {
    /// The one list.
    pub(super) list: Option<String>,
    /// People of each list.
    pub(super) limit: Limit,
    /// Where that list goes on.
    pub(super) cursor: Option<String>,
}

/// The people whom a change would touch.
pub(super) async fn people(
    state: &WebState,
    caller: &Caller,
    tenant: &str,
    change: &(SettingsPatch, Option<i64>),
    query: ListQuery,
) -> Result<AffectedPeople, Problem> {
    let one = query.list.as_deref().map(effect).transpose()?;
    if one.is_none() && query.cursor.is_some() {
        return Err(Problem::invalid("cursor", "needs the name of its list in `list`"));
    }
    let mut people = AffectedPeople::default();
    for effect in Effect::ALL.into_iter().filter(|effect| one.is_none_or(|one| one == *effect)) {
        let scope = scope(caller.live.account.tenant.id, effect);
        let after = state.cursors.id::<UserId>(&scope, query.cursor.as_deref())?;
        let wanted = WantedAffected { effect, after, limit: query.limit.get() };
        let found = settings::affected(&state.app, caller, tenant, change.clone(), wanted).await?;
        *people.list(effect) = Some(AffectedList {
            items: found.items.into_iter().map(AffectedPerson::from).collect(),
            next_cursor: found.next.map(|id| state.cursors.encode(&scope, id.0.as_bytes())),
        });
    }
    Ok(people)
}

fn effect(name: &str) -> Result<Effect, Problem> {
    let names = "must be blocked_now, in_grace, sessions_ended or without_email";
    Effect::parse(name).ok_or_else(|| Problem::invalid("list", names))
}

/// A cursor is good for one tenant and one list.
fn scope(tenant: TenantId, effect: Effect) -> String {
    format!("settings/affected/{tenant}/{}", effect.as_str())
}

impl AffectedPeople {
    fn list(&mut self, effect: Effect) -> &mut Option<AffectedList> {
        match effect {
            Effect::BlockedNow => &mut self.blocked_now,
            Effect::InGrace => &mut self.in_grace,
            Effect::SessionsEnd => &mut self.sessions_ended,
            Effect::WithoutEmail => &mut self.without_email,
        }
    }
}
