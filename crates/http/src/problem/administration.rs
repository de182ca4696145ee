//! What administrators are refused.

use twinlock_service::{
    administration::NotAllowed,
    deadline::DeadlineError,
    people::{ImportError, ImportRow, PersonError},
    setup::FieldProblem,
};

use super::{bad_password, too_many_mails};
use crate::http::{Code, Problem};

impl From<NotAllowed> for Problem {
    fn from(error: NotAllowed) -> Self {
        match error {
            NotAllowed::NotFound => Self::new(Code::NotFound),
            NotAllowed::Forbidden => Self::new(Code::Forbidden),
            NotAllowed::StepUp(needed) => needed.into(),
            NotAllowed::CommandLineOnly => Self::new(Code::Forbidden).detail(
                "Use `twinlock admin` at the server: operators are not changed over the network by one of them alone.",
            ),
            NotAllowed::Ended => Self::new(Code::Unauthenticated),
            NotAllowed::Internal(error) => error.into(),
        }
    }
}

/// Of a name or an address that somebody has.
const TAKEN: &str = "Somebody in this organisation has this.";

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        let conflict = |why: &'static str| Self::new(Code::Conflict).detail(why);
        match error {
            PersonError::NotAllowed(error) => error.into(),
            PersonError::Invalid(fields) => bad_fields(&fields),
            PersonError::Weak(why) => bad_password("password", &why),
            PersonError::Taken(fields) => {
                let whole = conflict(
                    "Choose another user name or address: somebody in this organisation has this one.",
                );
                fields.into_iter().fold(whole, |problem, field| problem.field(field, TAKEN))
            }
            PersonError::LastOwner => conflict("Make somebody else owner first: the organisation needs one."),
            PersonError::StillInvited => conflict(
                "Wait until the invitation is accepted, or send it again: the account has no password yet.",
            ),
            PersonError::AwaitsApproval => {
                conflict("Have another operator approve the invitation first: it has not been sent.")
            }
            PersonError::NotInvited => {
                conflict("Send an invitation only to an account that waits for one: this one does not.")
            }
            PersonError::TooManyMails(seconds) => too_many_mails(seconds),
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
    let detail = format!(
        "Correct the lines that `errors` names: {refused} of {} people were refused, so nobody was made.",
        rows.len()
    );
    let fields = rows.iter().flat_map(|row| row.problems.iter().map(move |bad| (row.line, bad)));
    fields.take(MAX_TOLD).fold(Problem::new(Code::ValidationFailed).detail(detail), |problem, (line, bad)| {
        let field = if bad.field.is_empty() { line.to_string() } else { format!("{line}.{}", bad.field) };
        problem.field(field, bad.problem.to_string())
    })
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
