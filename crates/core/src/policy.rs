//! Whether a person owes a second factor, and by when: one pure decision that every way in asks.
//!
//! The deadline is fixed by the moment at which the tenant began to require factors. Nothing a person does
//! moves it: neither signing in, nor a reset, nor being suspended meanwhile.

use crate::{
    clock::Timestamp,
    factor::kinds::Kinds,
    tenant::Settings,
    user::{Power, Role},
};

const DAY_SECS: i64 = 86_400;

/// What a person owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Obligation {
    /// Nothing: no policy asks for a second factor, or they have one that it allows.
    #[default]
    None,
    /// A second factor by this time; until then what they have signs in.
    DueBy(Timestamp),
    /// A second factor before anything else.
    DueNow(Due),
}

/// Why it is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The account was made after the tenant began to require factors.
    NewAccount,
    /// The deadline is over.
    Since(Timestamp),
    /// They administer, and whoever does must have one.
    Administers,
}

impl Obligation {
    /// Whether nothing else may be done before.
    pub fn is_due_now(self) -> bool {
        matches!(self, Self::DueNow(_))
    }

    /// The deadline that is still running.
    pub fn deadline(self) -> Option<Timestamp> {
        match self {
            Self::DueBy(deadline) => Some(deadline),
            Self::None | Self::DueNow(_) => None,
        }
    }
}

/// What the decision must know of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they may do.
    pub role: Role,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The kinds of second factor they have.
    pub kinds: Kinds,
    /// A deadline of their own, which an administrator set.
    pub deadline: Option<Timestamp>,
}

/// What `person` owes under these settings.
pub fn obligation(settings: &Settings, person: &Person, now: Timestamp) -> Obligation {
    if !person.kinds.and(settings.mfa_allowed_methods).is_empty() {
        return Obligation::None;
    }
    if settings.mfa_required_for_admins && person.role.has(Power::Administer) {
        return Obligation::DueNow(Due::Administers);
    }
    let Some(enforced_at) = settings.mfa_enforced_at.filter(|_| settings.mfa_required) else {
        return Obligation::None;
    };
    match deadline(settings, enforced_at, person) {
        None => Obligation::DueNow(Due::NewAccount),
        Some(deadline) if now >= deadline => Obligation::DueNow(Due::Since(deadline)),
        Some(deadline) => Obligation::DueBy(deadline),
    }
}

/// Their own deadline, or the tenant's for who was there when it began to require factors.
fn deadline(settings: &Settings, enforced_at: Timestamp, person: &Person) -> Option<Timestamp> {
    let tenants = (person.created_at <= enforced_at).then(|| grace_end(settings, enforced_at));
    person.deadline.or(tenants)
}

/// When the grace period of who was there at the start ends.
pub fn grace_end(settings: &Settings, enforced_at: Timestamp) -> Timestamp {
    enforced_at.plus_secs(i64::from(settings.mfa_grace_period_days) * DAY_SECS)
}

/// Days left until a deadline, one that has begun counted whole: 1 in the last 24 hours, 0 from the deadline on.
pub fn days_left(deadline: Timestamp, now: Timestamp) -> i64 {
    let millis = deadline.millis() - now.millis();
    millis.max(0).div_euclid(DAY_SECS * 1000) + i64::from(millis > 0 && millis % (DAY_SECS * 1000) != 0)
}

/// A person is reminded at most this often, in seconds, by whomever.
pub const REMINDER_PAUSE_SECS: i64 = DAY_SECS;

/// Days before the deadline at which a reminder goes out by itself.
pub const REMINDER_DAYS: [i64; 4] = [7, 3, 1, 0];

/// Whether somebody was reminded too lately to be reminded again.
pub fn is_reminded(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_some_and(|last| now < last.plus_secs(REMINDER_PAUSE_SECS))
}

/// Whether a reminder is to go out by itself now: one of [`REMINDER_DAYS`] has come and none was sent since.
/// The last goes out when the deadline comes, and no later than a day after it.
pub fn reminder_due(deadline: Timestamp, last: Option<Timestamp>, now: Timestamp) -> bool {
    let moment = reminder_moment(deadline, now);
    !is_reminded(last, now) && moment.is_some_and(|moment| last.is_none_or(|last| last < moment))
}

/// The latest of [`REMINDER_DAYS`] that has come; none before the first and a day after the last.
pub fn reminder_moment(deadline: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let moments = REMINDER_DAYS.into_iter().map(|days| deadline.plus_secs(-days * DAY_SECS));
    moments.filter(|moment| *moment <= now).max().filter(|_| now < deadline.plus_secs(DAY_SECS))
}

#[cfg(test)]
mod tests;
