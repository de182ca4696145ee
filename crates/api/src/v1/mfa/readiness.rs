//! How ready somebody is for losing one thing, as answers write it.

use serde::Serialize;
use twinlock_core::readiness::{self, Way};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether losing one thing locks the person out.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`: two independent ways in, or more. `at_risk`: one lost phone or key from lock-out. `not_enrolled`: no
    /// second factor is asked for.
    #[schema(example = "ready")]
    verdict: &'static str,
    /// Each independent way in: `phone`, `synced_passkey`, `device`, `security_key`, `recovery_codes`. An
    /// authenticator app and a passkey that cannot leave the phone are one; two recovery codes or fewer are none, and so
    /// are codes that nobody saved.
    #[schema(example = json!(["phone", "recovery_codes"]))]
    ways: Vec<&'static str>,
    /// What to do, most urgent first.
    advice: Vec<Advice>,
}

/// Something that makes a lock-out less likely.
#[derive(Serialize, ToSchema)]
pub struct Advice {
    /// `renew_codes`, `save_codes`, `add_factor`, or `try_factor`: see whether one is still there that was not used for
    /// long.
    #[schema(example = "try_factor")]
    kind: &'static str,
    /// Which factor to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    method_id: Option<Uuid>,
    /// When that one was last used, or added; RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    unused_since: Option<String>,
}

impl From<readiness::Readiness> for Readiness {
    fn from(found: readiness::Readiness) -> Self {
        Self {
            verdict: found.verdict.as_str(),
            ways: found.ways.into_iter().map(Way::as_str).collect(),
            advice: found.advice.into_iter().map(Advice::from).collect(),
        }
    }
}

impl From<readiness::Advice> for Advice {
    fn from(advice: readiness::Advice) -> Self {
        let of = |kind| Self { kind, method_id: None, unused_since: None };
        match advice {
            readiness::Advice::RenewCodes => of("renew_codes"),
            readiness::Advice::SaveCodes => of("save_codes"),
            readiness::Advice::AddFactor => of("add_factor"),
            readiness::Advice::TryFactor(id, since) => {
                Self { method_id: Some(id.0), unused_since: Some(since.to_string()), ..of("try_factor") }
            }
        }
    }
}
