//! What operators are refused.

use twinlock_service::operators::OperateError;

use crate::http::{Code, Problem};

impl From<OperateError> for Problem {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::NotAllowed(error) => error.into(),
            OperateError::Taken => Self::new(Code::Conflict).detail("An organisation with this id exists."),
            OperateError::Invalid(fields) => {
                fields.into_iter().fold(Self::new(Code::ValidationFailed), |problem, bad| {
                    problem.field(tenant_field(bad.field), bad.problem.to_string())
                })
            }
            OperateError::ToBeDeleted => {
                Self::new(Code::Conflict).detail("This organisation is to be deleted. Restore it first.")
            }
            OperateError::NotToBeDeleted => {
                Self::new(Code::Conflict).detail("This organisation is not to be deleted, or it is too late.")
            }
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
