//! Service error → problem document: the only place where a use case's error meets a status.

mod administration;
mod factors;
mod operators;

use serde_json::json;
use twinlock_core::{password::PasswordProblem, throttle::TypedKind};
use twinlock_service::{
    Internal,
    account::{ChangePasswordError, MailCodeMissing, ProfileError},
    email::ConfirmError,
    guard::StepUpRequired,
    invitation::InvitationError,
    login::{ChangeError, LoginError},
    mail_code::SendError,
    recover::ResetError,
    sessions::EndError,
    settings::SettingsError,
    webauthn::Shape,
};

use crate::http::{Code, Problem};

const WRONG_CODE: &str =
    "Wait for the next code and enter that one: codes change every 30 seconds, and this one didn't match.";

impl From<Internal> for Problem {
    fn from(error: Internal) -> Self {
        if error.is_unavailable() {
            tracing::warn!(%error, "unavailable");
            return Self::new(Code::Unavailable).retry_after(2);
        }
        tracing::error!(%error, "internal error");
        Self::new(Code::Internal)
    }
}

impl From<StepUpRequired> for Problem {
    fn from(error: StepUpRequired) -> Self {
        let detail = match error.methods.as_slice() {
            [] => "Set up a second factor for your own account first: this takes somebody who has one.",
            ["password"] => {
                "Confirm your password at POST /api/v1/auth/step-up, then send this request again."
            }
            _ => Code::StepUpRequired.detail(),
        };
        Self::new(Code::StepUpRequired).detail(detail).with("methods", json!(error.methods))
    }
}

/// Of somebody who is signed in: there is no doubt about who they are.
fn wrong_password() -> Problem {
    Problem::new(Code::InvalidCredentials).detail("Type your current password again: this one is not right.")
}

/// A refused second-factor code. The offset is told only where the code was right for a near time.
pub(crate) fn wrong_code(clock_offset_seconds: Option<i64>) -> Problem {
    let Some(seconds) = clock_offset_seconds else {
        return Problem::new(Code::InvalidMfaCode).detail(WRONG_CODE);
    };
    let direction = if seconds > 0 { "ahead of" } else { "behind" };
    let detail = format!(
        "Set the device's clock to automatic time and enter the next code: the clock is about {} seconds \
         {direction} ours.",
        seconds.abs()
    );
    Problem::new(Code::InvalidMfaCode).detail(detail).with("clock_offset_seconds", seconds)
}

/// Too many attempts: how long to wait, in seconds.
pub fn too_many(wait_secs: i64) -> Problem {
    Problem::new(Code::TooManyAttempts)
        .detail(format!("Wait {} seconds, then try again: there were too many attempts.", wait_secs.max(1)))
        .retry_after(wait_secs)
}

/// A letter that is over budget: nothing was done.
pub(crate) fn too_many_mails(wait_secs: i64) -> Problem {
    Problem::new(Code::TooManyAttempts)
        .detail(format!(
            "Too many mails were asked for, so nothing was changed. Try again in {wait_secs} seconds."
        ))
        .retry_after(wait_secs)
}

/// Codes of this kind are refused for good: who waits gets no further, so what does help is told.
fn locked(kind: TypedKind, wait_secs: i64) -> Problem {
    let detail = match kind {
        TypedKind::Totp => {
            "Use a recovery code or ask your administrator: after too many wrong codes, app codes no longer open \
             this account."
        }
        TypedKind::Recovery => {
            "Ask your administrator: after too many wrong codes, neither app codes nor recovery codes open this \
             account any more."
        }
    };
    too_many(wait_secs).detail(detail)
}

/// One answer for every reason: which step of the ceremony failed is for the audit log.
fn key_refused() -> Problem {
    Problem::new(Code::InvalidWebauthnResponse).detail("Try the security key again: it was not accepted.")
}

/// Signed by the right key, at the wrong door.
fn second_factor_only() -> Problem {
    Problem::new(Code::InvalidWebauthnResponse).detail(
        "This key is your second factor and does not sign in alone. Sign in with your user name and password, then use \
         it; after that you can let it sign in alone.",
    )
}

fn no_key() -> Problem {
    Problem::new(Code::MfaNotEnabled)
        .detail("Use another second factor: this account has no security key that can be used here.")
}

fn keys_unavailable() -> Problem {
    Problem::new(Code::KindNotAllowed).detail(
        "Use another second factor: security keys are off here, for this server's public address has no name they \
         could be bound to.",
    )
}

impl From<Shape> for Problem {
    fn from(shape: Shape) -> Self {
        let field = match shape.field {
            "credential" => shape.field.to_owned(),
            member => format!("credential.{member}"),
        };
        Self::invalid(field, shape.message)
    }
}

