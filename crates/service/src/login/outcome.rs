//! What a sign-in is given and what it answers.

use secrecy::SecretString;
use twinlock_core::{clock::Timestamp, enrollment::EnrollmentProof, throttle::TypedKind};
use twinlock_store::users::Account;

use crate::{
    Channel, Internal, Issued, UserView, password_check::NotCompared, second_factor::Refusal,
    security_keys::AskError, webauthn::Shape,
};

/// What somebody presents at the first step.
pub struct Credentials {
    /// The tenant's slug.
    pub tenant: String,
    /// User name or address.
    pub username: String,
    /// Password.
    pub password: SecretString,
    /// A second-factor code sent along; blank means none.
    pub code: Option<String>,
}

/// Where the session will live.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// A page or the API.
    pub channel: Channel,
    /// The secret of the browser in which a login on a page began.
    pub browser: Option<&'a str>,
}

impl Target<'_> {
    /// The API: a pending login belongs to whoever holds its token.
    pub const API: Target<'static> = Target { channel: Channel::Api, browser: None };
}

/// How a step ended.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in.
    Done(Box<SignedIn>),
    /// The second factor is due.
    NeedFactor(Box<NeedFactor>),
    /// A factor must be enrolled before anything else.
    MustEnrol(Box<MustEnrol>),
    /// The password was given by somebody else: another one must be chosen first.
    MustChangePassword(MustChangePassword),
}

/// A login that waits for a password of its owner's own.
#[derive(Debug)]
pub struct MustChangePassword {
    /// Opens the change, once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A complete sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session's token.
    pub issued: Issued,
    /// Who signed in.
    pub user: UserView,
    /// Until when a second factor must be enrolled, where a deadline is running.
    pub grace_until: Option<Timestamp>,
    /// Recovery codes left, when one was used.
    pub recovery_codes_remaining: Option<u32>,
    /// Of the cookie that remembers the browser: see [`crate::browser`].
    pub browser_generation: i64,
}

/// A login that waits for its second factor.
#[derive(Debug)]
pub struct NeedFactor {
    /// Opens the second step, once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What would do: `webauthn`, `totp`, `recovery_code`.
    pub methods: Vec<&'static str>,
    /// What to ask first; none when only recovery codes would do.
    pub preferred: Option<&'static str>,
    /// Who is signing in.
    pub user: UserView,
}

/// A login that leads into an enrollment.
#[derive(Debug)]
pub struct MustEnrol {
    /// The token that opens the enrollment and nothing else.
    pub issued: Issued,
    /// Who enrols.
    pub user: UserView,
    /// What has yet to be shown before: nothing more, or a code by mail.
    pub enrollment_proof: EnrollmentProof,
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong user, password or tenant, or a closed account: one answer.
    #[error("wrong user name, password or organisation")]
    InvalidCredentials,
    /// The second factor was not accepted.
    #[error("the code was not accepted")]
    InvalidCode {
        /// How far the device's clock is ahead, when the code was right for a near time.
        clock_offset_seconds: Option<i64>,
    },
    /// The security key's answer was not accepted: one answer for every reason.
    #[error("the security key was not accepted")]
    KeyRefused,
    /// The key is right, and a second factor only: it does not sign in alone. Told to whoever holds it.
    #[error("the key is a second factor only")]
    SecondFactorOnly,
    /// What was sent has not the shape of a security key's answer.
    #[error(transparent)]
    KeyShape(#[from] Shape),
    /// No key is registered that could be asked here.
    #[error("no security key could be asked")]
    NoKey,
    /// The server's public address is an IP address, which security keys do not accept.
    #[error("security keys need a public address with a name")]
    KeysUnavailable,
    /// The pending login is unknown, used, expired, or another browser's.
    #[error("the sign-in has expired")]
    TokenInvalid,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// Too many failures: no wait opens the account to typed codes again.
    #[error("codes no longer open the account")]
    Locked {
        /// What is refused: an app's codes alone, or recovery codes as well.
        kind: TypedKind,
        /// Seconds that a program should wait before it asks again.
        wait_secs: i64,
    },
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(LoginError);

impl LoginError {
    /// What the refusal of a typed code means for whoever is signing in to this account.
    pub(crate) fn refused(refusal: Refusal, kind: TypedKind, account: &Account) -> Self {
        let typed = &account.user.typed;
        match refusal {
            Refusal::Wrong | Refusal::Replayed => Self::InvalidCode { clock_offset_seconds: None },
            Refusal::ClockOff(seconds) => Self::InvalidCode { clock_offset_seconds: Some(seconds) },
            Refusal::Wait(wait_secs) if typed.stops(TypedKind::Recovery) => {
                Self::Locked { kind: TypedKind::Recovery, wait_secs }
            }
            Refusal::Wait(wait_secs) if typed.stops(kind) => Self::Locked { kind, wait_secs },
            Refusal::Wait(wait_secs) => Self::TooMany(wait_secs),
        }
    }
}

impl From<AskError> for LoginError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoKey => Self::NoKey,
            AskError::TooMany(wait_secs) => Self::TooMany(wait_secs),
            AskError::Internal(error) => Self::Internal(error),
        }
    }
}

impl From<NotCompared> for LoginError {
    fn from(error: NotCompared) -> Self {
        match error {
            NotCompared::Wait(seconds) => Self::TooMany(seconds),
            NotCompared::Internal(error) => error.into(),
        }
    }
}
