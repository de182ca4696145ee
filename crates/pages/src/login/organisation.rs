//! Which organisation somebody signs in to.
//!
//! An organisation that does not exist looks like one that does: of several, only the short name that the
//! visitor brought is ever shown.

use twinlock_core::name::slug_key;
use twinlock_http::{WebState, http::Problem};
use twinlock_service::organisations;

use crate::view::{FieldError, login::Organisation};

/// The organisation of a short name from an address or a form; without one the only one there is, or the
/// question which. In a demo, whoever names none is of the organisation that the guide speaks of.
pub(super) async fn of(state: &WebState, raw: &str) -> Result<Organisation, Problem> {
    let only = match (&state.demo, organisations::only_one(&state.app).await?) {
        (Some(demo), None) => organisations::named(&state.app, &demo.home).await?,
        (_, only) => only,
    };
    let typed = raw.trim();
    Ok(match (slug_key(typed), only) {
        (Some(id), Some(only)) if only.slug == id => Organisation::Known { id, name: only.name },
        (Some(id), _) => Organisation::Known { name: id.clone(), id },
        (None, Some(only)) if typed.is_empty() => Organisation::Known { id: only.slug, name: only.name },
        (None, _) => {
            let error = (!typed.is_empty()).then_some(FieldError::Invalid);
            Organisation::Ask { typed: typed.to_owned(), error }
        }
    })
}

/// The same for a form that was sent: now it is missing if it is not there.
pub(super) async fn sent(state: &WebState, raw: &str) -> Result<Organisation, Problem> {
    Ok(match of(state, raw).await? {
        Organisation::Ask { typed, error } => {
            Organisation::Ask { typed, error: error.or(Some(FieldError::Missing)) }
        }
        known @ Organisation::Known { .. } => known,
    })
}

/// The name to show for a short name.
pub(super) async fn name_of(state: &WebState, slug: &str) -> Result<String, Problem> {
    Ok(match of(state, slug).await? {
        Organisation::Known { name, .. } => name,
        Organisation::Ask { .. } => String::new(),
    })
}
