//! An administrative act under way.

use std::ops::Deref;

use twinlock_core::user::{Power, Role};
use twinlock_store::{
    StoreError,
    users::{self, Account},
};

use super::{NotAllowed, has, may_act_on, require_factor, require_factor_to_give};
use crate::{
    Caller,
    context::Work,
    guard::{self, Act, StepUpRequired},
};

/// An administrator who may act: they, their tenant and whom the act is about are held.
pub(crate) struct Acting<'a> {
    /// The act.
    pub(crate) work: Work<'a>,
    /// The administrator, with the tenant as it is now.
    pub(crate) actor: Account,
}

/// An administrator who may act on a person.
pub(crate) struct ActingOn<'a> {
    /// The administrator.
    pub(crate) acting: Acting<'a>,
    /// The person, as they are now.
    pub(crate) target: Account,
}

/// Both are held, and nothing is allowed yet: for acts that have more to ask first.
pub(crate) struct Held<'a> {
    pub(super) work: Work<'a>,
    pub(super) power: Power,
    pub(super) actor: Option<Account>,
    pub(super) target: Account,
}

impl<'a> Held<'a> {
    /// The person.
    pub(crate) fn target(&self) -> &Account {
        &self.target
    }

    /// Whether the tenant has an owner without them.
    pub(crate) async fn is_owned_without(&self) -> Result<bool, StoreError> {
        users::has_other_owner(&self.work, &self.target.user).await
    }

    /// Asks everything of both as they are now.
    pub(crate) fn admit(self, caller: &Caller) -> Result<ActingOn<'a>, NotAllowed> {
        let Self { work, power, actor, target } = self;
        let actor = actor.ok_or(NotAllowed::Ended)?;
        has(actor.user.role, power)?;
        may_act_on(&actor, &target)?;
        guard::require(work.app, &actor, &caller.live.proofs, Act::Administer)?;
        Ok(ActingOn { acting: Acting { work, actor }, target })
    }
}

impl Acting<'_> {
    /// Acts on another's factors, role, status and address need an administrator who has a factor of their own.
    pub(crate) fn require_factor(&self) -> Result<(), StepUpRequired> {
        require_factor(self.work.app, &self.actor)
    }

    /// So does making or inviting an owner or administrator.
    pub(crate) fn require_factor_to_give(&self, role: Role) -> Result<(), StepUpRequired> {
        require_factor_to_give(self.work.app, &self.actor, role)
    }
}

impl<'a> Deref for Acting<'a> {
    type Target = Work<'a>;

    fn deref(&self) -> &Work<'a> {
        &self.work
    }
}
