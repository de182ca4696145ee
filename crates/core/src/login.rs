//! The login machine: the only place that decides whether somebody is signed in.
//!
//! Every way in feeds it what was proven and obeys the [`Step`] it answers. [`Authenticated`] has no
//! other constructor, and a session can be issued from nothing else.

use crate::{
    assurance::{Method, Proof, Proofs},
    clock::Timestamp,
    ids::{TenantId, UserId},
    password::Origin,
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
    /// Registered security keys and passkeys, of whatever relying party.
    pub security_keys: u32,
    /// Those of them that can be asked here: registered for this server's name.
    pub usable_keys: u32,
    /// Unused recovery codes.
    pub recovery_codes: u32,
    /// What the person wants to be asked first.
    pub preferred: Option<Method>,
    /// Who chose the password.
    pub password: Origin,
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
    /// The password was given by an administrator too long ago.
    PasswordLapsed,
}

/// A second factor is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedFactor {
    /// What would do: the key, then the app, then a recovery code.
    pub methods: Vec<Method>,
    /// What to ask first; none when only recovery codes would do.
    pub preferred: Option<Method>,
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

/// Somebody who has shown what they have, and must enrol a factor before anything else. Only this module makes
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolling {
    user: UserId,
    tenant: TenantId,
    proofs: Proofs,
}

impl Enrolling {
    /// Who enrols.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// In which tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What was shown.
    pub fn proofs(&self) -> &Proofs {
        &self.proofs
    }
}

/// Where a login stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It ends here.
    Denied(Denied),
    /// Somebody else chose the password: its owner chooses another one, and the login begins anew with that.
    MustChangePassword,
    /// The second lock is still closed.
    NeedFactor(NeedFactor),
    /// Policy wants a factor this person does not have yet.
    MustEnrol(Enrolling),
    /// Both locks are open, or one is all that is asked.
    Done(Authenticated),
}

/// Advances a login: `proofs` is all that was shown so far, each verified by its mechanic.
pub fn advance(account: &Account, proofs: Proofs) -> Step {
    if account.status != Status::Active || !account.tenant_active {
        return Step::Denied(Denied::AccountClosed);
    }
    // Before the second lock: whoever has only heard the password learns nothing of that.
    if proofs.password_at().is_some() {
        match account.password {
            Origin::Own => {}
            Origin::Given => return Step::MustChangePassword,
            Origin::Lapsed => return Step::Denied(Denied::PasswordLapsed),
        }
    }
    if !account.mfa_available {
        return done(account, proofs, None);
    }
    let enrolled = account.authenticator_apps > 0 || account.security_keys > 0;
    match (enrolled, proofs.is_multi_factor()) {
        (true, false) => Step::NeedFactor(need_factor(account)),
        // A factor was shown that is no longer enrolled: it was removed while this login was open.
        (false, true) => Step::Denied(Denied::FactorNotEnrolled),
        (true, true) | (false, false) => under_policy(account, proofs),
    }
}

/// All that the person has was shown; whether that is enough is the tenant's to say.
fn under_policy(account: &Account, proofs: Proofs) -> Step {
    match account.obligation {
        Obligation::DueNow(_) => {
            Step::MustEnrol(Enrolling { user: account.user, tenant: account.tenant, proofs })
        }
        Obligation::DueBy(deadline) => done(account, proofs, Some(deadline)),
        Obligation::None => done(account, proofs, None),
    }
}

/// A login whose password was just verified.
pub fn after_password(account: &Account, now: Timestamp) -> Step {
    advance(account, Proofs::default().with(Proof::new(Method::Password, now)))
}

/// What a person with factors may be asked for.
pub fn need_factor(account: &Account) -> NeedFactor {
    let have = [
        (Method::SecurityKey, account.usable_keys),
        (Method::Totp, account.authenticator_apps),
        (Method::RecoveryCode, account.recovery_codes),
    ];
    let methods: Vec<_> =
        have.into_iter().filter(|(_, count)| *count > 0).map(|(method, _)| method).collect();
    let preferred = account
        .preferred
        .filter(|method| methods.contains(method))
        .or_else(|| methods.first().copied().filter(|method| *method != Method::RecoveryCode));
    NeedFactor { methods, preferred }
}

