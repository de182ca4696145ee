//! The login machine: the only place that decides whether somebody is signed in.
//!
//! Every way in feeds it what was proven and obeys the [`Step`] it answers. [`Authenticated`] has no
//! other constructor, and a session can be issued from nothing else.

use crate::{
    assurance::{Method, Proof, Proofs},
    clock::Timestamp,
    ids::{TenantId, UserId},
    policy::Obligation,
    user::Status,
};

/// What the machine must know of an account, read in the transaction that acts on the answer.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub user: UserId,
    /// Of which tenant.
    pub tenant: TenantId,
    /// Whether the account may sign in at all.
    pub status: Status,
    /// Whether the tenant is in operation.
    pub tenant_active: bool,
    /// Confirmed authenticator apps. Recovery codes alone never count as a factor.
    pub authenticator_apps: u32,
    /// Unused recovery codes.
    pub recovery_codes: u32,
    /// Whether the server has second factors switched on (`mfa.enabled`).
    pub mfa_available: bool,
    /// What policy asks of this person now.
    pub obligation: Obligation,
}

/// Why a login goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The account is suspended or still invited, or its tenant is suspended.
    AccountClosed,
    /// The proof given is not one this account has.
    FactorNotEnrolled,
}

/// A second factor is due. Lists what would do, preferred first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedFactor {
    /// Acceptable methods.
    pub methods: Vec<Method>,
}

/// Proof that everything policy asks for has been shown. Only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    user: UserId,
    tenant: TenantId,
    proofs: Proofs,
    grace_until: Option<Timestamp>,
}

impl Authenticated {
    /// Who signed in.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Into which tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What was shown.
    pub fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// The deadline for enrolling, where one is running.
    pub fn grace_until(&self) -> Option<Timestamp> {
        self.grace_until
    }
}

/// Where a login stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It ends here.
    Denied(Denied),
    /// The second lock is still closed.
    NeedFactor(NeedFactor),
    /// Policy wants a factor this person does not have yet.
    MustEnrol,
    /// Both locks are open, or one is all that is asked.
    Done(Authenticated),
}

/// Advances a login: `proofs` is all that was shown so far, each verified by its mechanic.
pub fn advance(account: &Account, proofs: Proofs) -> Step {
    if account.status != Status::Active || !account.tenant_active {
        return Step::Denied(Denied::AccountClosed);
    }
    let enrolled = account.mfa_available && account.authenticator_apps > 0;
    if enrolled {
        return if proofs.is_multi_factor() { done(account, proofs, None) } else { need_factor(account) };
    }
    if proofs.is_multi_factor() {
        // A factor was shown that is no longer enrolled: it was removed while this login was open.
        return Step::Denied(Denied::FactorNotEnrolled);
    }
    match account.obligation {
        Obligation::DueNow if account.mfa_available => Step::MustEnrol,
        Obligation::DueBy(deadline) if account.mfa_available => done(account, proofs, Some(deadline)),
        _ => done(account, proofs, None),
    }
}

/// A login whose password was just verified.
pub fn after_password(account: &Account, now: Timestamp) -> Step {
    advance(account, Proofs::default().with(Proof::new(Method::Password, now)))
}

fn need_factor(account: &Account) -> Step {
    let mut methods = vec![Method::Totp];
    if account.recovery_codes > 0 {
        methods.push(Method::RecoveryCode);
    }
    Step::NeedFactor(NeedFactor { methods })
}

fn done(account: &Account, proofs: Proofs, grace_until: Option<Timestamp>) -> Step {
    Step::Done(Authenticated { user: account.user, tenant: account.tenant, proofs, grace_until })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn account() -> Account {
        Account {
            user: UserId(Uuid::nil()),
            tenant: TenantId(Uuid::nil()),
            status: Status::Active,
            tenant_active: true,
            authenticator_apps: 0,
            recovery_codes: 0,
            mfa_available: true,
            obligation: Obligation::None,
        }
    }

    fn with_code(method: Method) -> Proofs {
        Proofs::default().with(Proof::new(Method::Password, now())).with(Proof::new(method, now()))
    }

    #[test]
    fn a_password_signs_in_who_has_no_factor() {
        assert!(matches!(after_password(&account(), now()), Step::Done(_)));
    }

    #[test]
    fn a_password_never_signs_in_who_has_a_factor() {
        let account = Account { authenticator_apps: 1, recovery_codes: 3, ..account() };
        let expected = NeedFactor { methods: vec![Method::Totp, Method::RecoveryCode] };
        assert_eq!(after_password(&account, now()), Step::NeedFactor(expected));
    }

    #[test]
    fn recovery_codes_alone_are_no_factor() {
        let account = Account { recovery_codes: 10, ..account() };
        assert!(matches!(after_password(&account, now()), Step::Done(_)));
    }

    /// attacks.md row 46: a suspended or invited account, or one of a closed tenant, gets nowhere.
    #[test]
    fn a_closed_account_gets_nowhere_with_whatever_it_shows() {
        for status in [Status::Suspended, Status::Invited] {
            let account = Account { status, authenticator_apps: 1, ..account() };
            assert_eq!(advance(&account, with_code(Method::Totp)), Step::Denied(Denied::AccountClosed));
        }
        let closed = Account { tenant_active: false, ..account() };
        assert_eq!(after_password(&closed, now()), Step::Denied(Denied::AccountClosed));
    }

    #[test]
    fn enforcement_blocks_or_warns_who_has_no_factor() {
        let due = Account { obligation: Obligation::DueNow, ..account() };
        assert_eq!(after_password(&due, now()), Step::MustEnrol);
        let deadline = now().plus_secs(86_400);
        let grace = Account { obligation: Obligation::DueBy(deadline), ..account() };
        let Step::Done(done) = after_password(&grace, now()) else { panic!("not signed in") };
        assert_eq!(done.grace_until(), Some(deadline));
    }

    #[test]
    fn with_second_factors_switched_off_the_password_is_enough() {
        let off = Account { mfa_available: false, authenticator_apps: 1, ..account() };
        assert!(matches!(after_password(&off, now()), Step::Done(_)));
    }

    proptest! {
        /// Whatever the account: signed in with a factor enrolled means two locks were opened.
        #[test]
        fn nobody_with_a_factor_is_done_with_one_lock(
            apps in 0_u32..4, codes in 0_u32..11, shown in 0_usize..4, due in 0_u8..3,
        ) {
            let obligation = match due {
                0 => Obligation::None,
                1 => Obligation::DueBy(now()),
                _ => Obligation::DueNow,
            };
            let account =
                Account { authenticator_apps: apps, recovery_codes: codes, obligation, ..account() };
            let proofs = match shown {
                0 => Proofs::default(),
                1 => Proofs::default().with(Proof::new(Method::Password, now())),
                2 => with_code(Method::Totp),
                _ => Proofs::default().with(Proof::new(Method::Totp, now())),
            };
            if let Step::Done(done) = advance(&account, proofs)
                && apps > 0
            {
                prop_assert_eq!(done.proofs().acr(), "aal2");
            }
        }
    }
}
