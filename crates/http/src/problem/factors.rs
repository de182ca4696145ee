//! What is refused about second factors: enrolling, proving, changing them.

use twinlock_service::{
    enrol::{NotAdmitted, app::EnrolError},
    enrollment_proof::{ProofError, ProofRequired},
    factors::FactorError,
    security_keys::{alone::AloneError, register::RegisterError},
    shown_codes::SavedError,
    step_up::StepUpError,
};

use super::{key_refused, keys_unavailable, too_many, wrong_code, wrong_password};
use crate::http::{Code, Problem};

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
            "Ask an administrator to reset your second factors: that gives you the enrollment code which must come \
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
                "Ask an administrator to reset your second factors: that gives you an enrollment code, for this \
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
