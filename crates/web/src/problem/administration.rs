//! What administrators are refused.

use twinlock_service::{
    administration::NotAllowed,
    people::{ImportError, ImportRow, PersonError},
    setup::FieldProblem,
};

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

/// Of a name or an address that somebody has.
const TAKEN: &str = "Somebody in this organisation has this.";

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        let conflict = |why: &str| Self::new(Code::Conflict).detail(why);
        match error {
            PersonError::NotAllowed(error) => error.into(),
            PersonError::Invalid(fields) => bad_fields(&fields),
            PersonError::Weak(why) => bad_password("password", &why),
            PersonError::Taken(fields) => {
                let whole = conflict("Somebody in this organisation has this user name or address.");
                fields.into_iter().fold(whole, |problem, field| problem.field(field, TAKEN))
            }
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

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotAllowed(error) => error.into(),
            ImportError::Unreadable(why) => Self::invalid("", why.to_string()),
            ImportError::Refused(rows) => refused_rows(&rows),
            ImportError::Person(error) => error.into(),
        }
    }
}

/// Wrong fields that are told of a table; a dry run tells all.
const MAX_TOLD: usize = 100;

fn refused_rows(rows: &[ImportRow]) -> Problem {
    let refused = rows.iter().filter(|row| row.is_refused()).count();
    let detail = format!("{refused} of {} people were refused, so nobody was made.", rows.len());
    let fields = rows.iter().flat_map(|row| row.problems.iter().map(move |bad| (row.line, bad)));
    fields.take(MAX_TOLD).fold(Problem::new(Code::ValidationFailed).detail(detail), |problem, (line, bad)| {
        let field = if bad.field.is_empty() { line.to_string() } else { format!("{line}.{}", bad.field) };
        problem.field(field, bad.problem.to_string())
    })
}
