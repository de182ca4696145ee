//! What a page may have to say, as values. The words are in the templates.

use serde::{Deserialize, Serialize};

use super::When;

/// A note above the content of a page. Those that tell what was just done
/// travel in the query string over a redirect, see [`Banner::key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    /// Two or fewer recovery codes are left.
    FewCodes {
        /// How many.
        left: u32,
    },
    /// Nobody has saved the recovery codes yet.
    CodesNotSaved,
    /// A second factor must be enrolled by then.
    MfaGrace {
        /// The deadline.
        deadline: When,
    },
    /// The pending sign-in is unknown, expired or used: start again.
    SignInExpired,
    /// What was sent was done, but the browser lost the answer and its cookies with it: sign in again.
    AnswerLost,
    /// The person confirmed that it is them, but the browser never got the answer: confirm once more.
    ProofLost,
    /// So many tries failed that the pending sign-in is over: start again.
    TooManyTries,
    /// The session is over: sign in again.
    SessionEnded,
    /// The profile was changed.
    Saved,
    /// The person signed out.
    SignedOut,
    /// The password was changed by the person; their other sessions ended.
    PasswordChanged,
    /// The password was set by a mailed link: sign in with it.
    PasswordReset,
    /// The account was made: sign in.
    AccountReady,
    /// MFA is off.
    MfaOff,
    /// One factor was removed, others are left.
    MethodRemoved,
    /// A factor has a new name.
    MethodRenamed,
    /// A key signs in alone from now on.
    KeyAlone,
    /// New recovery codes were saved.
    CodesRenewed,
    /// One session was ended.
    SessionStopped,
    /// All other sessions were ended.
    OthersStopped,
    /// A link to confirm the new address was mailed.
    ConfirmMailSent,
    /// A code was mailed to the address on file.
    MailCodeSent,
    /// Something was done to another person, in the console.
    Person(PersonNote),
    /// Something was done to an organisation, by an operator.
    Organisation(OrganisationNote),
}

/// What an operator did to an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganisationNote {
    /// It was made, and its owner invited.
    Made,
    /// An owner was invited once more.
    OwnerInvited,
    /// Nobody signs in any more.
    Suspended,
    /// People sign in again.
    Resumed,
    /// It goes after a week.
    Goes,
    /// It stays after all.
    Restored,
}

/// What an administrator did to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonNote {
    /// The account was made.
    Added,
    /// An invitation was mailed.
    Invited,
    /// An invitation waits for another operator.
    Awaits,
    /// An operator's invitation was approved, and mailed.
    Approved,
    /// The account was changed.
    Changed,
    /// Their second factors are gone.
    MfaReset,
    /// One of their second factors is gone.
    FactorRemoved,
    /// They were signed out everywhere.
    SignedOut,
    /// They have a deadline of their own.
    DeadlineSet,
    /// They can no longer sign in.
    Suspended,
    /// They can sign in again.
    Activated,
    /// The account is gone.
    Deleted,
}

/// How loud a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BannerKind {
    /// Something went well, or is good to know.
    Notice,
    /// Something should be done soon.
    Warning,
    /// Something must be done now.
    Alarm,
}

/// The notes that travel as `?done=…`.
const KEYS: &[(&str, Banner)] = &[
    ("saved", Banner::Saved),
    ("signed-out", Banner::SignedOut),
    ("password-changed", Banner::PasswordChanged),
    ("password-reset", Banner::PasswordReset),
    ("account-ready", Banner::AccountReady),
    ("mfa-off", Banner::MfaOff),
    ("method-removed", Banner::MethodRemoved),
    ("method-renamed", Banner::MethodRenamed),
    ("key-alone", Banner::KeyAlone),
    ("codes-renewed", Banner::CodesRenewed),
    ("session-stopped", Banner::SessionStopped),
    ("others-stopped", Banner::OthersStopped),
    ("confirm-mail-sent", Banner::ConfirmMailSent),
    ("mail-code-sent", Banner::MailCodeSent),
    ("person-added", Banner::Person(PersonNote::Added)),
    ("person-invited", Banner::Person(PersonNote::Invited)),
    ("person-awaits", Banner::Person(PersonNote::Awaits)),
    ("person-approved", Banner::Person(PersonNote::Approved)),
    ("person-changed", Banner::Person(PersonNote::Changed)),
    ("mfa-reset", Banner::Person(PersonNote::MfaReset)),
    ("factor-removed", Banner::Person(PersonNote::FactorRemoved)),
    ("person-signed-out", Banner::Person(PersonNote::SignedOut)),
    ("deadline-set", Banner::Person(PersonNote::DeadlineSet)),
    ("person-suspended", Banner::Person(PersonNote::Suspended)),
    ("person-activated", Banner::Person(PersonNote::Activated)),
    ("person-deleted", Banner::Person(PersonNote::Deleted)),
    ("organisation-made", Banner::Organisation(OrganisationNote::Made)),
    ("owner-invited", Banner::Organisation(OrganisationNote::OwnerInvited)),
    ("organisation-suspended", Banner::Organisation(OrganisationNote::Suspended)),
    ("organisation-resumed", Banner::Organisation(OrganisationNote::Resumed)),
    ("organisation-goes", Banner::Organisation(OrganisationNote::Goes)),
    ("organisation-restored", Banner::Organisation(OrganisationNote::Restored)),
];

