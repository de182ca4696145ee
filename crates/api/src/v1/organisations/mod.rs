//! The organisations of the server, for operators. To everybody else these routes do not exist.

pub mod create;
pub mod list;
pub mod remove;
pub mod restore;
pub mod show;
pub mod update;

use serde::Serialize;
use twinlock_service::operators::OrganisationView;
use utoipa::ToSchema;

/// An organisation, as operators see it.
#[derive(Serialize, ToSchema)]
pub struct Organisation {
    /// Id: what people type when they sign in.
    #[schema(example = "demo")]
    id: String,
    /// Name for people.
    name: String,
    /// Whether nobody can sign in.
    suspended: bool,
    /// Since when; RFC 3339, UTC.
    #[schema(format = DateTime)]
    suspended_at: Option<String>,
    /// When it goes for good; RFC 3339, UTC.
    #[schema(format = DateTime)]
    delete_at: Option<String>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// Its people, active or invited.
    users_total: u64,
    /// Those of them who have not accepted their invitation yet.
    users_invited: u64,
}

impl From<OrganisationView> for Organisation {
    fn from(view: OrganisationView) -> Self {
        Self {
            id: view.id,
            name: view.name,
            suspended: view.suspended_at.is_some(),
            suspended_at: view.suspended_at.map(|at| at.to_string()),
            delete_at: view.delete_at.map(|at| at.to_string()),
            created_at: view.created_at.to_string(),
            users_total: view.users_total,
            users_invited: view.users_invited,
        }
    }
}
