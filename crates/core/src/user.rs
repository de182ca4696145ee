//! People with an account: what they may do and whether they may do it at all.

use serde::{Deserialize, Serialize};

/// How long after a change of the address the earlier one still counts for proofs and resets, in seconds.
pub const EARLIER_ADDRESS_SECS: i64 = 72 * 3600;

/// What a person may do in their tenant, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Manages nothing but their own account.
    Member,
    /// Sees users and resets members' second factors.
    Helpdesk,
    /// Administers members and helpdesk, and the tenant's settings.
    Admin,
    /// All of the tenant.
    Owner,
}

/// Whether an account can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Created without a password; the invitation is still open.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in; looks like a wrong password from outside.
    Suspended,
}

macro_rules! text_form {
    ($type:ident { $($variant:ident => $text:literal),* $(,)? }) => {
        impl $type {
            /// Every value there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable text form, as stored and as the API writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads the text form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use text_form;

text_form!(Role { Member => "member", Helpdesk => "helpdesk", Admin => "admin", Owner => "owner" });
text_form!(Status { Invited => "invited", Active => "active", Suspended => "suspended" });

/// A part of a tenant's administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Power {
    /// Seeing people, their second factors, and who has none yet.
    SeePeople,
    /// Resetting the second factors of people.
    ResetFactors,
    /// Everything else: settings, people and their sessions, the audit log.
    Administer,
}

impl Role {
    /// Whether a person of this role has a part in the administration.
    pub fn has(self, power: Power) -> bool {
        match power {
            Power::SeePeople | Power::ResetFactors => self >= Self::Helpdesk,
            Power::Administer => self >= Self::Admin,
        }
    }

    /// Whether somebody of this role may act on somebody of the other one, and may make somebody that. Nobody
    /// acts upwards or sideways, but owners have all of the tenant.
    pub fn outranks(self, other: Self) -> bool {
        self == Self::Owner || other < self
    }
}

#[cfg(test)]
mod tests {
    use super::{Role::*, *};

    const ROLES: [Role; 4] = [Member, Helpdesk, Admin, Owner];

    /// attacks.md row 67: who may act on whom, all of it.
    #[test]
    fn nobody_acts_upwards_or_sideways() {
        let below = |role: Role| ROLES.into_iter().filter(|other| role.outranks(*other)).collect::<Vec<_>>();
        assert_eq!(below(Member), []);
        assert_eq!(below(Helpdesk), [Member]);
        assert_eq!(below(Admin), [Member, Helpdesk]);
        assert_eq!(below(Owner), ROLES);
    }

    #[test]
    fn each_role_has_its_part_of_the_administration() {
        let powers = [Power::SeePeople, Power::ResetFactors, Power::Administer];
        let of = |role: Role| powers.map(|power| role.has(power));
        assert_eq!(of(Member), [false; 3]);
        assert_eq!(of(Helpdesk), [true, true, false]);
        assert_eq!((of(Admin), of(Owner)), ([true; 3], [true; 3]));
    }
}