impl Banner {
    /// How loud this note is.
    pub fn kind(self) -> BannerKind {
        match self {
            Self::FewCodes { left: 0 } => BannerKind::Alarm,
            Self::FewCodes { .. }
            | Self::CodesNotSaved
            | Self::MfaGrace { .. }
            | Self::SignInExpired
            | Self::AnswerLost
            | Self::ProofLost
            | Self::TooManyTries
            | Self::SessionEnded
            | Self::MfaOff => BannerKind::Warning,
            _ => BannerKind::Notice,
        }
    }

    /// The value of `?done=` that makes the next page say this; `None` for notes that come from
    /// the state of the account.
    pub fn key(self) -> Option<&'static str> {
        KEYS.iter().find(|(_, banner)| *banner == self).map(|(key, _)| *key)
    }

    /// The note of a `?done=` value.
    pub fn from_key(key: &str) -> Option<Self> {
        KEYS.iter().find(|(name, _)| *name == key).map(|(_, banner)| *banner)
    }
}

/// Why a typed code (app, recovery or mail) was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeError {
    /// Nothing was typed.
    Missing,
    /// Wrong, reused or expired: the page does not tell which.
    Wrong,
    /// Right for a near time: the device's clock is off.
    ClockOff {
        /// Seconds the device is ahead; negative when it is behind.
        seconds: i64,
    },
    /// Typed codes wait.
    TooMany {
        /// Seconds to wait.
        wait_secs: i64,
    },
    /// So many wrong codes that this kind no longer waits but stays refused until it is lifted.
    Locked,
}

impl CodeError {
    /// Whether a code was looked at.
    pub fn was_tried(self) -> bool {
        matches!(self, Self::Wrong | Self::ClockOff { .. })
    }
}

/// Why a present password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordError {
    /// Nothing was typed.
    Missing,
    /// Wrong; at sign-in this also stands for an unknown user or a suspended account.
    Wrong,
    /// Passwords wait.
    TooMany {
        /// Seconds to wait.
        wait_secs: i64,
    },
}

/// Why a new password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewPasswordError {
    /// Nothing was typed.
    Missing,
    /// Fewer characters than the policy asks for.
    TooShort {
        /// The fewest characters allowed.
        min: u32,
    },
    /// More characters than allowed.
    TooLong {
        /// The most characters allowed.
        max: u32,
    },
    /// On the list of common passwords.
    Common,
    /// Easy to guess.
    Weak,
    /// The same as the present one.
    Same,
}

/// Why the content of another field was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldError {
    /// Nothing was typed.
    Missing,
    /// Too long, or characters that are not allowed.
    Invalid,
    /// Somebody or something else has it.
    Taken,
}

/// The links that arrive by mail or from the server's console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Choose a new password.
    Reset,
    /// Accept an invitation.
    Invite,
    /// Confirm an email address.
    Confirm,
    /// Create the first account.
    Setup,
}

impl LinkKind {
    /// As addresses have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Invite => "invite",
            Self::Confirm => "confirm",
            Self::Setup => "setup",
        }
    }

    /// Reads what [`LinkKind::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Reset, Self::Invite, Self::Confirm, Self::Setup].into_iter().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_leads_back_to_its_note() {
        for (key, banner) in KEYS {
            assert_eq!(Banner::from_key(key), Some(*banner));
            assert_eq!(banner.key(), Some(*key));
        }
    }

    #[test]
    fn notes_about_the_account_cannot_be_forged_by_a_link() {
        for banner in
            [Banner::FewCodes { left: 0 }, Banner::SignInExpired, Banner::TooManyTries, Banner::SessionEnded]
        {
            assert_eq!(banner.key(), None);
        }
        assert_eq!(Banner::from_key("<script>"), None);
    }
}
