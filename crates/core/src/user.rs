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

impl Role {
    /// May read and change the tenant's settings.
    pub fn administers_tenant(self) -> bool {
        self >= Self::Admin
    }
}