fn done(account: &Account, proofs: Proofs, grace_until: Option<Timestamp>) -> Step {
    Step::Done(Authenticated { user: account.user, tenant: account.tenant, proofs, grace_until })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{assurance::KeyProof, policy::Due};

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
            security_keys: 0,
            usable_keys: 0,
            recovery_codes: 0,
            preferred: None,
            password: Origin::Own,
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
        let expected =
            NeedFactor { methods: vec![Method::Totp, Method::RecoveryCode], preferred: Some(Method::Totp) };
        assert_eq!(after_password(&account, now()), Step::NeedFactor(expected));
    }

    #[test]
    fn the_key_is_asked_first_unless_the_person_prefers_the_app() {
        let both = Account {
            authenticator_apps: 1,
            security_keys: 1,
            usable_keys: 1,
            recovery_codes: 1,
            ..account()
        };
        let need = need_factor(&both);
        assert_eq!(need.methods, [Method::SecurityKey, Method::Totp, Method::RecoveryCode]);
        assert_eq!(need.preferred, Some(Method::SecurityKey));
        let app_first = need_factor(&Account { preferred: Some(Method::Totp), ..both.clone() });
        assert_eq!((app_first.methods, app_first.preferred), (need.methods, Some(Method::Totp)));
        let gone = need_factor(&Account { preferred: Some(Method::Totp), authenticator_apps: 0, ..both });
        assert_eq!(gone.preferred, Some(Method::SecurityKey));
    }

    /// A key of another name of this server cannot be asked, but it is a lock all the same.
    #[test]
    fn a_key_that_cannot_be_asked_still_keeps_the_second_lock_closed() {
        let foreign = Account { security_keys: 1, recovery_codes: 2, ..account() };
        let expected = NeedFactor { methods: vec![Method::RecoveryCode], preferred: None };
        assert_eq!(after_password(&foreign, now()), Step::NeedFactor(expected));
    }

    #[test]
    fn a_verified_passkey_alone_opens_both_locks_and_a_touched_one_does_not() {
        let account = Account { security_keys: 1, usable_keys: 1, ..account() };
        for (verified, opens) in [(true, true), (false, false)] {
            let proof = Proof::by_key(KeyProof { verified, synced: true }, now());
            let step = advance(&account, Proofs::default().with(proof));
            assert_eq!(matches!(step, Step::Done(_)), opens);
        }
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
        let due = Account { obligation: Obligation::DueNow(Due::NewAccount), ..account() };
        assert!(matches!(after_password(&due, now()), Step::MustEnrol(_)));
        let deadline = now().plus_secs(86_400);
        let grace = Account { obligation: Obligation::DueBy(deadline), ..account() };
        let Step::Done(done) = after_password(&grace, now()) else { panic!("not signed in") };
        assert_eq!(done.grace_until(), Some(deadline));
    }

    /// Where kinds were narrowed, a person still proves the factor they have, then enrols an allowed one.
    #[test]
    fn who_has_a_factor_of_another_kind_shows_it_before_enrolling() {
        let due = Obligation::DueNow(Due::Since(now()));
        let narrowed = Account { authenticator_apps: 1, obligation: due, ..account() };
        assert!(matches!(after_password(&narrowed, now()), Step::NeedFactor(_)));
        let Step::MustEnrol(enrolling) = advance(&narrowed, with_code(Method::Totp)) else {
            panic!("not led into the enrollment")
        };
        assert!(enrolling.proofs().is_multi_factor());
    }

    /// A password that somebody else chose opens the change of it and nothing else, with whatever beside it.
    #[test]
    fn a_given_password_only_leads_to_another_one() {
        let given = Account { password: Origin::Given, authenticator_apps: 1, ..account() };
        for account in [
            given.clone(),
            Account { mfa_available: false, ..given.clone() },
            Account { authenticator_apps: 0, ..given.clone() },
        ] {
            assert_eq!(after_password(&account, now()), Step::MustChangePassword);
            assert_eq!(advance(&account, with_code(Method::Totp)), Step::MustChangePassword);
        }
        let lapsed = Account { password: Origin::Lapsed, ..given.clone() };
        assert_eq!(after_password(&lapsed, now()), Step::Denied(Denied::PasswordLapsed));
        let closed = Account { status: Status::Suspended, ..given };
        assert_eq!(after_password(&closed, now()), Step::Denied(Denied::AccountClosed));
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
            apps in 0_u32..3, keys in 0_u32..3, codes in 0_u32..11, shown in 0_usize..6, due in 0_u8..3,
        ) {
            let obligation = match due {
                0 => Obligation::None,
                1 => Obligation::DueBy(now()),
                _ => Obligation::DueNow(Due::NewAccount),
            };
            let factors = Account { authenticator_apps: apps, security_keys: keys, usable_keys: keys, ..account() };
            let account = Account { recovery_codes: codes, obligation, ..factors };
            let key = |verified| Proof::by_key(KeyProof { verified, synced: false }, now());
            let proofs = match shown {
                0 => Proofs::default(),
                1 => Proofs::default().with(Proof::new(Method::Password, now())),
                2 => with_code(Method::Totp),
                3 => Proofs::default().with(key(false)),
                4 => Proofs::default().with(Proof::new(Method::Password, now())).with(key(false)),
                _ => Proofs::default().with(Proof::new(Method::Totp, now())),
            };
            if let Step::Done(done) = advance(&account, proofs)
                && apps + keys > 0
            {
                prop_assert_ne!(done.proofs().acr(), "aal1");
            }
        }
    }
}
