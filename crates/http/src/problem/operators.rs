//! What operators are refused.

use twinlock_service::operators::{OperateError, approval::ApprovalError};

use super::too_many_mails;
use crate::http::{Code, Problem};

impl From<OperateError> for Problem {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::NotAllowed(error) => error.into(),
            OperateError::Taken => {
                Self::new(Code::Conflict).detail("Choose another id: an organisation has this one.")
            }
            OperateError::Invalid(fields) => {
                fields.into_iter().fold(Self::new(Code::ValidationFailed), |problem, bad| {
                    problem.field(tenant_field(bad.field), bad.problem.to_string())
                })
            }
            OperateError::ToBeDeleted => {
                Self::new(Code::Conflict).detail("Restore the organisation first: it is to be deleted.")
            }
            OperateError::Suspended => Self::new(Code::Conflict)
                .detail("Let the organisation's people in again first: it is suspended, and the invitation would lead nowhere."),
            OperateError::TooManyMails(seconds) => too_many_mails(seconds),
            OperateError::NotToBeDeleted => Self::new(Code::Conflict).detail(
                "Read the list of organisations again: this one is not to be deleted, or it is too late.",
            ),
        }
    }
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::NotAllowed(error) => error.into(),
            ApprovalError::OwnInvitation => Self::new(Code::Forbidden).detail(
                "Ask another operator to approve this, or use `twinlock admin approve-operator` at the server: the \
                 invitation is your own.",
            ),
            ApprovalError::TooManyMails(seconds) => too_many_mails(seconds),
            ApprovalError::NotWaiting => Self::new(Code::Conflict)
                .detail("Read the list of operators again: no invitation of this person waits to be approved."),
        }
    }
}

/// The field's name in the API of operators.
fn tenant_field(field: &str) -> &str {
    match field {
        "tenant_id" => "id",
        "tenant_name" => "name",
        "username" => "owner.username",
        "email" => "owner.email",
        "display_name" => "owner.display_name",
        other => other,
    }
}
