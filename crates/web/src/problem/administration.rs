//! What administrators are refused.

use twinlock_service::{administration::NotAllowed, people::PersonError, setup::FieldProblem};

use super::bad_password;
use crate::http::{Code, Problem};

impl From<NotAllowed> for Problem {
    fn from(error: NotAllowed) -> Self {
        match error {
            NotAllowed::NotFound => Self::new(Code::NotFound),
            NotAllowed::Forbidden => Self::new(Code::Forbidden),
            NotAllowed::StepUp(needed) if needed.methods.is_empty() => Self::from(needed).detail(
                "This takes an administrator who has a second factor. Set one up for your own account first.",
            ),
            NotAllowed::StepUp(needed) => needed.into(),
            NotAllowed::Ended => Self::new(Code::Unauthenticated),
            NotAllowed::Internal(error) => error.into(),
        }
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        let conflict = |why: &str| Self::new(Code::Conflict).detail(why);
        match error {
            PersonError::NotAllowed(error) => error.into(),
            PersonError::Invalid(fields) => bad_fields(&fields),
            PersonError::Weak(why) => bad_password("password", &why),
            PersonError::Taken => conflict("Somebody in this organisation has this user name or address."),
            PersonError::LastOwner => {
                conflict("The organisation needs an owner. Make somebody else owner first.")
            }
            PersonError::StillInvited => {
                conflict("This account has no password yet: its invitation is still open.")
            }
            PersonError::NotInvited => conflict("This account waits for no invitation."),
        }
    }
}

fn bad_fields(fields: &[FieldProblem]) -> Problem {
    let none = Problem::new(Code::ValidationFailed);
    fields.iter().fold(none, |problem, bad| problem.field(bad.field, bad.problem.to_string()))
}