/// A field that was refused for a stated reason.
pub(crate) fn bad_password(field: &str, problem: &PasswordProblem) -> Problem {
    Problem::invalid(field, problem.to_string())
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            LoginError::InvalidCode { clock_offset_seconds } => wrong_code(clock_offset_seconds),
            LoginError::KeyRefused => key_refused(),
            LoginError::SecondFactorOnly => second_factor_only(),
            LoginError::KeyShape(shape) => shape.into(),
            LoginError::NoKey => no_key(),
            LoginError::KeysUnavailable => keys_unavailable(),
            LoginError::TokenInvalid => Self::new(Code::MfaTokenInvalid),
            LoginError::TooMany(seconds) => too_many(seconds),
            LoginError::Locked { kind, wait_secs } => locked(kind, wait_secs),
            LoginError::Internal(error) => error.into(),
        }
    }
}

impl From<EndError> for Problem {
    fn from(error: EndError) -> Self {
        match error {
            EndError::NotFound => Self::new(Code::NotFound),
            EndError::Internal(error) => error.into(),
        }
    }
}

/// A mailed link that is unknown, used or expired: one answer.
fn dead_link() -> Problem {
    Problem::new(Code::InvalidCredentials).detail("Ask for a new link: this one is no longer valid.")
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::LinkInvalid => dead_link(),
            ResetError::Weak(why) => bad_password("new_password", &why),
            ResetError::Internal(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::TokenInvalid => Self::new(Code::MfaTokenInvalid),
            ChangeError::Weak(why) => bad_password("new_password", &why),
            ChangeError::Same => Self::invalid("new_password", error.to_string()),
            ChangeError::Login(error) => error.into(),
            ChangeError::Internal(error) => error.into(),
        }
    }
}

impl From<InvitationError> for Problem {
    fn from(error: InvitationError) -> Self {
        match error {
            InvitationError::LinkInvalid => dead_link(),
            InvitationError::Weak(why) => bad_password("password", &why),
            InvitationError::Login(error) => error.into(),
            InvitationError::Internal(error) => error.into(),
        }
    }
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::LinkInvalid => dead_link(),
            ConfirmError::Internal(error) => error.into(),
        }
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NoAddress => Self::new(Code::Conflict)
                .detail("Ask an administrator to set your address: none is on file to send a code to."),
            SendError::TooMany(seconds) => too_many(seconds),
            SendError::Ended => Self::new(Code::Unauthenticated),
            SendError::Internal(error) => error.into(),
        }
    }
}

impl From<MailCodeMissing> for Problem {
    fn from(missing: MailCodeMissing) -> Self {
        match missing {
            MailCodeMissing::NotGiven => Self::new(Code::MailCodeRequired),
            MailCodeMissing::Wrong => Self::new(Code::InvalidMfaCode).detail(
                "Enter the newest code from your mail: this one didn't match, was used, or has expired.",
            ),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::StepUp(needed) => needed.into(),
            ChangePasswordError::MailCode(missing) => missing.into(),
            ChangePasswordError::InvalidCredentials => wrong_password(),
            ChangePasswordError::TooMany(seconds) => too_many(seconds),
            ChangePasswordError::Weak(why) => bad_password("new_password", &why),
            ChangePasswordError::Ended => Self::new(Code::Unauthenticated),
            ChangePasswordError::Internal(error) => error.into(),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::DisplayName(why) => Self::invalid("display_name", why.to_string()),
            ProfileError::Email(why) => Self::invalid("email", why.to_string()),
            ProfileError::PasswordRequired => Self::invalid("current_password", "is required"),
            ProfileError::StepUp(needed) => needed.into(),
            ProfileError::MailCode(missing) => missing.into(),
            ProfileError::InvalidCredentials => wrong_password(),
            ProfileError::TooMany(seconds) => too_many(seconds),
            ProfileError::Ended => Self::new(Code::Unauthenticated),
            ProfileError::Internal(error) => error.into(),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::NotAllowed(error) => error.into(),
            SettingsError::NotEnabled => Self::new(Code::MfaNotEnabled)
                .detail("Enrol a second factor of an allowed kind yourself first."),
            SettingsError::Invalid(fields) => {
                fields.into_iter().fold(Self::new(Code::ValidationFailed), |problem, bad| {
                    problem.field(bad.field, bad.allowed)
                })
            }
            SettingsError::Conflict => {
                Self::new(Code::Conflict).detail("Read the settings again: they were changed meanwhile.")
            }
            SettingsError::Internal(error) => error.into(),
        }
    }
}
