//! Service error → problem document: the only place where a use case's error meets a status.

mod administration;
mod operators;

use serde_json::json;
use twinlock_core::{password::PasswordProblem, throttle::TypedKind};
use twinlock_service::{
    Internal,
    account::{ChangePasswordError, MailCodeMissing, ProfileError},
    deadline::DeadlineError,
    email::ConfirmError,
    enrol::{NotAdmitted, app::EnrolError},
    enrollment_proof::{ProofError, ProofRequired},
    factors::FactorError,
    guard::StepUpRequired,
    invitation::InvitationError,
    login::{ChangeError, LoginError},
    mail_code::SendError,
    recover::ResetError,
    security_keys::{alone::AloneError, register::RegisterError},
    sessions::EndError,
    settings::SettingsError,
    shown_codes::SavedError,
    step_up::StepUpError,
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

pub(crate) fn too_many(wait_secs: i64) -> Problem {
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

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let refused = |why: String| Self::new(Code::InvalidWebauthnResponse).detail(why).at_registration();
        match error {
            RegisterError::NotAdmitted(error) => error.into(),
            RegisterError::Unavailable => keys_unavailable(),
            RegisterError::BadName(why) => Self::invalid("name", why.to_string()),
            RegisterError::Shape(shape) => shape.into(),
            RegisterError::NoChallenge => refused("Start the registration again: none is open.".to_owned()),
            RegisterError::Refused(check) => {
                refused(format!("Try again, with another key if it goes on: {check}."))
            }
            RegisterError::TooMany(seconds) => too_many(seconds),
            RegisterError::Taken => {
                Self::new(Code::Conflict).detail("Use another key: this one is registered already.")
            }
            RegisterError::Internal(error) => error.into(),
        }
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

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::InvalidCode { clock_offset_seconds } => wrong_code(clock_offset_seconds),
            StepUpError::InvalidCredentials => wrong_password(),
            StepUpError::FactorNeeded(needed) => needed.into(),
            StepUpError::KeyRefused => key_refused(),
            StepUpError::KeyShape(shape) => shape.into(),
            StepUpError::NotEnabled => Self::new(Code::MfaNotEnabled),
            StepUpError::TooMany(seconds) => too_many(seconds),
            StepUpError::Ended => Self::new(Code::Unauthenticated),
            StepUpError::Internal(error) => error.into(),
        }
    }
}

impl From<ProofRequired> for Problem {
    fn from(error: ProofRequired) -> Self {
        let detail = if error.by_mail {
            "Ask for a code at POST /api/v1/mfa/enrollment-proof, which sends it to the account's address, and enter \
             it before you enrol."
        } else {
            "Ask an administrator to reset your second factors: that gives you the enrolment code which must come \
             first, for the account has no address to send one to."
        };
        Self::new(Code::EnrollmentProofRequired).detail(detail)
    }
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::NotNeeded => Self::new(Code::Conflict)
                .detail("Prove the second factor that is enrolled already: adding another asks for that and for no code."),
            ProofError::NoAddress => Self::new(Code::Conflict).detail(
                "Ask an administrator to reset your second factors: that gives you an enrolment code, for this \
                 account has no address to send one to.",
            ),
            ProofError::TooMany(seconds) => too_many(seconds),
            ProofError::InvalidCode => Self::new(Code::InvalidMfaCode)
                .detail("Enter the newest code: this one didn't match, was used, or has expired."),
            ProofError::Ended => Self::new(Code::Unauthenticated),
            ProofError::Internal(error) => error.into(),
        }
    }
}

impl From<NotAdmitted> for Problem {
    fn from(error: NotAdmitted) -> Self {
        match error {
            NotAdmitted::ProofRequired(needed) => needed.into(),
            NotAdmitted::StepUp(needed) => needed.into(),
            NotAdmitted::KindNotAllowed => Self::new(Code::KindNotAllowed)
                .detail("Choose another kind of second factor: your organisation does not allow this one."),
            NotAdmitted::TooMany => {
                Self::new(Code::Conflict).detail("Remove a second factor first: ten are enrolled already.")
            }
            NotAdmitted::Ended => Self::new(Code::Unauthenticated),
            NotAdmitted::Internal(error) => error.into(),
        }
    }
}

impl From<EnrolError> for Problem {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::NotAdmitted(refused) => refused.into(),
            EnrolError::BadName(why) => Self::invalid("name", why.to_string()),
            EnrolError::NotStarted => Self::new(Code::SetupNotStarted),
            EnrolError::SecondCodeNeeded => {
                Self::invalid("second_code", "your organisation asks for two consecutive codes")
            }
            EnrolError::InvalidCode { clock_offset_seconds } => wrong_code(clock_offset_seconds),
            EnrolError::Wait(seconds) => too_many(seconds),
            EnrolError::Internal(error) => error.into(),
        }
    }
}

impl From<AloneError> for Problem {
    fn from(error: AloneError) -> Self {
        match error {
            AloneError::NotFound => Self::new(Code::NotFound),
            AloneError::NotPossible => Self::new(Code::Conflict).detail(
                "This key signs in alone already, or it cannot: then delete it and add it again as a passkey.",
            ),
            AloneError::StepUp(needed) => needed.into(),
            AloneError::Ended => Self::new(Code::Unauthenticated),
            AloneError::Internal(error) => error.into(),
        }
    }
}

impl From<SavedError> for Problem {
    fn from(error: SavedError) -> Self {
        match error {
            SavedError::NotEnabled => Self::new(Code::MfaNotEnabled),
            SavedError::Ended => Self::new(Code::Unauthenticated),
            SavedError::Internal(error) => error.into(),
        }
    }
}

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::StepUp(needed) => needed.into(),
            FactorError::InvalidCode { clock_offset_seconds } => wrong_code(clock_offset_seconds),
            FactorError::Wait(seconds) => too_many(seconds),
            FactorError::NotEnabled => Self::new(Code::MfaNotEnabled),
            FactorError::LastFactor => Self::new(Code::LastFactorRequired)
                .detail("Add another second factor first: your organisation requires one, and this is the last that counts."),
            FactorError::NotFound => Self::new(Code::NotFound),
            FactorError::BadName(why) => Self::invalid("name", why.to_string()),
            FactorError::Ended => Self::new(Code::Unauthenticated),
            FactorError::Internal(error) => error.into(),
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

impl From<DeadlineError> for Problem {
    fn from(error: DeadlineError) -> Self {
        match error {
            DeadlineError::NotAllowed(error) => error.into(),
            DeadlineError::TooFar => Self::invalid("deadline", error.to_string()),
            DeadlineError::BadReason => Self::invalid("reason", error.to_string()),
            DeadlineError::NotRequired => Self::new(Code::Conflict).detail(
                "Require a second factor in the settings first: until then there is no deadline to change.",
            ),
            DeadlineError::Internal(error) => error.into(),
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
