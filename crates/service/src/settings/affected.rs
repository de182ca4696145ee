//! Whom a change of the settings would touch, by name.

use twinlock_core::{
    clock::Timestamp,
    ids::{TenantId, UserId},
    policy::{self, Obligation, Person},
    tenant::Settings,
    user::{Power, Role, Status},
};
use twinlock_store::{
    StoreError,
    impact::{self, Candidate, Part},
    tenants,
};

use super::{SettingsError, SettingsPatch, Start, changed};
use crate::{
    App, Caller, Internal,
    administration::{self, NotAllowed},
    sessions::{self, Rights},
};

/// People who are looked at for one part of a list; it is broken off there, however few were found.
const LOOKED_AT: usize = 5000;
/// Of whom so many are read at a time.
const CHUNK: u32 = 500;

/// What a change does to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They must enrol before anything else.
    BlockedNow,
    /// They must enrol by a deadline.
    InGrace,
    /// Sessions of theirs end.
    SessionsEnd,
    /// Nothing reaches them by mail.
    WithoutEmail,
}

impl Effect {
    /// Every effect, in the order in which people read of them.
    pub const ALL: [Self; 4] = [Self::BlockedNow, Self::InGrace, Self::SessionsEnd, Self::WithoutEmail];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlockedNow => "blocked_now",
            Self::InGrace => "in_grace",
            Self::SessionsEnd => "sessions_ended",
            Self::WithoutEmail => "without_email",
        }
    }

    /// Reads what [`Effect::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == text)
    }
}

/// Somebody whom a change touches.
#[derive(Debug, Clone)]
pub struct Affected {
    /// Who.
    pub id: UserId,
    /// User name.
    pub username: String,
    /// Name for people.
    pub display_name: String,
    /// Address, if any.
    pub email: Option<String>,
    /// By when they must enrol; none where it is due at once, or not at all.
    pub deadline: Option<Timestamp>,
    /// Sessions of theirs that end.
    pub sessions_ended: u64,
}

/// A part of the list of those whom a change touches in one way.
#[derive(Debug, Default)]
pub struct AffectedPart {
    /// The people, in the order in which their accounts were made.
    pub items: Vec<Affected>,
    /// Where the next part begins, if there may be more: a list that few are on is broken off before a part is full.
    pub next: Option<UserId>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What is done to the people on it.
    pub effect: Effect,
    /// The person after whom it begins.
    pub after: Option<UserId>,
    /// At most this many.
    pub limit: u32,
}

/// Whom a change would touch in one way. Needs no fresh proof: nothing changes.
pub async fn affected(
    app: &App,
    caller: &Caller,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
    wanted: Wanted,
) -> Result<AffectedPart, SettingsError> {
    administration::look(app, caller, slug, Power::Administer)?;
    let before = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let settings = changed(app, &before, change)?;
    let starts = Start::of(&before.settings, &settings);
    let required = settings.mfa_required || settings.mfa_required_for_admins;
    let nobody = match wanted.effect {
        Effect::BlockedNow | Effect::InGrace => !required || !app.config.mfa_enabled,
        Effect::SessionsEnd => starts.is_none(),
        Effect::WithoutEmail => false,
    };
    if nobody {
        return Ok(AffectedPart::default());
    }
    let look = Look { app, caller, settings: &settings, starts, wanted };
    Ok(look.through(before.id).await?)
}

/// The same in the course of a long answer: whether the caller may still look is looked up anew, and a change that can
/// no longer be made breaks it off.
pub async fn affected_again(
    app: &App,
    caller: &Caller,
    slug: &str,
    change: (SettingsPatch, Option<i64>),
    wanted: Wanted,
) -> Result<AffectedPart, NotAllowed> {
    let now = sessions::again(app, caller).await?.filter(|caller| caller.rights(app) == Rights::Full);
    let caller = now.ok_or(NotAllowed::Ended)?;
    affected(app, &caller, slug, change, wanted).await.map_err(|error| match error {
        SettingsError::NotAllowed(error) => error,
        SettingsError::Internal(error) => error.into(),
        _ => Internal::Broken("the settings changed while their preview was read").into(),
    })
}

struct Look<'a> {
    app: &'a App,
    caller: &'a Caller,
    settings: &'a Settings,
    starts: Option<Start>,
    wanted: Wanted,
}

impl Look<'_> {
    async fn through(&self, tenant: TenantId) -> Result<AffectedPart, StoreError> {
        let limit = usize::try_from(self.wanted.limit).unwrap_or(usize::MAX);
        let mut part = Part { tenant, after: self.wanted.after, limit: CHUNK };
        let mut items = Vec::new();
        for _ in 0..LOOKED_AT / CHUNK as usize {
            let found = self.candidates(&part).await?;
            let all = found.len() < CHUNK as usize;
            for candidate in found {
                part.after = Some(candidate.id);
                let Some(affected) = self.judged(candidate) else { continue };
                if items.len() == limit {
                    let next = items.last().map(|last: &Affected| last.id);
                    return Ok(AffectedPart { items, next });
                }
                items.push(affected);
            }
            if all {
                return Ok(AffectedPart { items, next: None });
            }
        }
        Ok(AffectedPart { items, next: part.after })
    }

    async fn candidates(&self, part: &Part) -> Result<Vec<Candidate>, StoreError> {
        let store = &self.app.store;
        match self.wanted.effect {
            Effect::BlockedNow | Effect::InGrace => {
                impact::without_factor(store, part, self.settings.mfa_allowed_methods).await
            }
            Effect::SessionsEnd => {
                impact::with_sessions(store, part, self.caller.live.session.id, self.app.now()).await
            }
            Effect::WithoutEmail => impact::without_address(store, part).await,
        }
    }

    fn ends_sessions_of(&self, role: Role) -> bool {
        self.starts == Some(Start::ForAll) || role.has(Power::Administer)
    }

    /// Somebody, if the effect is theirs: what they owe is asked of the same rule that their sign-in asks.
    fn judged(&self, candidate: Candidate) -> Option<Affected> {
        // A new start ends the deadlines that people had of their own.
        let deadline = candidate.person.deadline.filter(|_| self.starts != Some(Start::ForAll));
        let person = Person { deadline, ..candidate.person };
        let owed = policy::obligation(self.settings, &person, self.app.now());
        let counted = candidate.status == Status::Active;
        let touched = match self.wanted.effect {
            Effect::BlockedNow => counted && owed.is_due_now(),
            Effect::InGrace => counted && matches!(owed, Obligation::DueBy(_)),
            Effect::SessionsEnd => candidate.sessions > 0 && self.ends_sessions_of(person.role),
            Effect::WithoutEmail => counted,
        };
        touched.then(|| Affected {
            id: candidate.id,
            username: candidate.username,
            display_name: candidate.display_name,
            email: candidate.email,
            deadline: owed.deadline(),
            sessions_ended: candidate.sessions,
        })
    }
}
